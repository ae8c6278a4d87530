import AcceleratorRuntime
import Testing

@Suite struct TrainingScheduleTests {
    /// Five pictures of two attributes.
    private static let labels = [[0, 0], [1, 0], [0, 1], [1, 1], [1, 0]].map { $0.map { $0 == 1 } }

    @Test func stepsAreWhatSplitMix64Says() {
        // Computed by another program from the definitions of SplitMix64 and FNV-1a.
        let schedule = TrainingSchedule(seed: 7, labels: Self.labels, batch: 2)
        #expect(schedule.stepsPerEpoch == 3)
        let expected: [(Int, [Int], [Bool], [[Bool]], [Float])] = [
            (0, [0, 2], [true, false], [[true, false], [true, true]], [3_151_289, 1_969_701]),
            (
                2, [4, 0], [true, false], [[false, false], [true, false]], [3_305_447, 4_262_258]
            ),
            (4, [3, 2], [false, true], [[true, false], [true, true]], [21_663, 15_372_732]),
        ]
        for (number, images, mirrors, target, mixing) in expected {
            let step = schedule.step(number)
            #expect(step.images == images)
            #expect(step.mirrors == mirrors)
            #expect(step.target == target)
            #expect(step.original == images.map { Self.labels[$0] })
            #expect(step.mixing == mixing.map { $0 * 0x1p-24 })
        }
    }

    @Test func aStepDependsOnSeedAndNumberAlone() {
        let one = TrainingSchedule(seed: 3, labels: Self.labels, batch: 2)
        let other = TrainingSchedule(seed: 3, labels: Self.labels, batch: 2)
        let backwards = (0..<30).reversed().map { other.step($0) }
        #expect((0..<30).map { one.step($0) } == backwards.reversed())
        let differs = TrainingSchedule(seed: 4, labels: Self.labels, batch: 2)
        #expect((0..<30).map { one.step($0) } != (0..<30).map { differs.step($0) })
    }

    @Test(arguments: [0, 1, 3, 8])
    func stepsInOrderAreThoseByNumber(count: Int) {
        let schedule = TrainingSchedule(seed: 3, labels: Self.labels, batch: 2)
        var (numbers, steps): ([Int], [TrainingSchedule.Step]) = ([], [])
        schedule.forEachStep(first: count) { number, step in
            numbers.append(number)
            steps.append(step)
        }
        #expect(numbers == Array(0..<count))
        #expect(steps == numbers.map { schedule.step($0) })
    }

    @Test(arguments: [1, 2, 3, 5, 7])
    func everyPictureIsSeenInEveryEpoch(batch: Int) {
        let schedule = TrainingSchedule(seed: 9, labels: Self.labels, batch: batch)
        var orders: Set<[Int]> = []
        for epoch in 0..<20 {
            let first = epoch * schedule.stepsPerEpoch
            let images = (first..<first + schedule.stepsPerEpoch).flatMap {
                schedule.step($0).images
            }
            // What fills up the last step stands at the epoch's start.
            #expect(Set(images.prefix(5)) == Set(0..<5))
            #expect(images.dropFirst(5).elementsEqual(images.prefix(images.count - 5)))
            orders.insert(Array(images.prefix(5)))
        }
        #expect(orders.count > 10)
    }

    @Test func targetsDifferFromTheOriginals() {
        for seed in 0..<UInt64(20) {
            let schedule = TrainingSchedule(seed: seed, labels: Self.labels, batch: 3)
            for step in (0..<20).map({ schedule.step($0) }) {
                #expect(zip(step.original, step.target).allSatisfy { $0 != $1 })
                #expect(step.target.allSatisfy { $0.count == 2 })
            }
        }
    }

    @Test(arguments: [2, 3, 4])
    func exclusiveClassesStayExclusive(classes: Int) {
        // All of one class, so that every target is made up, and all of different ones.
        for isMixed in [false, true] {
            let labels = (0..<4).map { image in
                (0..<classes).map { $0 == (isMixed ? image % classes : 1) }
            }
            let schedule = TrainingSchedule(
                seed: 1,
                labels: labels,
                batch: 2,
                rules: AttributeRules(names: [], isExclusive: true)
            )
            var targets: Set<[Bool]> = []
            for step in (0..<60).map({ schedule.step($0) }) {
                for (original, target) in zip(step.original, step.target) {
                    #expect(target.count { $0 } == 1)
                    #expect(target != original)
                    targets.insert(target)
                }
            }
            #expect(targets.count == (isMixed ? classes : classes - 1))
        }
    }

    @Test func aSingleExclusiveClassIsLeftAsItIs() {
        let schedule = TrainingSchedule(
            seed: 1,
            labels: [[true]],
            batch: 1,
            rules: AttributeRules(names: [], isExclusive: true)
        )
        #expect(schedule.step(0).target == [[true]])
    }

    @Test func choicesAreEven() {
        let schedule = TrainingSchedule(seed: 2, labels: Self.labels, batch: 1)
        let steps = (0..<2000).map { schedule.step($0) }
        let mirrored = steps.count { $0.mirrors[0] }
        #expect((900...1100).contains(mirrored))
        let mean = steps.reduce(0) { $0 + $1.mixing[0] } / 2000
        #expect(abs(mean - 0.5) < 0.03)
        #expect(steps.allSatisfy { (0..<1).contains($0.mixing[0]) })
    }
}
