import Testing

@testable import PerformanceModel

@Suite struct PipelineTests {
    @Test func oneStepIsLoadWorkAndStoreInTurn() {
        let pipeline = Pipeline(
            stepCount: 1,
            residentLoadCycles: 3,
            loadCycles: 10,
            storeCycles: 5,
            residentStoreCycles: 2,
            workCycles: 40
        )
        #expect(pipeline.cycles == 60)
    }

    @Test func longWorkHidesAllButTheFirstLoadAndTheLastStore() {
        let pipeline = Pipeline(stepCount: 4, loadCycles: 40, storeCycles: 20, workCycles: 400)
        #expect(pipeline.cycles == 10 + 400 + 5)
    }

    @Test func slowDRAMHidesAllWork() {
        let pipeline = Pipeline(stepCount: 4, loadCycles: 40, storeCycles: 20, workCycles: 4)
        #expect(pipeline.cycles == 60)
        let streams = Pipeline(
            stepCount: 4,
            loadCycles: 40,
            streamCycles: 80,
            storeCycles: 20,
            workCycles: 4
        )
        #expect(streams.cycles == 140)
    }

    @Test func leadingStepsAreLoadedBeforeTheFirstWork() {
        let pipeline = Pipeline(
            stepCount: 10,
            leadingStepCount: 3,
            loadCycles: 10,
            storeCycles: 10,
            workCycles: 100
        )
        #expect(pipeline.cycles == 3 + 100 + 1)
        // More than there are: everything is loaded first.
        let short = Pipeline(stepCount: 2, leadingStepCount: 7, loadCycles: 8, workCycles: 2)
        #expect(short.cycles == 10)
    }

    @Test(arguments: 1...12, [1, 3, 20])
    func neverTakesLessThanDRAMOrWorkNorMoreThanBoth(stepCount: Int, lead: Int) {
        for load in [0.0, 7, 100] {
            for store in [0.0, 13] {
                for stream in [0.0, 31] {
                    for work in [0.0, 11, 500] {
                        let pipeline = Pipeline(
                            stepCount: stepCount,
                            leadingStepCount: lead,
                            residentLoadCycles: 2,
                            loadCycles: load,
                            streamCycles: stream,
                            storeCycles: store,
                            residentStoreCycles: 3,
                            workCycles: work
                        )
                        let moved = 5 + load + store + stream
                        #expect(pipeline.cycles >= max(moved, work) - 1e-9)
                        #expect(pipeline.cycles <= moved + work + 1e-9)
                    }
                }
            }
        }
    }
}
