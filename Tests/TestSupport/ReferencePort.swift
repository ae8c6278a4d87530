package import AcceleratorISA
package import ChipEmulator
import DatapathNumerics
package import FirmwareCore

/// The scalar reference as a datapath.
package struct ReferencePort: DatapathPort {
    private let memory: EmulatedMemory
    /// Those of a chip with as much DRAM as the memory has.
    package let capabilities: DeviceCapabilities
    /// Bytes written to destinations.
    package private(set) var counters = DeviceCounters()

    /// A datapath over all of a memory.
    package init(memory: EmulatedMemory) {
        self.memory = memory
        capabilities = DeviceCapabilities(dramByteCount: memory.byteCount)
    }

    /// What the memory says.
    package func isInitialized(address: UInt64, byteCount: UInt64) -> Bool {
        memory.isInitialized(address: address, byteCount: byteCount)
    }

    /// Runs a command; of its transfers only those to the destination are counted.
    package mutating func run(_ command: Command, tiles: TilePlan) {
        ReferenceDatapath.execute(command, memory: memory.base)
        // What the command reads was marked before, or it would not have come here.
        for tensor in OperandRole.allCases.compactMap({ command.operands[$0] }) {
            memory.markInitialized(address: tensor.address, byteCount: tensor.allocatedByteCount)
        }
        guard let written = command.operands[.destination] else { return }
        counters.count(
            byteCount: written.byteCount,
            kind: written.kind,
            stage: command.stage,
            direction: .write
        )
    }
}
