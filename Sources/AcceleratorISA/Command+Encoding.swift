/// The record that carries a command to the device: a head of 112 bytes, then 32 bytes an operand
/// in ascending order of roles. Little-endian; reserved bytes are zero.
///
/// ```
/// head      0 version u16    2 opcode u8      3 stage u8       4 flags u32      8 id u32
///          12 kernel u16    14 stride u16    16 padding u16   18 padding mode  19 direction
///          20 source, 21 destination, 22 mask activation      23 statistics    24 loss kind
///          25 optimizer kind                 26 operand count  27 error activation
///          28 source, 32 destination, 36 mask slope f32       40 scalars 8 * f32
///          72 error, 76 skip slope f32       80 skip activation                81 reserved, to 112
/// operand   0 role u8        1 layout u8      2 kind u8        3 reserved       4 batch u32
///           8 channels u32  12 height u32    16 width u32     20 reserved u32  24 address u64
/// ```
/// Sides and counts leave their top bit clear, so that a 32-bit device can hold them.
extension Command {
    /// The record version this code writes, and the only one it reads.
    public static let encodingVersion: UInt16 = 2
    /// Bytes of a record before its operands.
    public static let headByteCount = 112
    /// Bytes of one operand.
    public static let operandByteCount = 32

    private static let operandCountOffset = 26

    /// Bytes of this command's record.
    public var encodedByteCount: Int {
        Self.headByteCount + Self.operandByteCount * operands.presentRoles.nonzeroBitCount
    }

    /// Bytes of the record that begins at `offset`; nil when it does not end inside `bytes`.
    public static func recordByteCount(at offset: Int, of bytes: RawSpan) -> Int? {
        guard offset >= 0, bytes.byteCount - offset >= headByteCount else { return nil }
        let operandCount = Int(bytes.byte(at: offset + operandCountOffset))
        let byteCount = headByteCount + operandCount * operandByteCount
        return byteCount <= bytes.byteCount - offset ? byteCount : nil
    }

    /// The number of a record's command as far as it can be told from damaged bytes; 0 otherwise.
    public static func id(ofRecord record: RawSpan) -> UInt32 {
        record.byteCount >= 12 ? record.word32(at: 8) : 0
    }

    /// Writes the record to the first ``encodedByteCount`` bytes, which `bytes` must have.
    ///
    /// - Throws: `.wrongGeometry` or `.wrongShape` for a number that has no place in its field.
    public func encode(into bytes: inout MutableRawSpan) throws(CommandFault) {
        precondition(bytes.byteCount >= encodedByteCount, "a record is longer than its buffer")
        bytes.clear(0..<encodedByteCount)
        try encodeHead(into: &bytes)
        var offset = Self.headByteCount
        for value in 0..<UInt8(OperandRole.count) {
            guard let role = OperandRole(rawValue: value), let tensor = operands[role] else {
                continue
            }
            try Self.encode(tensor, as: role, at: offset, into: &bytes)
            offset += Self.operandByteCount
        }
    }

    /// Reads a record.
    ///
    /// - Throws: `.malformedCommand` for a wrong length or version, an undefined value, a reserved
    ///   bit that is set, and operands out of order or given twice. The meaning of what was read
    ///   is not checked.
    public init(decoding record: RawSpan) throws(CommandFault) {
        guard Self.recordByteCount(at: 0, of: record) == record.byteCount,
            record.word16(at: 0) == Self.encodingVersion,
            let opcode = Opcode(rawValue: record.byte(at: 2)),
            let stage = Stage(rawValue: record.byte(at: 3)),
            record.isZero(81..<Self.headByteCount)
        else { throw CommandFault(.malformedCommand) }
        self.init(opcode, stage: stage, id: record.word32(at: 8))
        try decodeParameters(of: record)
        try decodeOperands(of: record)
    }
}

// MARK: - Encoding

extension Command {
    private func encodeHead(into bytes: inout MutableRawSpan) throws(CommandFault) {
        guard let kernel = UInt16(exactly: geometry.kernel),
            let stride = UInt16(exactly: geometry.stride),
            let padding = UInt16(exactly: geometry.padding)
        else { throw CommandFault(.wrongGeometry) }
        bytes.store(Self.encodingVersion, at: 0)
        bytes.store(opcode.rawValue, at: 2)
        bytes.store(stage.rawValue, at: 3)
        bytes.store(flags.rawValue, at: 4)
        bytes.store(id, at: 8)
        bytes.store(kernel, at: 12)
        bytes.store(stride, at: 14)
        bytes.store(padding, at: 16)
        bytes.store(geometry.paddingMode.rawValue, at: 18)
        bytes.store(geometry.direction.rawValue, at: 19)
        bytes.store(sourceActivation.kind.rawValue, at: 20)
        bytes.store(destinationActivation.kind.rawValue, at: 21)
        bytes.store(maskActivation.kind.rawValue, at: 22)
        bytes.store(statistics.rawValue, at: 23)
        bytes.store(lossKind.rawValue, at: 24)
        bytes.store(optimizerKind.rawValue, at: 25)
        bytes.store(UInt8(operands.presentRoles.nonzeroBitCount), at: Self.operandCountOffset)
        bytes.store(sourceActivation.slope, at: 28)
        bytes.store(destinationActivation.slope, at: 32)
        bytes.store(maskActivation.slope, at: 36)
        for lane in 0..<scalars.count { bytes.store(scalars[lane], at: 40 + 4 * lane) }
        bytes.store(errorActivation.kind.rawValue, at: 27)
        bytes.store(errorActivation.slope, at: 72)
        bytes.store(skipActivation.slope, at: 76)
        bytes.store(skipActivation.kind.rawValue, at: 80)
    }

