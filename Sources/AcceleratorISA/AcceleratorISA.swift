// AcceleratorISA
