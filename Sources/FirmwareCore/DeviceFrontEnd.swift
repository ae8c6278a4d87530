public import AcceleratorISA

/// The device's end of the wire: takes frames, drives processor and memory, writes answers.
///
/// It owns no thread and no buffer: whoever moves bytes (a USB controller's driver, the emulated
/// link) hands it one frame at a time together with room for the answer.
///
/// - Session: ``FrameType/openSession`` gives a new epoch and starts both sequences at 0. Frames of
///   another epoch on the commands and data endpoints are dropped and counted, without answer.
/// - Sequence: frames of an endpoint are served in order of their numbers. One that is refused for
///   its form (checksum, length) does not advance the sequence, so none behind it is served either,
///   until ``FrameType/abort``.
/// - Stream: a command that fails stops the stream. Commands behind it, of the same frame or of
///   later ones, are answered as not run, until ``FrameType/abort``.
public struct DeviceFrontEnd<
    Datapath: DatapathPort & ~Copyable,
    Memory: DeviceMemoryPort & ~Copyable
>: ~Copyable {
    /// Frames that got no service since power-on.
    public struct Statistics: Equatable, Sendable {
        /// Frames of another session.
        public var droppedFrameCount: UInt64 = 0
        /// Frames answered with a ``WireFault``.
        public var refusedFrameCount: UInt64 = 0
    }

    private var processor: CommandProcessor<Datapath>
    private var memory: Memory
    private var lastEpoch: UInt32 = 0
    private var isOpen = false
    private var isStopped = false
    private var nextCommandSequence: UInt32 = 0
    private var nextDataSequence: UInt32 = 0
    /// Frames that got no service since power-on.
    public private(set) var statistics = Statistics()

    /// A front end without a session.
    public init(datapath: consuming Datapath, memory: consuming Memory) {
        processor = CommandProcessor(port: datapath)
        self.memory = memory
    }

    /// Serves one frame.
    ///
    /// - Parameters:
    ///   - frame: The frame's bytes; any are safe.
    ///   - endpoint: Where it came in.
    ///   - answer: Room for the answer, at least ``minimumAnswerByteCount``.
    /// - Returns: Bytes of the answer; 0 when the frame was dropped.
    public mutating func receive(
        _ frame: RawSpan,
        on endpoint: DeviceEndpoint,
        answer: inout MutableRawSpan
    ) -> Int {
        precondition(answer.byteCount >= Self.minimumAnswerByteCount, "no room for an answer")
        let header: WireFrame
        do throws(WireFault) {
            header = try WireFrame(decoding: frame)
        } catch {
            // Whose frame it was cannot be told: the answer carries the endpoint's next number.
            let type: FrameType
            switch endpoint {
            case .control: type = .identify
            case .commands: type = .commands
            case .data: type = .memoryWrite
            }
            return refuse(
                WireFrame(type, epoch: epoch, sequence: nextSequence(of: endpoint)),
                error,
                answer: &answer
            )
        }
        guard endpoint == .control || (isOpen && header.epoch == epoch) else {
            statistics.droppedFrameCount &+= 1
            return 0
        }
        do throws(WireFault) {
            try check(header, of: frame, on: endpoint)
            return try serve(header, frame, answer: &answer)
        } catch {
            return refuse(header, error, answer: &answer)
        }
    }

    /// Ends the session, as a reset of the link does; device DRAM keeps its content.
    public mutating func reset() {
        isOpen = false
        startOver()
    }

    /// The least room for an answer: a header and a fault.
    public static var minimumAnswerByteCount: Int { WireFrame.headerByteCount + 4 }

    /// The session's epoch, 0 while there is none.
    private var epoch: UInt32 { isOpen ? lastEpoch : 0 }

    private func nextSequence(of endpoint: DeviceEndpoint) -> UInt32 {
        switch endpoint {
        case .control: 0
        case .commands: nextCommandSequence
        case .data: nextDataSequence
        }
    }

    private func check(
        _ header: WireFrame,
        of frame: RawSpan,
        on endpoint: DeviceEndpoint
    ) throws(WireFault) {
        guard header.type.endpoint == endpoint else { throw .wrongEndpoint }
        guard !header.flags.contains(.answer), !header.flags.contains(.failed) else {
            throw .malformedHeader
        }
        guard header.stream == 0 else { throw .wrongStream }
        let limit =
            endpoint == .data
            ? WireFrame.maximumDataFrameByteCount : WireFrame.maximumCommandFrameByteCount
        guard frame.byteCount <= limit else { throw .wrongLength }
        try header.checkPayload(of: frame)
        guard endpoint == .control || header.sequence == nextSequence(of: endpoint) else {
            throw .wrongSequence
        }
    }

    private mutating func serve(
        _ header: WireFrame,
        _ frame: RawSpan,
        answer: inout MutableRawSpan
    ) throws(WireFault) -> Int {
        let payload = frame.extracting(WireFrame.headerByteCount..<frame.byteCount)
        let payloadByteCount: Int
        switch header.type.endpoint {
        case .control:
            payloadByteCount = try control(header.type, payload, answer: &answer)
        case .commands:
            payloadByteCount = try commands(payload, answer: &answer)
            nextCommandSequence &+= 1
        case .data:
            payloadByteCount = try data(header.type, payload, answer: &answer)
            nextDataSequence &+= 1
        }
        return seal(header, payloadByteCount: payloadByteCount, answer: &answer)
    }
}

// MARK: - Answers

