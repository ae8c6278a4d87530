/// Limits of the command set: every loop, queue and table of the device cites one of these.
public enum Limits {
    /// Channels in a block of the map layout, and lanes of the PE array.
    public static let channelsPerBlock = 16
    /// Most images of one tensor.
    public static let maximumBatch = 1024
    /// Most channels of one tensor.
    public static let maximumChannels = 8192
    /// Most rows, and most pixels of a row.
    public static let maximumSide = 8192
    /// Largest side of a square kernel.
    public static let maximumKernel = 7
    /// Largest stride.
    public static let maximumStride = 2
    /// Bytes of a map's pixel: alignment of maps and images in device DRAM, and the grain in which
    /// the device remembers which memory was written.
    public static let memoryGrain: UInt64 = 32
    /// Alignment of every other tensor in device DRAM, in bytes.
    public static let tensorAlignment: UInt64 = 64
    /// Most bytes of one encoded command.
    public static let maximumCommandByteCount = 112 + 32 * OperandRole.count
    /// Pixels of the small side that one weight-gradient band sums, rounded down to whole rows.
    public static let weightGradientBandPixels = 1024
}
