package import AcceleratorISA

/// The host's view of one device: memory to write and read, commands to run.
///
/// Calls are served one after the other, whatever tasks they come from; control requests
/// (``counters()``) pass by. After a command or a frame failed the device is put in order again
/// before the error is thrown; where that fails, every later call throws
/// ``AcceleratorError/closed``.
package actor Accelerator {
    /// How a device is driven.
    package struct Configuration: Sendable {
        /// How long one frame may take.
        ///
        /// Long, since a command of a slow datapath is one frame's work; what it bounds is a device
        /// that has gone silent.
        package var frameTimeout: Duration
        /// How long a control request may take: that of a device in the middle of a frame.
        package var controlTimeout: Duration
        /// Bytes of device memory in one data frame.
        package var dataFrameByteCount: Int

        /// A configuration.
        package init(
            frameTimeout: Duration = .seconds(600),
            controlTimeout: Duration = .seconds(600),
            dataFrameByteCount: Int = 256 * 1024
        ) {
            precondition(
                dataFrameByteCount > 0
                    && dataFrameByteCount + Self.dataFrameOverhead
                        <= WireFrame.maximumDataFrameByteCount,
                "a data frame is empty or longer than the wire protocol has them"
            )
            self.frameTimeout = frameTimeout
            self.controlTimeout = controlTimeout
            self.dataFrameByteCount = dataFrameByteCount
        }

        static let dataFrameOverhead = WireFrame.headerByteCount + MemoryExtent.encodedByteCount
    }

    /// Frames on their way at once.
    static let frameDepth = 4

    /// The device.
    package nonisolated let descriptor: DeviceDescriptor
    /// What it speaks.
    package nonisolated let identity: DeviceIdentity
    /// What it has.
    package nonisolated let capabilities: DeviceCapabilities

    let transport: any DeviceTransport
    let configuration: Configuration
    private let epoch: UInt32
    private var nextCommandSequence: UInt32 = 0
    private var nextDataSequence: UInt32 = 0
    private var isUsable = true
    private var isBusy = false
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var smallBuffers: BufferPool<8>
    private var largeBuffers: BufferPool<4>

    private init(
        transport: any DeviceTransport,
        configuration: Configuration,
        identity: DeviceIdentity,
        capabilities: DeviceCapabilities,
        epoch: UInt32
    ) {
        self.transport = transport
        self.configuration = configuration
        self.identity = identity
        self.capabilities = capabilities
        self.epoch = epoch
        descriptor = transport.descriptor
        smallBuffers = BufferPool {
            transport.makeBuffer(byteCount: WireFrame.maximumCommandFrameByteCount)
        }
        largeBuffers = BufferPool {
            transport.makeBuffer(
                byteCount: configuration.dataFrameByteCount + Configuration.dataFrameOverhead
            )
        }
    }

    /// Opens a session with a device.
    ///
    /// The accelerator owns the transport from here on; on failure the transport is closed.
    package static func open(
        _ transport: any DeviceTransport,
        configuration: Configuration = Configuration()
    ) async throws(AcceleratorError) -> Accelerator {
        do throws(AcceleratorError) {
            let control = ControlRequests(transport, timeout: configuration.controlTimeout)
            let identity = try await control.identify()
            guard identity.protocolMajor == DeviceIdentity.current.protocolMajor else {
                throw .incompatible(identity)
            }
            let capabilities = try await control.capabilities()
            return Accelerator(
                transport: transport,
                configuration: configuration,
                identity: identity,
                capabilities: capabilities,
                epoch: try await control.openSession()
            )
        } catch {
            await transport.close()
            throw error
        }
    }

    /// What the device counted since it was powered.
    package func counters() async throws(AcceleratorError) -> DeviceCounters {
        guard isUsable else { throw .closed }
        return try await controlRequests.counters()
    }

    /// Ends the session and lets go of the device.
    ///
    /// Work in flight fails; later calls throw.
    package func close() async {
        guard isUsable else {
            await transport.close()
            return
        }
        isUsable = false
        if !isBusy {
            do throws(AcceleratorError) {
                try await controlRequests.closeSession()
            } catch {
                // The device may be gone; letting go of it is what matters.
            }
        }
        await transport.close()
    }
}

// MARK: - One call at a time

extension Accelerator {
    private var controlRequests: ControlRequests {
        ControlRequests(transport, timeout: configuration.controlTimeout)
    }

    /// Waits for the turn of a call, in the order of calls.
    func enter() async throws(AcceleratorError) {
        if isBusy {
            await withCheckedContinuation { waiters.append($0) }
        }
        isBusy = true
        guard isUsable else {
            leave()
            throw .closed
        }
    }

