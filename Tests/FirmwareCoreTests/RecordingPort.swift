import AcceleratorISA
import FirmwareCore

/// Memory of a test device: bytes, and which grains of them were written.
final class TestMemory {
    var bytes: [UInt8]
    var written: [Bool]
    /// Changes so far: every write counts.
    var writeCount = 0

    init(byteCount: Int) {
        bytes = [UInt8](repeating: 0, count: byteCount)
        written = [Bool](repeating: false, count: byteCount / grain)
    }

    func isInitialized(_ range: Range<Int>) -> Bool {
        written[grains(of: range)].allSatisfy { $0 }
    }

    func fill(_ range: Range<Int>, with byte: UInt8) {
        writeCount += 1
        for index in range { bytes[index] = byte }
        for grain in grains(of: range) { written[grain] = true }
    }
}

/// Bytes of memory that are written or not.
private let grain = Int(Limits.memoryGrain)

/// The grains that a range of bytes touches.
func grains(of range: Range<Int>) -> Range<Int> {
    range.lowerBound / grain..<(range.upperBound + grain - 1) / grain
}

/// A datapath that computes nothing: it writes over what a command says it writes, and keeps what
/// it was asked to run.
struct RecordingPort: DatapathPort {
    var capabilities: DeviceCapabilities
    var counters = DeviceCounters()
    let memory: TestMemory
    var commands: [Command] = []
    var plans: [TilePlan] = []

    init(dramByteCount: Int = 1 << 20, sramByteCount: Int = 1 << 20) {
        memory = TestMemory(byteCount: dramByteCount)
        capabilities = DeviceCapabilities(
            dramByteCount: UInt64(dramByteCount),
            sramByteCount: UInt64(sramByteCount)
        )
    }

    func isInitialized(address: UInt64, byteCount: UInt64) -> Bool {
        memory.isInitialized(Int(address)..<Int(address + byteCount))
    }

    mutating func run(_ command: Command, tiles: TilePlan) {
        commands.append(command)
        plans.append(tiles)
        for role in writtenRoles(of: command) {
            guard let tensor = command.operands[role] else { continue }
            memory.fill(range(of: tensor), with: UInt8(truncatingIfNeeded: command.id))
        }
    }
}

func range(of tensor: Tensor) -> Range<Int> {
    Int(tensor.address)..<Int(tensor.address + tensor.byteCount)
}

/// What a command writes, as the command set documents it; independent of the validator's table.
func writtenRoles(of command: Command) -> [OperandRole] {
    let candidates: [OperandRole]
    switch command.opcode {
    case .convolution, .elementwise:
        candidates = [.destination, .destinationStatistics, .sourceSum]
    case .convolutionBackward:
        candidates = [.destination, .destinationStatistics, .weightGradient, .biasGradient]
    case .compose, .interpolate, .reduce, .fill: candidates = [.destination]
    case .loss: candidates = [.destination, .lossValue]
    case .optimizer:
        candidates =
            command.operands[.gradient] == nil
            ? [.workingCopy] : [.parameter, .firstMoment, .secondMoment, .workingCopy]
    case .fence: candidates = []
    }
    return candidates.filter { command.operands[$0] != nil }
}

/// A command processor over a recording port, held in a class so that expectations can look at it.
final class TestProcessor {
    private var processor: CommandProcessor<RecordingPort>

    init(port: RecordingPort = RecordingPort()) { processor = CommandProcessor(port: port) }

    var port: RecordingPort { processor.port }

    var counters: DeviceCounters { processor.counters }

    func process(_ bytes: [UInt8]) -> DeviceEvent { processor.process(bytes.span.bytes) }
}

/// The record of a command.
func record(of command: Command) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: command.encodedByteCount)
    var span = bytes.mutableSpan
    var raw = span.mutableBytes
    try command.encode(into: &raw)
    return bytes
}
