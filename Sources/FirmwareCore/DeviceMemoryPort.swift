/// The firmware's way to the bytes of device DRAM, for what the host writes and reads.
///
/// On a board a DMA engine between the USB controller and DRAM; in the emulator a copy.
public protocol DeviceMemoryPort: ~Copyable {
    /// Bytes of device DRAM.
    var byteCount: UInt64 { get }

    /// Whether every byte of a range, which lies inside DRAM, was written since power-on.
    func isInitialized(address: UInt64, byteCount: UInt64) -> Bool

    /// Copies bytes to a range that lies inside DRAM, and marks it as initialised.
    mutating func write(_ bytes: RawSpan, at address: UInt64)

    /// Copies a range that lies inside DRAM over all of `bytes`.
    func read(at address: UInt64, into bytes: inout MutableRawSpan)
}
