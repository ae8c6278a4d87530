import ModelGraph
import Testing

@Suite struct CounterRandomTests {
    @Test func drawsTheNumbersOfSplitMix64() {
        // The published sequence for the state 1234567.
        var random = CounterRandom(key: 1_234_567)
        let drawn = (0..<5).map { _ in random.next() }
        #expect(
            drawn == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ]
        )
        #expect(random.counter == 5)
    }

    @Test func separatesSeedsAndStreams() {
        let keys = Set(
            (0..<50 as Range<UInt64>).flatMap { seed in
                ["", "a", "b", "ab", "main.0.weight"].map {
                    CounterRandom(seed: seed, stream: $0).key
                }
            }
        )
        #expect(keys.count == 250)
        #expect(CounterRandom(seed: 1, stream: "a") == CounterRandom(seed: 1, stream: "a"))
    }

    @Test func fillsTheUnitIntervalEvenly() {
        var random = CounterRandom(seed: 1, stream: "uniform")
        var counts = [Int](repeating: 0, count: 16)
        for _ in 0..<16_000 {
            let number = random.uniform()
            guard number >= 0 && number < 1 else {
                Issue.record("\(number) is outside 0..<1")
                return
            }
            counts[Int(number * 16)] += 1
        }
        // Six standard deviations of a binomial count around 1000.
        #expect(counts.allSatisfy { abs($0 - 1000) < 184 }, "\(counts)")
    }

    @Test(arguments: [1, 2, 3, 7, 1000, Int.max])
    func staysBelowTheBound(bound: Int) {
        var random = CounterRandom(seed: 2, stream: "bounded")
        let drawn = (0..<2000).map { _ in random.bounded(bound) }
        #expect(drawn.allSatisfy { (0..<bound).contains($0) })
        if bound <= 7 { #expect(Set(drawn).count == bound) }
    }

    @Test func permutesEveryElementIntoEveryPlace() {
        var random = CounterRandom(seed: 3, stream: "permutation")
        #expect(random.permutation(0).isEmpty)
        #expect(random.permutation(1) == [0])
        var places = Set<[Int]>()
        for _ in 0..<500 {
            let order = random.permutation(4)
            #expect(order.sorted() == [0, 1, 2, 3])
            places.insert(order)
        }
        #expect(places.count == 24)
    }

    @Test func trapsOnAnEmptyRange() async {
        await #expect(processExitsWith: .failure) {
            var random = CounterRandom(key: 0)
            _ = random.bounded(0)
        }
    }
}
