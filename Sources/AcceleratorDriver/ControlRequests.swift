import AcceleratorISA

extension WireFrame {
    /// Checks an answer to this frame and returns its header.
    ///
    /// - Throws: What is wrong with the answer, or why the device refused the frame.
    func checkAnswer(_ answer: RawSpan) throws(AcceleratorError) -> WireFrame {
        let header: WireFrame
        do throws(WireFault) {
            header = try WireFrame(decoding: answer)
            try header.checkPayload(of: answer)
        } catch {
            throw .wrongAnswer(type, error)
        }
        guard header.flags.contains(.answer), header.type.endpoint == type.endpoint,
            header.sequence == sequence, type.endpoint == .control || header.epoch == epoch
        else { throw .wrongAnswer(type, nil) }
        if header.flags.contains(.failed) {
            let payload = answer.extracting(Self.headerByteCount..<answer.byteCount)
            guard let fault = WireFault(decoding: payload) else { throw .wrongAnswer(type, nil) }
            throw .frameRefused(type, fault)
        }
        guard header.type == type else { throw .wrongAnswer(type, nil) }
        return header
    }
}

/// Requests on the control endpoint, which need no session and wait for nothing but the device.
struct ControlRequests {
    private let transport: any DeviceTransport
    private let timeout: Duration

    init(_ transport: any DeviceTransport, timeout: Duration) {
        self.transport = transport
        self.timeout = timeout
    }

    func identify() async throws(AcceleratorError) -> DeviceIdentity {
        try await request(.identify) { _, payload in DeviceIdentity(decoding: payload) }
    }

    func capabilities() async throws(AcceleratorError) -> DeviceCapabilities {
        try await request(.capabilities) { _, payload in DeviceCapabilities(decoding: payload) }
    }

    func counters() async throws(AcceleratorError) -> DeviceCounters {
        try await request(.counters) { _, payload in DeviceCounters(decoding: payload) }
    }

    /// The new session's epoch.
    func openSession() async throws(AcceleratorError) -> UInt32 {
        try await request(.openSession) { header, _ in header.epoch }
    }

    func closeSession() async throws(AcceleratorError) {
        try await request(.closeSession) { _, _ in () }
    }

    func abort() async throws(AcceleratorError) {
        try await request(.abort) { _, _ in () }
    }

    private func request<Result>(
        _ type: FrameType,
        _ read: (WireFrame, RawSpan) -> Result?
    ) async throws(AcceleratorError) -> Result {
        let header = WireFrame(type)
        var buffer = transport.makeBuffer(byteCount: 1024)
        buffer.byteCount = header.byteCount
        buffer.withMutableBytes { header.seal(&$0) }
        let completion = await transport.control(buffer, timeout: timeout)
        if case .failed(let fault) = completion.outcome { throw .transferFailed(type, fault) }
        return try completion.buffer.withBytes { answer throws(AcceleratorError) in
            let answerHeader = try header.checkAnswer(answer)
            let payload = answer.extracting(WireFrame.headerByteCount..<answer.byteCount)
            guard let result = read(answerHeader, payload) else { throw .wrongAnswer(type, nil) }
            return result
        }
    }
}
