// Payloads of frames. Little-endian; each type names its bytes.

/// A range of device DRAM: address u64, byte count u64.
public struct MemoryExtent: Equatable, Sendable {
    /// Bytes of the encoded form.
    public static let encodedByteCount = 16

    /// First byte in device DRAM; any, not only aligned ones.
    public var address: UInt64
    /// Bytes.
    public var byteCount: UInt64

    /// A range; nothing is checked before a device serves it.
    public init(address: UInt64, byteCount: UInt64) {
        self.address = address
        self.byteCount = byteCount
    }

    /// Reads the extent at the beginning of a payload; nil when the payload is too short.
    public init?(decoding payload: RawSpan) {
        guard payload.byteCount >= Self.encodedByteCount else { return nil }
        self.init(address: payload.word64(at: 0), byteCount: payload.word64(at: 8))
    }

    /// Writes the extent at an offset of a frame.
    public func encode(into frame: inout MutableRawSpan, at offset: Int) {
        frame.store(address, at: offset)
        frame.store(byteCount, at: offset + 8)
    }
}

/// What became of one command of a frame: command u32, outcome u8, code u8, role u8 (0xFF where
/// there is none), reserved u8.
public struct CommandCompletion: Equatable, Sendable {
    /// Bytes of the encoded form.
    public static let encodedByteCount = 8

    /// What became of the command.
    public enum Outcome: Equatable, Sendable {
        case completed
        /// Refused or failed; the stream is stopped until ``FrameType/abort``.
        case failed(DeviceErrorCode, OperandRole?)
        /// Behind a command that failed; never looked at.
        case notRun
    }

    /// The host's number of the command.
    public var commandID: UInt32
    /// What became of it.
    public var outcome: Outcome

    /// A completion.
    public init(commandID: UInt32, outcome: Outcome) {
        self.commandID = commandID
        self.outcome = outcome
    }

    /// The completion that an event amounts to.
    public init(_ event: DeviceEvent) {
        commandID = event.commandID
        outcome = event.error.map { .failed($0, event.role) } ?? .completed
    }

    /// Reads the completion at an offset of a payload; nil when there is none.
    public init?(decoding payload: RawSpan, at offset: Int) {
        guard offset >= 0, payload.byteCount - offset >= Self.encodedByteCount,
            payload.byte(at: offset + 7) == 0
        else { return nil }
        commandID = payload.word32(at: offset)
        let code = payload.byte(at: offset + 5)
        let roleByte = payload.byte(at: offset + 6)
        switch payload.byte(at: offset + 4) {
        case 0 where code == 0 && roleByte == 0xFF: outcome = .completed
        case 1:
            guard let code = DeviceErrorCode(rawValue: code) else { return nil }
            let role = OperandRole(rawValue: roleByte)
            guard role != nil || roleByte == 0xFF else { return nil }
            outcome = .failed(code, role)
        case 2 where code == 0 && roleByte == 0xFF: outcome = .notRun
        default: return nil
        }
    }

    /// Writes the completion at an offset of a frame.
    public func encode(into frame: inout MutableRawSpan, at offset: Int) {
        var kind: UInt8 = 0
        var code: UInt8 = 0
        var roleByte: UInt8 = 0xFF
        switch outcome {
        case .completed: break
        case .failed(let error, let role):
            kind = 1
            code = error.rawValue
            if let role { roleByte = role.rawValue }
        case .notRun: kind = 2
        }
        frame.store(commandID, at: offset)
        frame.store(kind, at: offset + 4)
        frame.store(code, at: offset + 5)
        frame.store(roleByte, at: offset + 6)
        frame.store(UInt8(0), at: offset + 7)
    }
}

/// Which protocol a device speaks: major u16, minor u16, firmware u32, features u64.
public struct DeviceIdentity: Equatable, Sendable {
    /// Bytes of the encoded form.
    public static let encodedByteCount = 16
    /// What this code speaks.
    public static let current = DeviceIdentity(
        protocolMajor: 1,
        protocolMinor: 0,
        firmwareVersion: 0x0001_0000,
        features: 0
    )

    /// Host and device must agree on it.
    public var protocolMajor: UInt16
    /// What was added since, backwards compatible.
    public var protocolMinor: UInt16
    /// Version of the firmware, 0xMMMMmmpp.
    public var firmwareVersion: UInt32
    /// One bit a feature; none is defined yet.
    public var features: UInt64

