public import AcceleratorISA

/// The firmware's side of the chip: what the command processor drives once a command is valid.
///
/// Conformances: the emulated datapath (vector kernels, threads), the scalar reference, and a
/// board's registers.
public protocol DatapathPort: ~Copyable {
    /// Memory and limits of this chip.
    var capabilities: DeviceCapabilities { get }

    /// Operations and transfers counted since the chip was made.
    var counters: DeviceCounters { get }

    /// Whether every byte of a range of device DRAM was written since power-on.
    ///
    /// The range lies inside DRAM; `address` is a multiple of ``Limits/memoryGrain``.
    func isInitialized(address: UInt64, byteCount: UInt64) -> Bool

    /// Runs one valid command to its end, in the tiles planned for it, and marks what it wrote as
    /// initialised.
    ///
    /// Called only with commands that ``CommandValidator`` accepted for this chip.
    mutating func run(_ command: Command, tiles: TilePlan)
}
