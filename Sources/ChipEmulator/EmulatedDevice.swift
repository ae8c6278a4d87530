import AcceleratorDriver
import AcceleratorISA
import FirmwareCore

/// DRAM as the firmware's front end sees it.
extension EmulatedMemory: DeviceMemoryPort {
    /// Copies bytes into DRAM.
    package func write(_ bytes: RawSpan, at address: UInt64) {
        guard bytes.byteCount > 0 else { return }
        bytes.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(start: base + Int(address), count: source.count)
                .copyMemory(from: source)
        }
        markInitialized(address: address, byteCount: UInt64(bytes.byteCount))
    }

    /// Copies bytes out of DRAM.
    package func read(at address: UInt64, into bytes: inout MutableRawSpan) {
        bytes.withUnsafeMutableBytes { target in
            target.copyMemory(
                from: UnsafeRawBufferPointer(start: base + Int(address), count: target.count)
            )
        }
    }
}

/// What the device thread runs: the firmware's front end between the link and the datapath.
///
/// Not sendable; made on one thread, handed to the device thread, and used there alone.
final class EmulatedDevice<Datapath: DatapathPort & ~Copyable> {
    private let link: EmulatedLink
    private let faults: [LinkFault]
    private var frontEnd: DeviceFrontEnd<Datapath, EmulatedMemory>
    private var frameCounts: InlineArray<3, Int> = InlineArray(repeating: 0)
    /// Room for a control request's answer, until it takes the request's place.
    private var controlAnswer = DMABuffer(capacity: 1024)

    init(
        link: EmulatedLink,
        memory: EmulatedMemory,
        datapath: consuming Datapath,
        faults: [LinkFault]
    ) {
        self.link = link
        self.faults = faults
        frontEnd = DeviceFrontEnd(datapath: datapath, memory: memory)
    }

    /// Serves the link until it is closed.
    func run() {
        while true {
            switch link.next() {
            case .control(let transfer): serveControl(transfer)
            case .exchange(let endpoint, let out, let answer): serve(endpoint, out, answer)
            case .reset(let transfer):
                frontEnd.reset()
                if let buffer = transfer.takeBuffer() {
                    transfer.finish(buffer, .completed(byteCount: 0))
                }
            case .expire(let transfers):
                for transfer in transfers { transfer.fail(.timedOut) }
            case .close(let transfers):
                for transfer in transfers { transfer.fail(.disconnected) }
                return
            }
        }
    }

    /// The fault that is due at the next frame of an endpoint.
    private func nextFault(on endpoint: DeviceEndpoint) -> LinkFault.Effect? {
        let frameIndex = frameCounts[Int(endpoint.rawValue)]
        frameCounts[Int(endpoint.rawValue)] += 1
        guard !faults.isEmpty else { return nil }
        return faults.first { $0.endpoint == endpoint && $0.frameIndex == frameIndex }?.effect
    }

    private func serve(_ endpoint: DeviceEndpoint, _ out: Transfer, _ answer: Transfer) {
        guard var frame = out.takeBuffer(), var room = answer.takeBuffer() else { return }
        let fault = nextFault(on: endpoint)
        if fault == .stall {
            out.finish(frame, .failed(.stalled))
            answer.finish(room, .failed(.stalled))
            return
        }
        if case .corruptFrame(let offset) = fault { Self.flipBit(of: &frame, at: offset) }
        let frameByteCount = frame.byteCount
        var answerByteCount = 0
        if fault != .silence {
            guard room.capacity >= frontEndMinimum else {
                out.finish(frame, .completed(byteCount: frameByteCount))
                answer.finish(room, .failed(.overrun))
                return
            }
            answerByteCount = receive(frame, on: endpoint, into: &room)
        }
        out.finish(frame, .completed(byteCount: frameByteCount))
        guard answerByteCount > 0 else {
            answer.putBack(room)
            link.putBack(answer)
            return
        }
        room.byteCount = answerByteCount
        if case .corruptAnswer(let offset) = fault { Self.flipBit(of: &room, at: offset) }
        answer.finish(room, .completed(byteCount: answerByteCount))
    }

    private func serveControl(_ transfer: Transfer) {
        guard var buffer = transfer.takeBuffer() else { return }
        let fault = nextFault(on: .control)
        if fault == .stall || fault == .silence {
            transfer.finish(buffer, .failed(fault == .stall ? .stalled : .timedOut))
            return
        }
        if case .corruptFrame(let offset) = fault { Self.flipBit(of: &buffer, at: offset) }
        var answer = DMABuffer(capacity: controlAnswer.capacity)
        swap(&answer, &controlAnswer)
        let byteCount = receive(buffer, on: .control, into: &answer)
        guard byteCount <= buffer.capacity else {
            swap(&answer, &controlAnswer)
            transfer.finish(buffer, .failed(.overrun))
            return
        }
        buffer.base.copyMemory(from: answer.base, byteCount: byteCount)
        buffer.byteCount = byteCount
        swap(&answer, &controlAnswer)
        if case .corruptAnswer(let offset) = fault { Self.flipBit(of: &buffer, at: offset) }
        transfer.finish(buffer, .completed(byteCount: byteCount))
    }

    private var frontEndMinimum: Int {
        DeviceFrontEnd<Datapath, EmulatedMemory>.minimumAnswerByteCount
    }

    private func receive(
        _ frame: borrowing DMABuffer,
        on endpoint: DeviceEndpoint,
        into room: inout DMABuffer
    ) -> Int {
        frame.withBytes { bytes in
            room.withMutableBytes { answer in
                frontEnd.receive(bytes, on: endpoint, answer: &answer)
            }
        }
    }

    private static func flipBit(of buffer: inout DMABuffer, at offset: Int) {
        guard offset >= 0, offset < buffer.byteCount else { return }
        let byte = buffer.base.load(fromByteOffset: offset, as: UInt8.self)
        buffer.base.storeBytes(of: byte ^ 1, toByteOffset: offset, as: UInt8.self)
    }
}
