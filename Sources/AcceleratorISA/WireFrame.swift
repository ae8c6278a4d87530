/// A pair of directions between host and device; a frame's type decides where it may travel.
public enum DeviceEndpoint: UInt8, Sendable, CaseIterable {
    /// Requests about the device and the session, answered also while the others are stuck.
    case control = 0
    /// Commands out, completions in, at most ``WireFrame/maximumCommandFrameByteCount`` each.
    case commands = 1
    /// Bytes of device DRAM.
    case data = 2
}

/// What a frame asks for; its answer repeats the type.
public enum FrameType: UInt8, Sendable, CaseIterable {
    /// Starts a session. Answer: header alone, which carries the session's epoch.
    case openSession = 1
    /// Ends the session. Answer: header alone.
    case closeSession = 2
    /// Answer: ``DeviceIdentity``.
    case identify = 3
    /// Answer: ``DeviceCapabilities``.
    case capabilities = 4
    /// Answer: ``DeviceCounters``.
    case counters = 5
    /// Clears a stopped command stream and starts both sequences again at 0. Answer: header alone.
    case abort = 6
    /// Payload: command records one behind the other. Answer: a ``CommandCompletion`` each.
    case commands = 16
    /// Payload: ``MemoryExtent``, then its bytes. Answer: header alone.
    case memoryWrite = 32
    /// Payload: ``MemoryExtent``. Answer: the same extent, then its bytes.
    case memoryRead = 33

    /// The endpoint on which frames of this type travel.
    public var endpoint: DeviceEndpoint {
        switch self {
        case .openSession, .closeSession, .identify, .capabilities, .counters, .abort: .control
        case .commands: .commands
        case .memoryWrite, .memoryRead: .data
        }
    }
}

/// Marks on a frame.
public struct FrameFlags: OptionSet, Sendable, Equatable, Hashable {
    /// The encoded form.
    public let rawValue: UInt16

    /// Flags from their encoded form; undefined bits are refused by decoding.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The frame answers one of the host's.
    public static let answer = FrameFlags(rawValue: 1)
    /// The answer's payload is a ``WireFault`` (u32).
    public static let failed = FrameFlags(rawValue: 2)
    /// The payload's checksum is left at 0 and not looked at: a link that delivers every byte
    /// right (memory in the same process, a bus with its own checksum) need not pay for it.
    public static let unchecked = FrameFlags(rawValue: 4)
    /// All flags there are.
    public static let all = FrameFlags(rawValue: 7)
}

/// Why a frame was not served.
///
/// Nothing of it took effect, and the sequence did not advance.
public enum WireFault: UInt32, Error, Sendable, CaseIterable {
    /// Shorter than a header, or magic, version, type, flags or reserved bytes are wrong.
    case malformedHeader = 1
    case headerChecksum = 2
    case payloadChecksum = 3
    /// The payload's length is not what the header says, or not what the type asks for.
    case wrongLength = 4
    /// The type does not travel on this endpoint.
    case wrongEndpoint = 5
    /// Not the next number: a frame before this one was lost or refused. ``FrameType/abort``
    /// starts over.
    case wrongSequence = 6
    /// A stream other than 0.
    case wrongStream = 7
    /// The extent reaches past the end of device DRAM.
    case outOfRange = 8
    /// The extent was never written.
    case uninitialized = 9
    /// The host's buffer for the answer is too short.
    case answerTooLong = 10
}

/// The header of every frame.
///
/// Little-endian; reserved bytes are zero.
///
/// ```
///  0 magic "GANW"    4 version u8      5 type u8       6 flags u16     8 stream u16   10 reserved
/// 12 epoch u32      16 sequence u32   20 command u32  24 length u32   28 payload CRC32C u32
/// 32 reserved, to 44                  44 CRC32C of bytes 0 to 43
/// ```
/// Behind it stands the payload; in frames with a ``MemoryExtent`` the bytes begin at offset 64.
public struct WireFrame: Equatable, Sendable {
    /// "GANW" in memory order.
    public static let magic: UInt32 = 0x574E_4147
    /// The header version this code writes, and the only one it reads.
    public static let version: UInt8 = 1
    /// Bytes of a header.
    public static let headerByteCount = 48
    /// Most bytes of a frame on the commands endpoint.
    public static let maximumCommandFrameByteCount = 4096
    /// Most bytes of a frame on the data endpoint.
    public static let maximumDataFrameByteCount = 512 * 1024

    private static let checksumOffset = 44

