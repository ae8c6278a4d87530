import AcceleratorISA
import ChipEmulator
import FirmwareCore
import PerformanceModel
import TestSupport
import Testing

@Suite struct CommandTrafficTests {
    /// What to draw.
    static let opcodes = Opcode.allCases.filter { $0 != .fence }
    /// SRAM that takes whole layers, single tiles, and little more than a row.
    static let sramByteCounts: [UInt64] = [1 << 20, 96 << 10, 40 << 10]

    @Test(arguments: opcodes)
    func equalsWhatTheEmulatedDeviceCounts(opcode: Opcode) throws {
        var ran = 0
        for seed in 0..<UInt64(60) {
            var generator = CommandGenerator(seed: 1000 + seed)
            let command = Self.draw(opcode, from: &generator)
            let sram = Self.sramByteCounts[Int(seed % 3)]
            let plan: TilePlan
            do {
                plan = try TilePlan(planning: command, sramByteCount: sram)
            } catch {
                #expect(error.code == .sramOverflow)
                continue
            }
            ran += 1
            let counted = try Self.countedByADevice(command, generator, sram)
            let predicted = CommandTraffic(command, plan).counters
            #expect(
                predicted == counted,
                "seed \(seed), SRAM \(sram), \(plan): \(Self.difference(predicted, counted))"
            )
        }
        #expect(ran > 30)
    }

    @Test(arguments: [true, false])
    func followsTilesOfLargeBatchesAndMaps(keepsWholeMaps: Bool) throws {
        // Images share tiles where a tile holds a whole one; else tiles are rows of one image.
        let side = keepsWholeMaps ? 8 : 96
        for backward in [false, true] {
            for sram: UInt64 in [64 << 10, 1 << 20] {
                var generator = CommandGenerator(seed: 7)
                let command = Self.layer(&generator, side: side, backward: backward)
                let plan = try TilePlan(planning: command, sramByteCount: sram)
                let counted = try Self.countedByADevice(command, generator, sram)
                let predicted = CommandTraffic(command, plan).counters
                #expect(predicted == counted, "\(plan): \(Self.difference(predicted, counted))")
            }
        }
    }

    // MARK: Commands

    private static func draw(_ opcode: Opcode, from generator: inout CommandGenerator) -> Command {
        switch opcode {
        case .convolution: generator.convolution()
        case .convolutionBackward: generator.convolutionBackward()
        case .elementwise: generator.elementwise()
        case .compose: generator.compose()
        case .interpolate: generator.interpolate()
        case .loss: generator.loss()
        case .optimizer: generator.optimizer()
        case .reduce: generator.reduce()
        case .fill: generator.fill()
        case .fence: Command(.fence, stage: .forward)
        }
    }

    /// A 48 to 64 channel layer of five images: too many weights for the small SRAM.
    private static func layer(
        _ generator: inout CommandGenerator,
        side: Int,
        backward: Bool
    ) -> Command {
        let geometry = ConvolutionGeometry(kernel: 3, stride: 1, padding: 1)
        let (batch, inputs, outputs) = (5, 48, 64)
        let source = generator.tensor(.map, batch, inputs, side, side)
        let weights = generator.tensor(.weights, outputs, inputs, 3, 3, kind: .weight)
        var command = Command(.convolution, stage: .forward)
        if backward {
            command = Command(.convolutionBackward, stage: .error)
            command.operands[.error] =
                generator.tensor(.map, batch, outputs, side, side, kind: .error)
            command.operands[.weightGradient] = generator.tensor(
                .masterWeights,
                outputs,
                inputs,
                3,
                3,
                kind: .gradient,
                filled: false
            )
        }
        command.operands[.source] = source
        command.operands[.weights] = weights
        command.operands[.destination] = generator.tensor(
            .map,
            batch,
            backward ? inputs : outputs,
            side,
            side,
            filled: false
        )
        command.geometry = geometry
        return command
    }

    // MARK: A device

    private static func countedByADevice(
        _ command: Command,
        _ generator: CommandGenerator,
        _ sram: UInt64
    ) throws -> DeviceCounters {
        let memory = try #require(EmulatedMemory(byteCount: 64 << 20))
        for (address, bytes) in generator.contents {
            bytes.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(
                    start: memory.base + Int(address),
                    count: bytes.count
                ).copyMemory(from: bytes)
            }
            memory.markInitialized(address: address, byteCount: UInt64(bytes.count))
        }
        let datapath = try EmulatedDatapath(
            memory: memory,
            capabilities: DeviceCapabilities(dramByteCount: 64 << 20, sramByteCount: sram),
            configuration: EmulatorConfiguration(threadCount: 1)
        )
        var processor = CommandProcessor(port: datapath)
        var bytes = [UInt8](repeating: 0, count: command.encodedByteCount)
        do {
            var span = bytes.mutableSpan
            var raw = span.mutableBytes
            try command.encode(into: &raw)
        }
        let event = processor.process(bytes.span.bytes)
        try #require(event.error == nil, "\(String(describing: event.error))")
        return datapath.counters
    }

    private static func difference(_ one: DeviceCounters, _ other: DeviceCounters) -> String {
        var parts: [String] = []
        for stage in Stage.allCases {
            let products = (
                one.multiplyAccumulates(stage: stage), other.multiplyAccumulates(stage: stage)
            )
            if products.0 != products.1 { parts.append("\(stage) MACs \(products)") }
            for kind in TensorKind.allCases {
                for direction in DeviceCounters.Direction.allCases {
                    let bytes = [one, other].map {
                        $0.byteCount(kind: kind, stage: stage, direction: direction)
                    }
                    guard bytes[0] != bytes[1] else { continue }
                    parts.append("\(stage) \(kind) \(direction) \(bytes[0]), not \(bytes[1])")
                }
            }
        }
        return parts.joined(separator: "; ")
    }
}
