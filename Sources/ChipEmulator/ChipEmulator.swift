// ChipEmulator
