// FirmwareCore
