import AcceleratorRuntime
import RetrainingCompiler
import Testing

@Suite struct TranslatorScheduleTests {
    private func schedule(
        _ training: TinyTranslator,
        counts: [Int]
    ) throws -> TranslatorSchedule {
        TranslatorSchedule(training.options(try training.model()), counts: counts)
    }

    @Test func anEpochSeesEveryPictureOfTheLargerDomain() throws {
        let schedule = try schedule(TinyTranslator(batch: 2), counts: [7, 3])
        #expect(schedule.stepsPerEpoch == 4)
        for epoch in 0..<3 {
            let steps = (0..<4).map { schedule.step(epoch * 4 + $0) }
            let seen = steps.flatMap { $0.choices[0].map(\.picture) }
            #expect(Set(seen.prefix(7)) == Set(0..<7))
            #expect(steps.allSatisfy { $0.choices[1].allSatisfy { (0..<3).contains($0.picture) } })
        }
        #expect(schedule.step(5) == schedule.step(5))
        #expect((0..<8).map { schedule.step($0) } != (8..<16).map { schedule.step($0) })
    }

    @Test func aSmallerFirstDomainIsGoneThroughAgain() throws {
        let schedule = try schedule(TinyTranslator(), counts: [2, 6])
        let seen = (0..<6).map { schedule.step($0).choices[0][0].picture }
        #expect(seen.count { $0 == 0 } == 3)
        #expect(seen.count { $0 == 1 } == 3)
    }

    @Test func thePoolFillsAndThenGivesOutHalfOfTheTime() throws {
        let schedule = try schedule(
            TinyTranslator(poolSize: 4, warmUpSteps: 3),
            counts: [5, 5]
        )
        #expect((0..<3).allSatisfy { schedule.step($0).isWarmUp })
        #expect(schedule.step(2).judged == CyclePair(a: [], b: []))
        let first = (3..<7).map { schedule.step($0).judged.a[0] }
        #expect(first == (0..<4).map { .own(keptIn: $0) })
        let later = (7..<407).map { schedule.step($0).judged }
        for side in CycleSide.allCases {
            var counts = [Int](repeating: 0, count: 4)
            for judged in later {
                switch judged[side][0] {
                case .earlier(let slot): counts[slot] += 1
                case .own(let slot): #expect(slot == nil)
                }
            }
            #expect((160...240).contains(counts.reduce(0, +)), "\(counts)")
            #expect(counts.allSatisfy { (25...80).contains($0) }, "\(counts)")
        }
        #expect(later.map { $0.a[0] } != later.map { $0.b[0] })
    }

    @Test func aWarmUpDoesNotMoveTheTrainingsDraws() throws {
        let plain = try schedule(TinyTranslator(), counts: [5, 5])
        let warm = try schedule(TinyTranslator(warmUpSteps: 3), counts: [5, 5])
        for step in 0..<10 { #expect(plain.step(step).choices == warm.step(step + 3).choices) }
    }
}
