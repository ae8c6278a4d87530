import AcceleratorISA
import Testing

@testable import PerformanceModel

@Suite struct StageCountsTests {
    @Test func partsAddUpToTheWhole() {
        let shares = StageCounts(forward: 1, error: 2, weightGradient: 4)
        for whole: UInt64 in [0, 1, 2, 7, 100, 12_345_678_901, .max] {
            let parts = shares.divide(whole, otherwise: .update)
            #expect(parts.total == whole)
            #expect(parts.update == 0)
        }
        #expect(
            shares.divide(70, otherwise: .update)
                == StageCounts(forward: 10, error: 20, weightGradient: 40)
        )
    }

    @Test func aWholeWithoutSharesGoesToItsStage() {
        #expect(StageCounts().divide(9, otherwise: .update) == StageCounts(update: 9))
    }

    @Test func readsCountersByStage() {
        var counters = DeviceCounters()
        counters.count(byteCount: 5, kind: .error, stage: .error, direction: .read)
        counters.count(byteCount: 7, kind: .weight, stage: .error, direction: .write)
        counters.count(byteCount: 1, kind: .image, stage: .forward, direction: .read)
        counters.count(multiplyAccumulates: 11, stage: .weightGradient)
        #expect(counters.byteCounts == StageCounts(forward: 1, error: 12))
        #expect(counters.byteCounts(.write) == StageCounts(error: 7))
        #expect(counters.multiplyAccumulates == StageCounts(weightGradient: 11))
    }
}
