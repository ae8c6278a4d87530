import ChipEmulator
import Synchronization
import Testing

@Suite struct WorkerPoolTests {
    @Test(arguments: [1, 2, 3, 8])
    func runsEveryItemOnceInEveryLaunch(threads: Int) {
        let pool = WorkerPool(threadCount: threads)
        defer { pool.stop() }
        for launch in 1...200 {
            let count = launch % 37
            let runs = UnsafeMutablePointer<Int>.allocate(capacity: count + 1)
            defer { runs.deallocate() }
            runs.initialize(repeating: 0, count: count + 1)
            pool.run(count) { item, worker in
                runs[item] += worker < threads ? 1 : 100
            }
            #expect((0..<count).allSatisfy { runs[$0] == 1 })
        }
    }

    @Test func whatALaunchWroteIsThereWhenItEnds() {
        let pool = WorkerPool(threadCount: 3)
        defer { pool.stop() }
        let values = UnsafeMutablePointer<Int>.allocate(capacity: 64)
        defer { values.deallocate() }
        values.initialize(repeating: 0, count: 64)
        for _ in 0..<100 { pool.run(64) { item, _ in values[item] += item } }
        #expect((0..<64).allSatisfy { values[$0] == 100 * $0 })
    }

    @Test func wakesThreadsThatWentToSleep() {
        let pool = WorkerPool(threadCount: 2)
        defer { pool.stop() }
        let total = Atomic<Int>(0)
        for _ in 0..<3 {
            // Long enough on the calling thread alone for the other to fall asleep.
            var spins = 0
            for value in 0..<3_000_000 { spins &+= value }
            pool.run(8) { _, _ in total.wrappingAdd(spins == -1 ? 0 : 1, ordering: .relaxed) }
        }
        #expect(total.load(ordering: .relaxed) == 24)
    }

    @Test func worksAloneAfterItWasStopped() {
        let pool = WorkerPool(threadCount: 4)
        pool.stop()
        var sum = 0
        withUnsafeMutablePointer(to: &sum) { sum in
            pool.run(10) { item, worker in sum.pointee += worker == 0 ? item : 1000 }
        }
        #expect(sum == 45)
    }
}