    /// What the frame asks for or answers.
    public var type: FrameType
    /// Its marks.
    public var flags: FrameFlags
    /// Which of the device's command streams; there is one, number 0.
    public var stream: UInt16
    /// The session the frame belongs to; 0 outside of one.
    public var epoch: UInt32
    /// The number of the frame on its endpoint, from 0; an answer repeats it.
    public var sequence: UInt32
    /// The first command the frame is about, 0 where it is about none.
    public var commandID: UInt32
    /// Bytes behind the header.
    public var payloadByteCount: UInt32

    /// A header.
    public init(
        _ type: FrameType,
        flags: FrameFlags = [],
        stream: UInt16 = 0,
        epoch: UInt32 = 0,
        sequence: UInt32 = 0,
        commandID: UInt32 = 0,
        payloadByteCount: UInt32 = 0
    ) {
        self.type = type
        self.flags = flags
        self.stream = stream
        self.epoch = epoch
        self.sequence = sequence
        self.commandID = commandID
        self.payloadByteCount = payloadByteCount
    }

    /// Bytes of the whole frame.
    public var byteCount: Int { Self.headerByteCount + Int(payloadByteCount) }

    /// Writes the header in front of the payload that already stands in `frame`.
    ///
    /// - Parameter frame: At least ``byteCount`` bytes, the payload from ``headerByteCount`` on.
    public func seal(_ frame: inout MutableRawSpan) {
        precondition(frame.byteCount >= byteCount, "a frame is longer than its buffer")
        var checksum: UInt32 = 0
        if !flags.contains(.unchecked) {
            let payload = frame.bytes.extracting(Self.headerByteCount..<byteCount)
            checksum = CRC32C.checksum(of: payload)
        }
        frame.clear(0..<Self.headerByteCount)
        frame.store(Self.magic, at: 0)
        frame.store(Self.version, at: 4)
        frame.store(type.rawValue, at: 5)
        frame.store(flags.rawValue, at: 6)
        frame.store(stream, at: 8)
        frame.store(epoch, at: 12)
        frame.store(sequence, at: 16)
        frame.store(commandID, at: 20)
        frame.store(payloadByteCount, at: 24)
        frame.store(checksum, at: 28)
        let headerChecksum = CRC32C.checksum(of: frame.bytes.extracting(0..<Self.checksumOffset))
        frame.store(headerChecksum, at: Self.checksumOffset)
    }

    /// Reads a header and checks its form and checksum, not yet what follows it.
    public init(decoding frame: RawSpan) throws(WireFault) {
        guard frame.byteCount >= Self.headerByteCount, frame.word32(at: 0) == Self.magic,
            frame.byte(at: 4) == Self.version
        else { throw .malformedHeader }
        let header = frame.extracting(0..<Self.checksumOffset)
        guard CRC32C.checksum(of: header) == frame.word32(at: Self.checksumOffset) else {
            throw .headerChecksum
        }
        let flags = FrameFlags(rawValue: frame.word16(at: 6))
        guard let type = FrameType(rawValue: frame.byte(at: 5)), flags.isSubset(of: .all),
            frame.word16(at: 10) == 0, frame.isZero(32..<Self.checksumOffset)
        else { throw .malformedHeader }
        self.init(
            type,
            flags: flags,
            stream: frame.word16(at: 8),
            epoch: frame.word32(at: 12),
            sequence: frame.word32(at: 16),
            commandID: frame.word32(at: 20),
            payloadByteCount: frame.word32(at: 24)
        )
    }

    /// Checks the payload that follows this header against its length and checksum.
    ///
    /// - Parameter frame: The bytes the header was read from, without any behind the frame.
    /// - Throws: `.wrongLength` or `.payloadChecksum`.
    public func checkPayload(of frame: RawSpan) throws(WireFault) {
        guard UInt32(exactly: frame.byteCount - Self.headerByteCount) == payloadByteCount else {
            throw .wrongLength
        }
        guard !flags.contains(.unchecked) else { return }
        let payload = frame.extracting(Self.headerByteCount..<frame.byteCount)
        guard CRC32C.checksum(of: payload) == frame.word32(at: 28) else { throw .payloadChecksum }
    }
}

extension WireFault {
    /// Reads the payload of a failed answer; nil when it is none.
    public init?(decoding payload: RawSpan) {
        guard payload.byteCount == 4 else { return nil }
        self.init(rawValue: payload.word32(at: 0))
    }

    /// Writes the fault at an offset of a frame.
    public func encode(into frame: inout MutableRawSpan, at offset: Int) {
        frame.store(rawValue, at: offset)
    }
}
