import AcceleratorISA
import Testing

/// The record of a command, as an array.
private func record(of command: Command) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0xEE, count: command.encodedByteCount)
    var span = bytes.mutableSpan
    var raw = span.mutableBytes
    try command.encode(into: &raw)
    return bytes
}

private func decoded(_ bytes: [UInt8]) throws(CommandFault) -> Command {
    try Command(decoding: bytes.span.bytes)
}

/// A convolution with two operands, every parameter distinct from its neutral value.
private func sample() -> Command {
    var command = Command(.convolution, stage: .error, id: 0x0102_0304)
    command.flags = [.accumulates, .mirrors]
    command.geometry = ConvolutionGeometry(
        kernel: 7,
        stride: 2,
        padding: 3,
        paddingMode: .reflect,
        direction: .scatter
    )
    command.sourceActivation = Activation(.leakyRelu, slope: 0.5)
    command.destinationActivation = .tanh
    command.maskActivation = .relu
    command.errorActivation = Activation(.leakyRelu, slope: -2)
    command.skipActivation = Activation(.tanh, slope: 1)
    command.statistics = .errorSums
    command.lossKind = .gradientPenalty
    command.optimizerKind = .sgd
    for lane in 0..<8 { command.scalars[lane] = Float(lane) + 0.25 }
    command.operands[.labels] = Tensor(
        address: 0x0000_0001_0203_0440,
        batch: 3,
        channels: 5,
        height: 7,
        width: 9,
        layout: .vector,
        kind: .image
    )
    command.operands[.source] = Tensor(
        address: 64,
        batch: 1,
        channels: 2,
        height: 3,
        width: 4,
        layout: .map,
        kind: .error
    )
    return command
}

private func expectEqual(_ one: Command, _ other: Command) {
    #expect(one.opcode == other.opcode)
    #expect(one.stage == other.stage)
    #expect(one.id == other.id)
    #expect(one.flags == other.flags)
    #expect(one.geometry == other.geometry)
    #expect(one.sourceActivation == other.sourceActivation)
    #expect(one.destinationActivation == other.destinationActivation)
    #expect(one.maskActivation == other.maskActivation)
    #expect(one.errorActivation == other.errorActivation)
    #expect(one.skipActivation == other.skipActivation)
    #expect(one.statistics == other.statistics)
    #expect(one.lossKind == other.lossKind)
    #expect(one.optimizerKind == other.optimizerKind)
    for lane in 0..<8 {
        #expect(one.scalars[lane].bitPattern == other.scalars[lane].bitPattern)
    }
    for role in OperandRole.allCases { #expect(one.operands[role] == other.operands[role]) }
}

@Suite struct CommandEncodingTests {
    @Test func decodingReturnsWhatWasEncoded() throws {
        let command = sample()
        expectEqual(try decoded(record(of: command)), command)
    }

    @Test(arguments: Opcode.allCases)
    func everyOpcodeSurvivesWithAllOperandsAndAllScalarBits(opcode: Opcode) throws {
        var command = Command(opcode, stage: .update, id: .max)
        command.scalars[0] = .nan
        command.scalars[1] = -.infinity
        command.scalars[2] = -0.0
        for role in OperandRole.allCases {
            command.operands[role] = Tensor(
                address: UInt64(role.rawValue) << 56 | 0xFF,
                batch: Int(Int32.max),
                channels: Int(role.rawValue),
                layout: TensorLayout.allCases[Int(role.rawValue) % 6],
                kind: TensorKind.allCases[Int(role.rawValue) % 7]
            )
        }
        #expect(command.encodedByteCount == Limits.maximumCommandByteCount)
        expectEqual(try decoded(record(of: command)), command)
    }

    @Test func bytesArePinned() throws {
        let head: [UInt8] = [
            2, 0, 1, 1, 3, 0, 0, 0, 4, 3, 2, 1,  // version, opcode, stage, flags, id
            7, 0, 2, 0, 3, 0, 1, 1,  // geometry
            2, 3, 1, 2, 5, 1, 2, 2,  // activations, statistics, kinds, count, error activation
            0, 0, 0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0,  // slopes
            0, 0, 0x80, 0x3E, 0, 0, 0xA0, 0x3F, 0, 0, 0x10, 0x40, 0, 0, 0x50, 0x40,
            0, 0, 0x88, 0x40, 0, 0, 0xA8, 0x40, 0, 0, 0xC8, 0x40, 0, 0, 0xE8, 0x40,
            0, 0, 0, 0xC0, 0, 0, 0x80, 0x3F, 3,  // error and skip slope, skip activation
        ]
        let source: [UInt8] = [
            0, 0, 1, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0,
            4, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0,
        ]
        let labels: [UInt8] = [
            29, 2, 6, 0, 3, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0,
            9, 0, 0, 0, 0, 0, 0, 0, 0x40, 4, 3, 2, 1, 0, 0, 0,
        ]
        let reserved = [UInt8](repeating: 0, count: 31)
        #expect(try record(of: sample()) == head + reserved + source + labels)
    }

    @Test(
        arguments: [
            (0, 1), (0, 3), (1, 1), (2, 0), (2, 11), (3, 4), (4, 8), (7, 0x80), (18, 2), (19, 2),
            (20, 4), (21, 4), (22, 4), (23, 3), (24, 6), (25, 2), (26, 1), (26, 3), (27, 4),
            (80, 4),
            (81, 1), (111, 1), (112, 34), (112, 30), (112, 29), (113, 6), (114, 7), (115, 1),
            (119, 0x80), (131, 0x80), (132, 1), (135, 1), (144, 0), (144, 34),
        ] as [(Int, UInt8)]
    )
    func oneWrongByteIsMalformed(offset: Int, value: UInt8) throws {
        var bytes = try record(of: sample())
        bytes[offset] = value
        #expect(throws: CommandFault(.malformedCommand)) { try decoded(bytes) }
    }

    @Test func everyOtherLengthIsMalformed() throws {
        let bytes = try record(of: sample())
        for byteCount in 0..<bytes.count {
            #expect(throws: CommandFault(.malformedCommand)) {
                try decoded(Array(bytes[..<byteCount]))
            }
        }
        #expect(throws: CommandFault(.malformedCommand)) { try decoded(bytes + [0]) }
    }

    @Test func recordsInARowAreFoundByTheirLengths() throws {
        let fence = try record(of: Command(.fence, stage: .update, id: 9))
        let bytes = try record(of: sample()) + fence + fence.dropLast()
        #expect(Command.recordByteCount(at: 0, of: bytes.span.bytes) == 176)
        #expect(Command.recordByteCount(at: 176, of: bytes.span.bytes) == 112)
        #expect(Command.recordByteCount(at: 288, of: bytes.span.bytes) == nil)
    }

    @Test(arguments: [-1, Int(Int32.max) + 1])
    func numbersWithoutAPlaceAreRefused(value: Int) throws {
        var command = sample()
        command.operands[.source]?.height = value
        #expect(throws: CommandFault(.wrongShape, .source)) { try record(of: command) }
        command = sample()
        command.geometry.padding = value
        #expect(throws: CommandFault(.wrongGeometry)) { try record(of: command) }
    }
}
