import AcceleratorISA
import ChipEmulator
import DatapathNumerics
import FirmwareCore
import TestSupport
import Testing

@Suite struct EmulatedDatapathTests {
    /// What to draw, and how often.
    enum Kind: String, CaseIterable, Sendable {
        case convolution, convolutionBackward, elementwise, compose, interpolate, loss, optimizer
        case reduce, fill
    }

    @Test(arguments: Kind.allCases, KernelVariants.names)
    func writesTheReferencesBytes(kind: Kind, kernels: String) throws {
        let isHeavy = kind == .convolution || kind == .convolutionBackward
        for seed in 0..<UInt64(isHeavy ? 40 : 25) {
            for threads in [1, 3] {
                try compare(kind, seed: seed, kernels: kernels, threads: threads)
            }
        }
    }

    private func compare(_ kind: Kind, seed: UInt64, kernels: String, threads: Int) throws {
        var generator = CommandGenerator(seed: seed)
        let command = draw(kind, from: &generator)
        let one = try #require(EmulatedMemory(byteCount: 64 << 20))
        let other = try #require(EmulatedMemory(byteCount: 64 << 20))
        for (address, bytes) in generator.contents {
            for memory in [one, other] {
                bytes.withUnsafeBytes { bytes in
                    UnsafeMutableRawBufferPointer(
                        start: memory.base + Int(address),
                        count: bytes.count
                    ).copyMemory(from: bytes)
                }
                memory.markInitialized(address: address, byteCount: UInt64(bytes.count))
            }
        }
        // A small SRAM makes small tiles.
        let sram: UInt64 = seed % 2 == 0 ? 1 << 20 : 96 << 10
        let datapath = try EmulatedDatapath(
            memory: one,
            capabilities: DeviceCapabilities(dramByteCount: 64 << 20, sramByteCount: sram),
            configuration: EmulatorConfiguration(threadCount: threads, kernelName: kernels)
        )
        var processor = CommandProcessor(port: datapath)
        let event = try process(command, &processor)
        if event.error == .sramOverflow { return }
        #expect(event.error == nil, "seed \(seed): \(String(describing: event))")
        ReferenceDatapath.execute(command, memory: other.base)
        let difference = firstDifference(one, other, byteCount: Int(generator.nextAddress))
        #expect(
            difference == nil,
            """
            seed \(seed), \(kernels), \(threads) threads: byte \(difference ?? 0), \
            \(describe(command, difference ?? 0))
            """
        )
    }

    private func process(
        _ command: Command,
        _ processor: inout CommandProcessor<EmulatedDatapath>
    ) throws -> DeviceEvent {
        var bytes = [UInt8](repeating: 0, count: command.encodedByteCount)
        do {
            var span = bytes.mutableSpan
            var raw = span.mutableBytes
            try command.encode(into: &raw)
        }
        return processor.process(bytes.span.bytes)
    }

    private func draw(_ kind: Kind, from generator: inout CommandGenerator) -> Command {
        switch kind {
        case .convolution: generator.convolution()
        case .convolutionBackward: generator.convolutionBackward()
        case .elementwise: generator.elementwise()
        case .compose: generator.compose()
        case .interpolate: generator.interpolate()
        case .loss: generator.loss()
        case .optimizer: generator.optimizer()
        case .reduce: generator.reduce()
        case .fill: generator.fill()
        }
    }

    private func firstDifference(
        _ one: EmulatedMemory,
        _ other: EmulatedMemory,
        byteCount: Int
    ) -> Int? {
        let a = UnsafeRawBufferPointer(start: one.base, count: byteCount)
        let b = UnsafeRawBufferPointer(start: other.base, count: byteCount)
        return a.indices.first { a[$0] != b[$0] }
    }

    private func describe(_ command: Command, _ byte: Int) -> String {
        for role in OperandRole.allCases {
            guard let tensor = command.operands[role] else { continue }
            let range = tensor.address..<tensor.address + tensor.allocatedByteCount
            if range.contains(UInt64(byte)) {
                return "\(role) \(tensor) \(command.geometry) \(command.operands[.error] != nil)"
            }
        }
        return "no operand"
    }
}
