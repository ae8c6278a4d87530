// AcceleratorRuntime