    private static func encode(
        _ tensor: Tensor,
        as role: OperandRole,
        at offset: Int,
        into bytes: inout MutableRawSpan
    ) throws(CommandFault) {
        guard tensor.batch >= 0, let batch = Int32(exactly: tensor.batch),
            tensor.channels >= 0, let channels = Int32(exactly: tensor.channels),
            tensor.height >= 0, let height = Int32(exactly: tensor.height),
            tensor.width >= 0, let width = Int32(exactly: tensor.width)
        else { throw CommandFault(.wrongShape, role) }
        bytes.store(role.rawValue, at: offset)
        bytes.store(tensor.layout.rawValue, at: offset + 1)
        bytes.store(tensor.kind.rawValue, at: offset + 2)
        bytes.store(UInt32(batch), at: offset + 4)
        bytes.store(UInt32(channels), at: offset + 8)
        bytes.store(UInt32(height), at: offset + 12)
        bytes.store(UInt32(width), at: offset + 16)
        bytes.store(tensor.address, at: offset + 24)
    }
}

// MARK: - Decoding

extension Command {
    private mutating func decodeParameters(of record: RawSpan) throws(CommandFault) {
        let flags = CommandFlags(rawValue: record.word32(at: 4))
        guard flags.isSubset(of: .all),
            let paddingMode = PaddingMode(rawValue: record.byte(at: 18)),
            let direction = ConvolutionDirection(rawValue: record.byte(at: 19)),
            let statistics = StatisticsMode(rawValue: record.byte(at: 23)),
            let lossKind = LossKind(rawValue: record.byte(at: 24)),
            let optimizerKind = OptimizerKind(rawValue: record.byte(at: 25))
        else { throw CommandFault(.malformedCommand) }
        self.flags = flags
        geometry = ConvolutionGeometry(
            kernel: Int(record.word16(at: 12)),
            stride: Int(record.word16(at: 14)),
            padding: Int(record.word16(at: 16)),
            paddingMode: paddingMode,
            direction: direction
        )
        sourceActivation = try Self.activation(of: record, kindAt: 20, slopeAt: 28)
        destinationActivation = try Self.activation(of: record, kindAt: 21, slopeAt: 32)
        maskActivation = try Self.activation(of: record, kindAt: 22, slopeAt: 36)
        errorActivation = try Self.activation(of: record, kindAt: 27, slopeAt: 72)
        skipActivation = try Self.activation(of: record, kindAt: 80, slopeAt: 76)
        self.statistics = statistics
        self.lossKind = lossKind
        self.optimizerKind = optimizerKind
        for lane in 0..<scalars.count { scalars[lane] = record.float(at: 40 + 4 * lane) }
    }

    private static func activation(
        of record: RawSpan,
        kindAt kindOffset: Int,
        slopeAt slopeOffset: Int
    ) throws(CommandFault) -> Activation {
        guard let kind = Activation.Kind(rawValue: record.byte(at: kindOffset)) else {
            throw CommandFault(.malformedCommand)
        }
        return Activation(kind, slope: record.float(at: slopeOffset))
    }

    private mutating func decodeOperands(of record: RawSpan) throws(CommandFault) {
        var offset = Self.headByteCount
        var lowestNext = 0
        while offset < record.byteCount {
            guard let role = OperandRole(rawValue: record.byte(at: offset)),
                Int(role.rawValue) >= lowestNext,
                let layout = TensorLayout(rawValue: record.byte(at: offset + 1)),
                let kind = TensorKind(rawValue: record.byte(at: offset + 2)),
                record.byte(at: offset + 3) == 0, record.word32(at: offset + 20) == 0,
                let batch = Int32(exactly: record.word32(at: offset + 4)),
                let channels = Int32(exactly: record.word32(at: offset + 8)),
                let height = Int32(exactly: record.word32(at: offset + 12)),
                let width = Int32(exactly: record.word32(at: offset + 16))
            else { throw CommandFault(.malformedCommand) }
            operands[role] = Tensor(
                address: record.word64(at: offset + 24),
                batch: Int(batch),
                channels: Int(channels),
                height: Int(height),
                width: Int(width),
                layout: layout,
                kind: kind
            )
            lowestNext = Int(role.rawValue) + 1
            offset += Self.operandByteCount
        }
    }
}
