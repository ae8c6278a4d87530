// AcceleratorDriver