extension DeviceFrontEnd where Datapath: ~Copyable, Memory: ~Copyable {
    private func seal(
        _ header: WireFrame,
        flags: FrameFlags = [],
        payloadByteCount: Int,
        answer: inout MutableRawSpan
    ) -> Int {
        var reply = header
        reply.flags = flags.union(.answer)
        // An answer is checked wherever its question was.
        if header.flags.contains(.unchecked) { reply.flags.insert(.unchecked) }
        if header.type.endpoint == .control { reply.epoch = epoch }
        reply.payloadByteCount = UInt32(payloadByteCount)
        reply.seal(&answer)
        return reply.byteCount
    }

    private mutating func refuse(
        _ header: WireFrame,
        _ fault: WireFault,
        answer: inout MutableRawSpan
    ) -> Int {
        statistics.refusedFrameCount &+= 1
        fault.encode(into: &answer, at: WireFrame.headerByteCount)
        return seal(header, flags: .failed, payloadByteCount: 4, answer: &answer)
    }

    private static func checkRoom(
        for payloadByteCount: Int,
        in answer: borrowing MutableRawSpan
    ) throws(WireFault) {
        guard payloadByteCount <= answer.byteCount - WireFrame.headerByteCount else {
            throw .answerTooLong
        }
    }
}

// MARK: - Service

extension DeviceFrontEnd where Datapath: ~Copyable, Memory: ~Copyable {
    private mutating func control(
        _ type: FrameType,
        _ payload: RawSpan,
        answer: inout MutableRawSpan
    ) throws(WireFault) -> Int {
        guard payload.byteCount == 0 else { throw .wrongLength }
        switch type {
        case .openSession:
            lastEpoch = lastEpoch == .max ? 1 : lastEpoch + 1
            isOpen = true
            startOver()
            return 0
        case .closeSession:
            isOpen = false
            startOver()
            return 0
        case .abort:
            startOver()
            return 0
        case .identify:
            try Self.checkRoom(for: DeviceIdentity.encodedByteCount, in: answer)
            DeviceIdentity.current.encode(into: &answer, at: WireFrame.headerByteCount)
            return DeviceIdentity.encodedByteCount
        case .capabilities:
            try Self.checkRoom(for: DeviceCapabilities.encodedByteCount, in: answer)
            processor.port.capabilities.encode(into: &answer, at: WireFrame.headerByteCount)
            return DeviceCapabilities.encodedByteCount
        case .counters:
            try Self.checkRoom(for: DeviceCounters.encodedByteCount, in: answer)
            processor.counters.encode(into: &answer, at: WireFrame.headerByteCount)
            return DeviceCounters.encodedByteCount
        case .commands, .memoryWrite, .memoryRead: throw .wrongEndpoint
        }
    }

    private mutating func startOver() {
        isStopped = false
        nextCommandSequence = 0
        nextDataSequence = 0
    }

    /// Runs a frame's commands in order.
    ///
    /// Its records are found first, so that a frame whose lengths do not add up runs none of them.
    private mutating func commands(
        _ payload: RawSpan,
        answer: inout MutableRawSpan
    ) throws(WireFault) -> Int {
        var commandCount = 0
        var offset = 0
        while offset < payload.byteCount {
            guard let byteCount = Command.recordByteCount(at: offset, of: payload) else {
                throw .wrongLength
            }
            offset += byteCount
            commandCount += 1
        }
        let answerByteCount = commandCount * CommandCompletion.encodedByteCount
        try Self.checkRoom(for: answerByteCount, in: answer)
        offset = 0
        var answerOffset = WireFrame.headerByteCount
        while let byteCount = Command.recordByteCount(at: offset, of: payload) {
            let record = payload.extracting(offset..<offset + byteCount)
            complete(record).encode(into: &answer, at: answerOffset)
            offset += byteCount
            answerOffset += CommandCompletion.encodedByteCount
        }
        return answerByteCount
    }

    private mutating func complete(_ record: RawSpan) -> CommandCompletion {
        guard !isStopped else {
            return CommandCompletion(commandID: Command.id(ofRecord: record), outcome: .notRun)
        }
        let event = processor.process(record)
        if event.error != nil { isStopped = true }
        return CommandCompletion(event)
    }

    private mutating func data(
        _ type: FrameType,
        _ payload: RawSpan,
        answer: inout MutableRawSpan
    ) throws(WireFault) -> Int {
        guard let extent = MemoryExtent(decoding: payload) else { throw .wrongLength }
        guard extent.byteCount <= memory.byteCount,
            extent.address <= memory.byteCount - extent.byteCount
        else { throw .outOfRange }
        let content = payload.extracting(MemoryExtent.encodedByteCount..<payload.byteCount)
        guard type == .memoryRead else {
            guard UInt64(content.byteCount) == extent.byteCount else { throw .wrongLength }
            memory.write(content, at: extent.address)
            return 0
        }
        guard content.byteCount == 0 else { throw .wrongLength }
        guard extent.byteCount <= UInt64(WireFrame.maximumDataFrameByteCount) else {
            throw .answerTooLong
        }
        let answerByteCount = MemoryExtent.encodedByteCount + Int(extent.byteCount)
        try Self.checkRoom(for: answerByteCount, in: answer)
        guard memory.isInitialized(address: extent.address, byteCount: extent.byteCount) else {
            throw .uninitialized
        }
        extent.encode(into: &answer, at: WireFrame.headerByteCount)
        let start = WireFrame.headerByteCount + MemoryExtent.encodedByteCount
        var room = answer._mutatingExtracting(start..<start + Int(extent.byteCount))
        memory.read(at: extent.address, into: &room)
        return answerByteCount
    }
}
