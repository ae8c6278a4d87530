package import AcceleratorISA
import Synchronization

/// Which way a transfer moves bytes, seen from the host.
package enum TransferDirection: Sendable {
    case out
    case `in`
}

/// Why a transfer moved nothing, or an unknown part.
package enum TransferFault: Error, Equatable, Sendable, CaseIterable {
    /// Taken back by the host, or by a reset.
    case cancelled
    /// The device did nothing about it in time.
    case timedOut
    /// The endpoint is halted until the device is reset.
    case stalled
    /// The device had more to say than there was room.
    case overrun
    /// The device is gone, or closed.
    case disconnected
}

/// How a transfer ended.
package enum TransferOutcome: Equatable, Sendable {
    /// All bytes went out, or so many came in.
    case completed(byteCount: Int)
    case failed(TransferFault)
}

/// A transfer's end: the buffer comes home, with what became of it.
package struct TransferCompletion: ~Copyable {
    /// The buffer that went in; its byte count is what was moved.
    package var buffer: DMABuffer
    /// How the transfer ended.
    package var outcome: TransferOutcome
}

/// The slot of one transfer between its start and its completion.
///
/// Whoever starts it parks the buffer here; the transport takes it out, moves bytes, and finishes
/// with it; the host awaits ``completion()`` exactly once.
///
/// States: waiting (buffer parked) → moving (buffer taken by the transport) → waiting or finished
/// (buffer parked, outcome set) → claimed.
package final class Transfer: Sendable {
    /// Where bytes go.
    package let endpoint: DeviceEndpoint
    /// Which way.
    package let direction: TransferDirection
    /// When the transport gives up on it.
    package let deadline: ContinuousClock.Instant

    private struct State: ~Copyable {
        var buffer: DMABuffer?
        var outcome: TransferOutcome?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    /// A transfer that waits for its transport.
    package init(
        _ buffer: consuming DMABuffer,
        _ direction: TransferDirection,
        on endpoint: DeviceEndpoint,
        timeout: Duration
    ) {
        self.endpoint = endpoint
        self.direction = direction
        deadline = ContinuousClock.now.advanced(by: timeout)
        state = Mutex(State(buffer: buffer, outcome: nil, waiter: nil))
    }

    /// Takes the buffer to move its bytes; for transports.
    ///
    /// Nil when it is already taken.
    package func takeBuffer() -> DMABuffer? { state.withLock { $0.buffer.take() } }

    /// Parks the buffer again, nothing having moved; for transports.
    package func putBack(_ buffer: consuming DMABuffer) {
        var buffer = Optional(buffer)
        state.withLock { $0.buffer = buffer.take() }
    }

    /// Ends the transfer with its buffer; for transports, once.
    package func finish(_ buffer: consuming DMABuffer, _ outcome: TransferOutcome) {
        var buffer = Optional(buffer)
        let waiter = state.withLock { state in
            state.buffer = buffer.take()
            state.outcome = outcome
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Ends a transfer that nothing was done about; for transports, once.
    package func fail(_ fault: TransferFault) {
        guard let buffer = takeBuffer() else { return }
        finish(buffer, .failed(fault))
    }

    /// Waits for the end and takes the buffer home.
    ///
    /// To be called exactly once.
    package func completion() async -> TransferCompletion {
        if let completion = claim() { return completion }
        await withCheckedContinuation { continuation in
            let isFinished = state.withLock { state in
                if state.outcome == nil { state.waiter = continuation }
                return state.outcome != nil
            }
            if isFinished { continuation.resume() }
        }
        guard let completion = claim() else {
            preconditionFailure("a transfer's completion was claimed twice")
        }
        return completion
    }

    private func claim() -> TransferCompletion? {
        state.withLock { state in
            guard let outcome = state.outcome, let buffer = state.buffer.take() else { return nil }
            return TransferCompletion(buffer: buffer, outcome: outcome)
        }
    }
}
