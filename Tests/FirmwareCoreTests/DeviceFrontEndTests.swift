import AcceleratorISA
import FirmwareCore
import Testing

extension TestMemory: DeviceMemoryPort {
    var byteCount: UInt64 { UInt64(bytes.count) }

    func isInitialized(address: UInt64, byteCount: UInt64) -> Bool {
        isInitialized(Int(address)..<Int(address + byteCount))
    }

    func write(_ bytes: RawSpan, at address: UInt64) {
        fill(Int(address)..<Int(address) + bytes.byteCount, with: 0)
        bytes.withUnsafeBytes { source in
            for index in source.indices { self.bytes[Int(address) + index] = source[index] }
        }
    }

    func read(at address: UInt64, into bytes: inout MutableRawSpan) {
        bytes.withUnsafeMutableBytes { target in
            for index in target.indices { target[index] = self.bytes[Int(address) + index] }
        }
    }
}

/// A host at the other end of a front end, without a driver.
private final class WireHost {
    var frontEnd: DeviceFrontEnd<RecordingPort, TestMemory>
    let memory: TestMemory
    var epoch: UInt32 = 0
    var room = 4096

    var statistics: (dropped: UInt64, refused: UInt64) {
        (frontEnd.statistics.droppedFrameCount, frontEnd.statistics.refusedFrameCount)
    }

    init() {
        let port = RecordingPort()
        memory = port.memory
        frontEnd = DeviceFrontEnd(datapath: port, memory: port.memory)
    }

    static func frame(_ header: WireFrame, payload: [UInt8]) -> [UInt8] {
        var header = header
        header.payloadByteCount = UInt32(payload.count)
        var bytes = [UInt8](repeating: 0, count: WireFrame.headerByteCount) + payload
        var span = bytes.mutableSpan
        var raw = span.mutableBytes
        header.seal(&raw)
        return bytes
    }

    /// The answer's bytes, empty when there is none.
    func send(_ bytes: [UInt8], on endpoint: DeviceEndpoint) -> [UInt8] {
        var answer = [UInt8](repeating: 0xEE, count: room)
        var span = answer.mutableSpan
        var raw = span.mutableBytes
        let byteCount = frontEnd.receive(bytes.span.bytes, on: endpoint, answer: &raw)
        return Array(answer[..<byteCount])
    }

    func send(
        _ type: FrameType,
        sequence: UInt32 = 0,
        payload: [UInt8] = []
    ) throws -> (header: WireFrame, payload: [UInt8]) {
        let header = WireFrame(type, epoch: epoch, sequence: sequence)
        return try open(send(Self.frame(header, payload: payload), on: type.endpoint))
    }

    func open(_ answer: [UInt8]) throws -> (header: WireFrame, payload: [UInt8]) {
        let header = try WireFrame(decoding: answer.span.bytes)
        try header.checkPayload(of: answer.span.bytes)
        #expect(header.flags.contains(.answer))
        return (header, Array(answer[WireFrame.headerByteCount...]))
    }

    func openSession() throws { epoch = try send(.openSession).header.epoch }
}

private func records(_ commands: [Command]) throws -> [UInt8] {
    try commands.flatMap { try record(of: $0) }
}

private func extent(_ address: UInt64, _ byteCount: UInt64) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 16)
    var span = bytes.mutableSpan
    var raw = span.mutableBytes
    MemoryExtent(address: address, byteCount: byteCount).encode(into: &raw, at: 0)
    return bytes
}

private func completions(_ payload: [UInt8]) -> [CommandCompletion.Outcome] {
    stride(from: 0, to: payload.count, by: 8).compactMap { offset in
        CommandCompletion(decoding: payload.span.bytes, at: offset)?.outcome
    }
}

private func fault(_ answer: (header: WireFrame, payload: [UInt8])) -> WireFault? {
    #expect(answer.header.flags.contains(.failed))
    return WireFault(decoding: answer.payload.span.bytes)
}

@Suite struct DeviceFrontEndTests {
    private let fence = Command(.fence, stage: .update, id: 1)
    private var broken: Command {
        var command = Command(.fill, stage: .update, id: 2)
        command.scalars[0] = 1
        return command
    }

