import AcceleratorDriver
import AcceleratorISA
import ChipEmulator
import FirmwareCore
import Synchronization
import TestSupport
import Testing

/// Holds a device in the middle of a command until the test lets it go.
final class Gate: Sendable {
    private let entered = Atomic(0)
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .releasing) }

    /// Called on the device thread.
    func pass() {
        entered.wrappingAdd(1, ordering: .acquiringAndReleasing)
        while !isOpen.load(ordering: .acquiring) {}
    }

    /// Returns when the device has come to the gate.
    func waitForDevice() async {
        while entered.load(ordering: .acquiring) == 0 { await Task.yield() }
    }
}

/// A datapath whose every command waits at a gate.
struct GatedPort: DatapathPort {
    let gate: Gate
    var capabilities = DeviceCapabilities(dramByteCount: testMemoryByteCount)
    var counters = DeviceCounters()

    init(gate: Gate) { self.gate = gate }

    func isInitialized(address: UInt64, byteCount: UInt64) -> Bool { true }

    mutating func run(_ command: Command, tiles: TilePlan) { gate.pass() }
}

let testMemoryByteCount: UInt64 = 8 << 20

func testDescriptor(isReliable: Bool = true) -> DeviceDescriptor {
    DeviceDescriptor(
        identifier: "emulator:0",
        product: "test device",
        link: .emulator,
        isReliable: isReliable
    )
}

/// An emulated device over the scalar reference.
func makeTransport(
    isReliable: Bool = true,
    faults: [LinkFault] = []
) throws -> EmulatedTransport {
    let memory = try #require(EmulatedMemory(byteCount: testMemoryByteCount))
    return try EmulatedTransport(
        descriptor: testDescriptor(isReliable: isReliable),
        memory: memory,
        datapath: ReferencePort(memory: memory),
        faults: faults
    )
}

/// An open device over the scalar reference, with small data frames.
func makeAccelerator(
    isReliable: Bool = true,
    faults: [LinkFault] = [],
    frameTimeout: Duration = .seconds(600)
) async throws -> Accelerator {
    try await Accelerator.open(
        makeTransport(isReliable: isReliable, faults: faults),
        configuration: Accelerator.Configuration(
            frameTimeout: frameTimeout,
            dataFrameByteCount: 1000
        )
    )
}

/// Fills a vector of 16 values.
func fill(_ id: UInt32, at address: UInt64, with value: Float) -> Command {
    var command = Command(.fill, stage: .update, id: id)
    command.operands[.destination] = vector(at: address)
    command.scalars[0] = value
    return command
}

func vector(at address: UInt64, rows: Int = 1) -> Tensor {
    Tensor(address: address, batch: rows, channels: 16, layout: .vector, kind: .statistics)
}
