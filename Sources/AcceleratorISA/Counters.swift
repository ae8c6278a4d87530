/// Bytes moved between device DRAM and the chip, by tensor kind and stage, and operations done.
///
/// Counted where the datapath moves and multiplies, never derived from a formula.
public struct DeviceCounters: Equatable, Sendable {
    /// Tensor kinds times stages times direction.
    private static let slotCount = 7 * 4 * 2

    private var bytes: InlineArray<56, UInt64>
    private var multiplyAccumulates: InlineArray<4, UInt64>
    /// Commands that completed.
    public var commandCount: UInt64

    /// All zero.
    public init() {
        bytes = InlineArray(repeating: 0)
        multiplyAccumulates = InlineArray(repeating: 0)
        commandCount = 0
    }

    /// Which way bytes moved, seen from the chip.
    public enum Direction: UInt8, Sendable, CaseIterable {
        case read = 0
        case write = 1
    }

    private static func slot(_ kind: TensorKind, _ stage: Stage, _ direction: Direction) -> Int {
        (Int(kind.rawValue) * 4 + Int(stage.rawValue)) * 2 + Int(direction.rawValue)
    }

    /// Counts a transfer.
    public mutating func count(
        byteCount: UInt64,
        kind: TensorKind,
        stage: Stage,
        direction: Direction
    ) {
        bytes[Self.slot(kind, stage, direction)] &+= byteCount
    }

    /// Counts useful multiply-accumulates (padded lanes and zero padding's products included once
    /// each as the layer's formula has them, rounding up to blocks not).
    public mutating func count(multiplyAccumulates count: UInt64, stage: Stage) {
        multiplyAccumulates[Int(stage.rawValue)] &+= count
    }

    /// Bytes of a kind, stage and direction.
    public func byteCount(kind: TensorKind, stage: Stage, direction: Direction) -> UInt64 {
        bytes[Self.slot(kind, stage, direction)]
    }

    /// Multiply-accumulates of a stage.
    public func multiplyAccumulates(stage: Stage) -> UInt64 {
        multiplyAccumulates[Int(stage.rawValue)]
    }

    /// Adds another reading.
    public static func += (sum: inout DeviceCounters, other: DeviceCounters) {
        for slot in 0..<slotCount { sum.bytes[slot] &+= other.bytes[slot] }
        for stage in 0..<4 { sum.multiplyAccumulates[stage] &+= other.multiplyAccumulates[stage] }
        sum.commandCount &+= other.commandCount
    }

    /// Whether two readings are the same.
    public static func == (one: DeviceCounters, other: DeviceCounters) -> Bool {
        for slot in 0..<slotCount where one.bytes[slot] != other.bytes[slot] { return false }
        for stage in 0..<4
        where one.multiplyAccumulates[stage] != other.multiplyAccumulates[stage] { return false }
        return one.commandCount == other.commandCount
    }
}
