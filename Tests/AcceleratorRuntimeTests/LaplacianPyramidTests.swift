import AcceleratorRuntime
import Testing

@Suite struct LaplacianPyramidTests {
    @Test(arguments: [
        (256, 256, [256, 128, 64, 32, 16]), (64, 48, [48, 24]), (16, 16, [16]), (24, 24, [24]),
        (100, 100, [100, 50, 25]), (1024, 64, [64, 32, 16]),
    ])
    func halvesAsLongAsItCan(width: Int, height: Int, shorterSides: [Int]) {
        let sizes = LaplacianPyramid.sizes(of: PictureSize(width: width, height: height))
        #expect(sizes.map { min($0.width, $0.height) } == shorterSides)
    }

    // Values: numpy and scipy.ndimage.convolve(mode="mirror") with the outer product of
    // 1 4 6 4 1 / 16, halving by [::2, ::2], doubling by zeros between and a factor of 4.
    @Test func agreesWithIndependentValues() throws {
        let size = PictureSize(width: 64, height: 48)
        let levels = LaplacianPyramid(FormulaPicture.smooth(size, 1), size: size).levels
        try #require(levels.count == 2)
        for (level, mean, values) in [
            (levels[0], 0.03090536594390869, [0.003173828125, -0.0850830078125, -0.03759765625]),
            (levels[1], 0.41461266411675346, [-0.22119140625, -0.6904296875, 0.13916015625]),
        ] {
            let count = Double(level.values.count)
            let got = level.values.map { Double(abs($0)) }.reduce(0, +) / count
            #expect(abs(got - mean) < 1e-6)
            let places = [
                level.size.planeCount + 3 * level.size.width + 5, 2 * level.size.planeCount,
                level.size.planeCount - 1,
            ]
            for (place, value) in zip(places, values) {
                #expect(abs(Double(level.values[place]) - value) < 1e-6)
            }
        }
    }

    @Test func anEvenPictureIsAllInTheLastLevel() throws {
        let size = PictureSize(side: 32)
        let picture = [Float](repeating: 0.5, count: size.valueCount)
        let levels = LaplacianPyramid(picture, size: size).levels
        #expect(levels[0].values.allSatisfy { abs($0) < 1e-6 })
        #expect(levels[1].values.allSatisfy { abs($0 - 0.5) < 1e-6 })
    }
}