    @Test func controlRequestsNeedNoSession() throws {
        let host = WireHost()
        let identity = try host.send(.identify).payload
        #expect(DeviceIdentity(decoding: identity.span.bytes) == .current)
        let capabilities = try host.send(.capabilities).payload
        #expect(
            DeviceCapabilities(decoding: capabilities.span.bytes)
                == RecordingPort().capabilities
        )
        let counters = try host.send(.counters).payload
        #expect(DeviceCounters(decoding: counters.span.bytes) == DeviceCounters())
    }

    @Test func writtenBytesAreReadBackAndMarked() throws {
        let host = WireHost()
        try host.openSession()
        let written = try host.send(.memoryWrite, payload: extent(129, 3) + [7, 8, 9])
        #expect(written.payload.isEmpty)
        let marked = host.memory.written.indices.filter { host.memory.written[$0] }
        #expect(marked == Array(grains(of: 129..<132)))
        let read = try host.send(.memoryRead, sequence: 1, payload: extent(130, 2))
        #expect(read.payload == extent(130, 2) + [8, 9])
    }

    @Test func framesOfAnotherSessionAreDroppedAndCounted() throws {
        let host = WireHost()
        let early = WireHost.frame(WireFrame(.commands), payload: try records([fence]))
        #expect(host.send(early, on: .commands).isEmpty)
        try host.openSession()
        let first = host.epoch
        try host.openSession()
        #expect(host.epoch != first)
        let late = WireFrame(.commands, epoch: first)
        let bytes = WireHost.frame(late, payload: try records([fence]))
        #expect(host.send(bytes, on: .commands).isEmpty)
        _ = try host.send(.closeSession)
        let after = WireHost.frame(WireFrame(.memoryRead, epoch: host.epoch), payload: extent(0, 1))
        #expect(host.send(after, on: .data).isEmpty)
        #expect(host.statistics.dropped == 3)
        #expect(host.statistics.refused == 0)
    }

    @Test func theStreamStopsAtTheFirstFailureUntilItIsCleared() throws {
        let host = WireHost()
        try host.openSession()
        let answer = try host.send(.commands, payload: try records([fence, broken, fence]))
        #expect(
            completions(answer.payload)
                == [.completed, .failed(.wrongOperands, .destination), .notRun]
        )
        let later = try host.send(.commands, sequence: 1, payload: try records([fence]))
        #expect(completions(later.payload) == [.notRun])
        _ = try host.send(.abort)
        let cleared = try host.send(.commands, payload: try records([fence]))
        #expect(completions(cleared.payload) == [.completed])
        let counters = try host.send(.counters).payload
        #expect(DeviceCounters(decoding: counters.span.bytes)?.commandCount == 2)
    }

    @Test func aDamagedFrameAndAllBehindItAreNotServed() throws {
        let host = WireHost()
        try host.openSession()
        var damaged = WireHost.frame(
            WireFrame(.memoryWrite, epoch: host.epoch),
            payload: extent(0, 1) + [1]
        )
        damaged[64] ^= 1
        #expect(fault(try host.open(host.send(damaged, on: .data))) == .payloadChecksum)
        damaged[20] ^= 1
        #expect(fault(try host.open(host.send(damaged, on: .data))) == .headerChecksum)
        let next = try host.send(.memoryWrite, sequence: 1, payload: extent(0, 1) + [1])
        #expect(fault(next) == .wrongSequence)
        #expect(host.memory.writeCount == 0)
        let again = try host.send(.memoryWrite, sequence: 0, payload: extent(0, 1) + [1])
        #expect(!again.header.flags.contains(.failed))
        #expect(host.memory.bytes[0] == 1)
    }

    @Test func framesThatMakeNoSenseAreRefusedWithTheirReason() throws {
        let host = WireHost()
        try host.openSession()
        let dram = UInt64(host.memory.bytes.count)
        let cases: [(FrameType, [UInt8], WireFault)] = [
            (.memoryWrite, extent(0, 2) + [1], .wrongLength),
            (.memoryWrite, [1, 2, 3], .wrongLength),
            (.memoryRead, extent(0, 1) + [1], .wrongLength),
            (.memoryWrite, extent(dram, 1) + [1], .outOfRange),
            (.memoryWrite, extent(.max, 1) + [1], .outOfRange),
            (.memoryRead, extent(1, .max), .outOfRange),
            (.memoryRead, extent(0, 1), .uninitialized),
            (.memoryRead, extent(0, dram), .answerTooLong),
            (.memoryRead, extent(0, 4096), .answerTooLong),
            (.commands, [1, 2, 3], .wrongLength),
            (.commands, try records([fence]) + [0], .wrongLength),
            (.commands, [UInt8](repeating: 0, count: 5000), .wrongLength),
            (.identify, [1], .wrongLength),
        ]
        for (type, payload, expected) in cases {
            #expect(fault(try host.send(type, payload: payload)) == expected, "\(type) \(expected)")
        }
        for endpoint in DeviceEndpoint.allCases where endpoint != .commands {
            let frame = WireHost.frame(WireFrame(.commands, epoch: host.epoch), payload: [])
            #expect(fault(try host.open(host.send(frame, on: endpoint))) == .wrongEndpoint)
        }
        let stream = WireFrame(.commands, stream: 1, epoch: host.epoch)
        let frame = WireHost.frame(stream, payload: [])
        #expect(fault(try host.open(host.send(frame, on: .commands))) == .wrongStream)
        #expect(host.statistics.refused == UInt64(cases.count) + 3)
        #expect(host.memory.writeCount == 0)
    }

    @Test func anyBytesAreSafe() throws {
        let host = WireHost()
        try host.openSession()
        var random = SplitMix64(seed: 9)
        let valid = WireHost.frame(
            WireFrame(.commands, epoch: host.epoch),
            payload: try records([fence, broken])
        )
        for _ in 0..<5_000 {
            var bytes = Array(valid[..<random.below(valid.count + 1)])
            if !bytes.isEmpty { bytes[random.below(bytes.count)] ^= UInt8(1 + random.below(255)) }
            let endpoint = DeviceEndpoint.allCases[random.below(3)]
            let answer = host.send(bytes, on: endpoint)
            if !answer.isEmpty { #expect(fault(try host.open(answer)) != nil) }
        }
    }
}
