import Glibc
import Synchronization

/// The emulator's threads: they share out the items of one launch and sleep between launches.
///
/// ```
/// device thread  --launch--> ticket word --> items 0, 1, 2 ... taken by whoever is free
/// worker 1..n-1  --spin, then sleep--------^
/// ```
/// The calling thread works too, so a pool of one has no thread of its own. Which thread runs an
/// item never changes a result: items write disjoint memory.
///
/// Invariant behind `@unchecked Sendable`: `body` is written by the launching thread while no
/// ticket is valid, and read by workers only while they hold a valid ticket, which keeps the launch
/// from ending.
package final class WorkerPool: @unchecked Sendable {
    /// Threads, the calling one included.
    package let threadCount: Int

    /// generation << 48 | item count << 24 | next item.
    private let ticket = Atomic<UInt64>(0)
    private let completed = Atomic<Int>(0)
    private let isStopping = Atomic<Bool>(false)
    private let sleeping = Atomic<Int>(0)
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wake: UnsafeMutablePointer<pthread_cond_t>
    private nonisolated(unsafe) var body: ((Int, Int) -> Void)?  // see the class invariant
    private nonisolated(unsafe) var threads: [pthread_t] = []  // written in init, joined in stop

    private static let indexMask: UInt64 = (1 << 24) - 1
    /// Polls before a waiting worker sleeps: about 100 microseconds.
    private static let spinLimit = 20_000

    /// A pool of `threadCount` threads, at least one.
    package init(threadCount: Int) {
        self.threadCount = max(1, threadCount)
        mutex = .allocate(capacity: 1)
        wake = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
        for worker in 1..<self.threadCount { start(worker: worker) }
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(wake)
        mutex.deallocate()
        wake.deallocate()
    }

    /// Ends and joins the threads; the pool then works on the calling thread alone.
    package func stop() {
        pthread_mutex_lock(mutex)
        isStopping.store(true, ordering: .sequentiallyConsistent)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
        for thread in threads { pthread_join(thread, nil) }
        threads = []
    }

    /// Runs `body(item, worker)` for every item of `0..<count` and returns when all are done.
    package func run(_ count: Int, _ body: (_ item: Int, _ worker: Int) -> Void) {
        guard count > 1, !threads.isEmpty else {
            for item in 0..<count { body(item, 0) }
            return
        }
        withoutActuallyEscaping(body) { escaping in launch(count, escaping) }
    }

    private func launch(_ count: Int, _ work: @escaping (Int, Int) -> Void) {
        body = work
        completed.store(0, ordering: .relaxed)
        let generation = (ticket.load(ordering: .relaxed) >> 48) &+ 1
        let word = (generation & 0xFFFF) << 48 | UInt64(count) << 24
        ticket.store(word, ordering: .sequentiallyConsistent)
        if sleeping.load(ordering: .sequentiallyConsistent) > 0 {
            pthread_mutex_lock(mutex)
            pthread_cond_broadcast(wake)
            pthread_mutex_unlock(mutex)
        }
        takeItems(worker: 0)
        var polls = 0
        while completed.load(ordering: .acquiring) < count {
            polls += 1
            if polls > Self.spinLimit { sched_yield() } else { spinHint() }
        }
        body = nil
    }

    /// Takes items until the launch has none left.
    ///
    /// True if any was taken.
    @discardableResult
    private func takeItems(worker: Int) -> Bool {
        var any = false
        while hasItem(ticket.load(ordering: .acquiring)) {
            let word = ticket.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
            guard hasItem(word) else { break }
            body?(Int(word & Self.indexMask), worker)
            completed.wrappingAdd(1, ordering: .releasing)
            any = true
        }
        return any
    }

    private func hasItem(_ word: UInt64) -> Bool {
        word & Self.indexMask < (word >> 24) & Self.indexMask
    }

    private func start(worker: Int) {
        let context = Unmanaged.passRetained(WorkerContext(pool: self, worker: worker))
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { pointer in
                guard let pointer else { return nil }
                let context = Unmanaged<WorkerContext>.fromOpaque(pointer).takeRetainedValue()
                context.pool.work(context.worker)
                return nil
            },
            context.toOpaque()
        )
        guard status == 0 else {
            context.release()
            return
        }
        threads.append(thread)
    }

    private func work(_ worker: Int) {
        var polls = 0
        while !isStopping.load(ordering: .acquiring) {
            if takeItems(worker: worker) {
                polls = 0
                continue
            }
            polls += 1
            if polls < Self.spinLimit { spinHint() } else { sleepUntilLaunch() }
        }
    }

    private func sleepUntilLaunch() {
        pthread_mutex_lock(mutex)
        sleeping.wrappingAdd(1, ordering: .sequentiallyConsistent)
        while !hasItem(ticket.load(ordering: .sequentiallyConsistent)),
            !isStopping.load(ordering: .sequentiallyConsistent)
        {
            pthread_cond_wait(wake, mutex)
        }
        sleeping.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(mutex)
    }

    @inline(__always)
    private func spinHint() { _ = isStopping.load(ordering: .relaxed) }
}

/// What a worker thread starts from.
private final class WorkerContext {
    let pool: WorkerPool
    let worker: Int

    init(pool: WorkerPool, worker: Int) {
        self.pool = pool
        self.worker = worker
    }
}