    /// An identity.
    public init(
        protocolMajor: UInt16,
        protocolMinor: UInt16,
        firmwareVersion: UInt32,
        features: UInt64
    ) {
        self.protocolMajor = protocolMajor
        self.protocolMinor = protocolMinor
        self.firmwareVersion = firmwareVersion
        self.features = features
    }

    /// Reads an identity; nil when the payload has another length.
    public init?(decoding payload: RawSpan) {
        guard payload.byteCount == Self.encodedByteCount else { return nil }
        self.init(
            protocolMajor: payload.word16(at: 0),
            protocolMinor: payload.word16(at: 2),
            firmwareVersion: payload.word32(at: 4),
            features: payload.word64(at: 8)
        )
    }

    /// Writes the identity at an offset of a frame.
    public func encode(into frame: inout MutableRawSpan, at offset: Int) {
        frame.store(protocolMajor, at: offset)
        frame.store(protocolMinor, at: offset + 2)
        frame.store(firmwareVersion, at: offset + 4)
        frame.store(features, at: offset + 8)
    }
}

/// On the wire: DRAM bytes u64, SRAM bytes u64, DRAM bytes a second u64.
extension DeviceCapabilities {
    /// Bytes of the encoded form.
    public static let encodedByteCount = 24

    /// Reads capabilities; nil when the payload has another length.
    public init?(decoding payload: RawSpan) {
        guard payload.byteCount == Self.encodedByteCount else { return nil }
        self.init(
            dramByteCount: payload.word64(at: 0),
            sramByteCount: payload.word64(at: 8),
            dramBytesPerSecond: payload.word64(at: 16)
        )
    }

    /// Writes the capabilities at an offset of a frame.
    public func encode(into frame: inout MutableRawSpan, at offset: Int) {
        frame.store(dramByteCount, at: offset)
        frame.store(sramByteCount, at: offset + 8)
        frame.store(dramBytesPerSecond, at: offset + 16)
    }
}

/// On the wire, all u64: bytes by kind, stage and direction (the last fastest),
/// multiply-accumulates by stage, commands.
extension DeviceCounters {
    private static let kindCount: UInt8 = 7
    private static let stageCount: UInt8 = 4

    /// Bytes of the encoded form.
    public static let encodedByteCount = 8 * (Int(kindCount) * Int(stageCount) * 2 + 4 + 1)

    /// Reads counters; nil when the payload has another length.
    public init?(decoding payload: RawSpan) {
        guard payload.byteCount == Self.encodedByteCount else { return nil }
        self.init()
        var offset = 0
        for kind in 0..<Self.kindCount {
            for stage in 0..<Self.stageCount {
                for direction in 0..<UInt8(2) {
                    guard let kind = TensorKind(rawValue: kind), let stage = Stage(rawValue: stage),
                        let direction = Direction(rawValue: direction)
                    else { return nil }
                    count(
                        byteCount: payload.word64(at: offset),
                        kind: kind,
                        stage: stage,
                        direction: direction
                    )
                    offset += 8
                }
            }
        }
        for stage in 0..<Self.stageCount {
            guard let stage = Stage(rawValue: stage) else { return nil }
            count(multiplyAccumulates: payload.word64(at: offset), stage: stage)
            offset += 8
        }
        commandCount = payload.word64(at: offset)
    }

    /// Writes the counters at an offset of a frame.
    public func encode(into frame: inout MutableRawSpan, at offset: Int) {
        var offset = offset
        for kind in 0..<Self.kindCount {
            for stage in 0..<Self.stageCount {
                for direction in 0..<UInt8(2) {
                    guard let kind = TensorKind(rawValue: kind), let stage = Stage(rawValue: stage),
                        let direction = Direction(rawValue: direction)
                    else { continue }
                    frame.store(
                        byteCount(kind: kind, stage: stage, direction: direction),
                        at: offset
                    )
                    offset += 8
                }
            }
        }
        for stage in 0..<Self.stageCount {
            guard let stage = Stage(rawValue: stage) else { continue }
            frame.store(multiplyAccumulates(stage: stage), at: offset)
            offset += 8
        }
        frame.store(commandCount, at: offset)
    }
}