    /// Ends the turn of a call.
    func leave() {
        guard !waiters.isEmpty else {
            isBusy = false
            return
        }
        // The turn goes over without a gap in which a third call could come between.
        waiters.removeFirst().resume()
    }

    /// Clears the device's streams after a failure, so that the next call starts clean.
    func startOver() async {
        guard isUsable else { return }
        do throws(AcceleratorError) {
            try await controlRequests.abort()
            nextCommandSequence = 0
            nextDataSequence = 0
        } catch {
            isUsable = false
        }
    }
}

// MARK: - Frames in flight

/// A frame on its way, and the room for its answer.
struct Exchange {
    let header: WireFrame
    let size: ExchangeSize
    let out: Transfer
    let answer: Transfer
}

/// Which buffers an exchange takes.
enum ExchangeSize {
    /// Small out, small in.
    case commands
    /// Large out, small in.
    case write
    /// Small out, large in.
    case read
}

extension Accelerator {
    private func takeBuffer(isLarge: Bool) -> DMABuffer {
        // A call keeps at most `frameDepth` exchanges, for which the pools are made.
        guard let buffer = isLarge ? largeBuffers.take() : smallBuffers.take() else {
            preconditionFailure("more exchanges are in flight than there are buffers")
        }
        return buffer
    }

    private func give(_ buffer: consuming DMABuffer, isLarge: Bool) {
        if isLarge {
            largeBuffers.give(buffer)
        } else {
            smallBuffers.give(buffer)
        }
    }

    /// Starts a frame.
    ///
    /// `fill` writes the payload and returns its length; where it throws nothing is sent.
    func start<Failure: Error>(
        _ type: FrameType,
        _ size: ExchangeSize,
        commandID: UInt32 = 0,
        fill: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) -> Exchange {
        var header = WireFrame(type, epoch: epoch, commandID: commandID)
        if type.endpoint == .data {
            header.sequence = nextDataSequence
            if descriptor.isReliable { header.flags = .unchecked }
        } else {
            header.sequence = nextCommandSequence
        }
        var frame = takeBuffer(isLarge: size == .write)
        do throws(Failure) {
            let payloadByteCount = try frame.withMutableBytes(fill)
            header.payloadByteCount = UInt32(payloadByteCount)
        } catch {
            give(frame, isLarge: size == .write)
            throw error
        }
        frame.byteCount = header.byteCount
        frame.withMutableBytes { header.seal(&$0) }
        if type.endpoint == .data { nextDataSequence &+= 1 } else { nextCommandSequence &+= 1 }
        let room = takeBuffer(isLarge: size == .read)
        let timeout = configuration.frameTimeout
        // Room first: the device looks at a frame once it can answer.
        let answer = transport.transfer(room, .in, on: type.endpoint, timeout: timeout)
        let out = transport.transfer(frame, .out, on: type.endpoint, timeout: timeout)
        return Exchange(header: header, size: size, out: out, answer: answer)
    }

    /// Waits for a frame's answer and lends its payload.
    func finish<Value>(
        _ exchange: Exchange,
        _ body: (RawSpan) throws(AcceleratorError) -> Value
    ) async throws(AcceleratorError) -> Value {
        let sent = await exchange.out.completion()
        let sentOutcome = sent.outcome
        give(sent.buffer, isLarge: exchange.size == .write)
        if case .failed = sentOutcome { transport.cancel(exchange.answer) }
        let received = await exchange.answer.completion()
        let result: Result<Value, AcceleratorError>
        do throws(AcceleratorError) {
            for outcome in [sentOutcome, received.outcome] {
                if case .failed(let fault) = outcome {
                    throw .transferFailed(exchange.header.type, fault)
                }
            }
            let value = try received.buffer.withBytes { answer throws(AcceleratorError) in
                _ = try exchange.header.checkAnswer(answer)
                return try body(answer.extracting(WireFrame.headerByteCount..<answer.byteCount))
            }
            result = .success(value)
        } catch {
            result = .failure(error)
        }
        give(received.buffer, isLarge: exchange.size == .read)
        return try result.get()
    }

    /// Takes back frames of a call that failed, and waits until all their buffers are home.
    func abandon(_ exchanges: [Exchange]) async {
        for exchange in exchanges {
            transport.cancel(exchange.out)
            transport.cancel(exchange.answer)
        }
        for exchange in exchanges {
            let sent = await exchange.out.completion()
            give(sent.buffer, isLarge: exchange.size == .write)
            let received = await exchange.answer.completion()
            give(received.buffer, isLarge: exchange.size == .read)
        }
    }
}
