import AcceleratorRuntime
import Testing

@Suite struct SlicedWassersteinTests {
    private static let size = PictureSize(width: 64, height: 48)
    private static let measure = SlicedWasserstein(size: size)

    private static func smooth(_ numbers: [Int]) -> [[Float]] {
        numbers.map { FormulaPicture.smooth(size, $0) }
    }

    // Values: a separate program in numpy with scipy.stats.wasserstein_distance, over the pyramid
    // of LaplacianPyramidTests, 128 patches and 128 directions from SplitMix64 by the streams'
    // names, descriptors normalised by numpy's mean and std, in double precision.
    @Test func agreesWithIndependentValues() {
        let set = Self.smooth([0, 1])
        let unequal = Self.measure.distance(set, Self.smooth([3, 4, 5]))
        #expect(unequal.levels.map(\.side) == [48, 24])
        for (level, expected) in zip(unequal.levels, [351.66463434107385, 302.3315309392351]) {
            #expect(abs(level.distance - expected) < 0.01, "\(level)")
        }
        let equal = Self.measure.distance(set, (0..<2).map { FormulaPicture.rough(Self.size, $0) })
        for (level, expected) in zip(equal.levels, [691.3010962879717, 444.331977322598]) {
            #expect(abs(level.distance - expected) < 0.01, "\(level)")
        }
        let mean = equal.levels.map(\.distance).reduce(0, +) / 2
        #expect(abs(equal.average - mean) < 1e-9)
    }

    @Test func equalSetsAreNotApart() {
        let set = Self.smooth([0, 1])
        #expect(Self.measure.distance(set, set).average == 0)
    }

    @Test func theOrderOfTheSetsDoesNotMatter() {
        let (one, other) = (Self.smooth([0]), Self.smooth([1, 2]))
        let distance = Self.measure.distance(one, other).average
        #expect(abs(distance - Self.measure.distance(other, one).average) < 1e-9)
    }

    @Test func theSameSeedGivesTheSameBits() {
        let (one, other) = (Self.smooth([0]), Self.smooth([1]))
        let distance = Self.measure.distance(one, other)
        #expect(distance == Self.measure.distance(one, other))
        var counts = SlicedWasserstein.Counts()
        counts.seed = 2
        #expect(distance != SlicedWasserstein(size: Self.size, counts: counts).distance(one, other))
    }

    @Test func moreNoiseIsFurtherApart() {
        let set = Self.smooth([0, 1])
        let distances = [Float(0.02), 0.1, 0.5].map { strength in
            let noisy = set.map { FormulaPicture.noisy($0, strength: strength) }
            return Self.measure.distance(noisy, set).average
        }
        #expect(distances == distances.sorted())
        #expect(Set(distances).count == 3)
    }

    @Test func aPictureWithoutVariationIsMeasuredToo() {
        let flat = [Float](repeating: 0, count: Self.size.valueCount)
        #expect(Self.measure.distance([flat], [flat]).average == 0)
        #expect(Self.measure.distance([flat], Self.smooth([0])).average > 100)
    }
}
