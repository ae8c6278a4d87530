import AcceleratorDriver
import AcceleratorISA
import Glibc

/// The cable between host and emulated device: queues of transfers under one lock, and a bell.
///
/// ```
/// host threads                         device thread
/// transfer ──► out[commands] ─┐
/// transfer ──► in[commands]  ─┼─ exchange (a frame, and room for its answer) ──► front end
/// transfer ──► out[data] ─────┤
/// transfer ──► in[data]  ─────┘
/// control  ──► controls ───────── served first
/// ```
///
/// Invariant behind `@unchecked Sendable`: everything mutable is read and written under `mutex`,
/// which is held for queue operations only.
final class EmulatedLink: @unchecked Sendable {
    /// What the device thread is to do next.
    enum Work {
        case control(Transfer)
        case exchange(DeviceEndpoint, out: Transfer, in: Transfer)
        /// Put the device's side into its first state, then finish the transfer.
        case reset(Transfer)
        /// These have waited past their deadlines.
        case expire([Transfer])
        /// End these and the thread.
        case close([Transfer])
    }

    private struct Queues {
        var out: [Transfer] = []
        var `in`: [Transfer] = []

        mutating func removeAll() -> [Transfer] {
            defer {
                out = []
                `in` = []
            }
            return out + `in`
        }

        mutating func remove(_ transfer: Transfer) -> Bool {
            if let index = out.firstIndex(where: { $0 === transfer }) {
                out.remove(at: index)
                return true
            }
            guard let index = `in`.firstIndex(where: { $0 === transfer }) else { return false }
            `in`.remove(at: index)
            return true
        }
    }

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let bell: UnsafeMutablePointer<pthread_cond_t>
    private var commands = Queues()
    private var data = Queues()
    private var controls: [Transfer] = []
    private var resets: [Transfer] = []
    private var isClosing = false
    private var hasEnded = false
    private var endWaiters: [CheckedContinuation<Void, Never>] = []

    init() {
        mutex = .allocate(capacity: 1)
        bell = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        // Deadlines are on the monotonic clock: nobody sets that one.
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(bell, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(bell)
        pthread_mutex_destroy(mutex)
        bell.deallocate()
        mutex.deallocate()
    }

    private func withLock<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}

// MARK: - Host side

extension EmulatedLink {
    /// Queues a transfer; one of a closed link ends at once.
    func start(_ transfer: Transfer) {
        let isQueued = withLock {
            guard !isClosing else { return false }
            switch (transfer.endpoint, transfer.direction) {
            case (.control, _): controls.append(transfer)
            case (.commands, .out): commands.out.append(transfer)
            case (.commands, .in): commands.in.append(transfer)
            case (.data, .out): data.out.append(transfer)
            case (.data, .in): data.in.append(transfer)
            }
            pthread_cond_signal(bell)
            return true
        }
        if !isQueued { transfer.fail(.disconnected) }
    }

    /// Takes a transfer back that the device has not begun.
    func cancel(_ transfer: Transfer) {
        let isMine = withLock { commands.remove(transfer) || data.remove(transfer) }
        if isMine { transfer.fail(.cancelled) }
    }

    /// Ends all transfers and has the device put its side into its first state, which ends
    /// `transfer`.
    func reset(_ transfer: Transfer) {
        let (isQueued, cancelled) = withLock {
            guard !isClosing else { return (false, [Transfer]()) }
            resets.append(transfer)
            pthread_cond_signal(bell)
            return (true, commands.removeAll() + data.removeAll())
        }
        for transfer in cancelled { transfer.fail(.cancelled) }
        if !isQueued { transfer.fail(.disconnected) }
    }

    /// Tells the device thread to end, after what it is doing.
    func close() {
        withLock {
            isClosing = true
            pthread_cond_signal(bell)
        }
    }

    /// Waits until the device thread has ended.
    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let hasEnded = withLock {
                if !self.hasEnded { endWaiters.append(continuation) }
                return self.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }
}

// MARK: - Device side

extension EmulatedLink {
    /// Waits for work; for the device thread.
    func next() -> Work {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if isClosing {
                let left = controls + resets + commands.removeAll() + data.removeAll()
                controls = []
                resets = []
                return .close(left)
            }
            if !resets.isEmpty { return .reset(resets.removeFirst()) }
            if !controls.isEmpty { return .control(controls.removeFirst()) }
            let now = ContinuousClock.now
            let late = removeExpired(at: now)
            if !late.isEmpty { return .expire(late) }
            if !commands.out.isEmpty, !commands.in.isEmpty {
                return .exchange(
                    .commands,
                    out: commands.out.removeFirst(),
                    in: commands.in.removeFirst()
                )
            }
            if !data.out.isEmpty, !data.in.isEmpty {
                return .exchange(.data, out: data.out.removeFirst(), in: data.in.removeFirst())
            }
            wait(until: earliestDeadline, now: now)
        }
    }

    /// Puts the room for an answer that was not needed back to the front of its queue.
    func putBack(_ transfer: Transfer) {
        withLock {
            if transfer.endpoint == .commands {
                commands.in.insert(transfer, at: 0)
            } else {
                data.in.insert(transfer, at: 0)
            }
        }
    }

    /// Says that the device thread does nothing more.
    func end() {
        let waiters = withLock {
            hasEnded = true
            defer { endWaiters = [] }
            return endWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private var earliestDeadline: ContinuousClock.Instant? {
        var earliest: ContinuousClock.Instant?
        for queue in [commands.out, commands.in, data.out, data.in] {
            for transfer in queue {
                earliest = min(earliest ?? transfer.deadline, transfer.deadline)
            }
        }
        return earliest
    }

    private func removeExpired(at now: ContinuousClock.Instant) -> [Transfer] {
        var late: [Transfer] = []
        for transfer in commands.out + commands.in + data.out + data.in
        where transfer.deadline <= now {
            if commands.remove(transfer) || data.remove(transfer) { late.append(transfer) }
        }
        return late
    }

    private func wait(until deadline: ContinuousClock.Instant?, now: ContinuousClock.Instant) {
        guard let deadline else {
            pthread_cond_wait(bell, mutex)
            return
        }
        // A day is as good as forever and keeps the sum in range.
        let remaining = min(now.duration(to: deadline), .seconds(86_400))
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let (seconds, attoseconds) = remaining.components
        time.tv_sec += Int(seconds)
        time.tv_nsec += Int(attoseconds / 1_000_000_000)
        if time.tv_nsec >= 1_000_000_000 {
            time.tv_sec += 1
            time.tv_nsec -= 1_000_000_000
        }
        pthread_cond_timedwait(bell, mutex, &time)
    }
}
