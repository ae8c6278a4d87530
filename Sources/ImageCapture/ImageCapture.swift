// ImageCapture
