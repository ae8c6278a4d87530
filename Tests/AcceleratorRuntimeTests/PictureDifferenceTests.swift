import AcceleratorRuntime
import Testing

// Expected values: numpy's mean(abs(a - b)) and scikit-image 0.26's peak_signal_noise_ratio with
// data_range=2, on the pictures of FormulaPicture in double precision.
@Suite struct PictureDifferenceTests {
    private static let small = PictureSize(width: 24, height: 17)
    private static let square = PictureSize(side: 32)

    @Test func agreesWithIndependentValues() {
        let rough = (0..<2).map { FormulaPicture.rough(Self.small, $0) }
        let smooth = (0..<2).map { FormulaPicture.smooth(Self.square, $0) }
        for (one, other, difference, ratio) in [
            (rough[0], rough[1], 0.6063495710784313, 8.289911098191588),
            (rough[0], FormulaPicture.mixed(rough[0], rough[1]), 0.15158739276960784, 20.331110925),
            (smooth[0], smooth[1], 0.15234375, 21.43459023494803),
            (smooth[0], FormulaPicture.mixed(smooth[0], smooth[1]), 0.0380859375, 33.4757900615),
        ] {
            #expect(abs(PictureDifference.meanAbsolute(one, other) - difference) < 1e-12)
            #expect(abs(PictureDifference.peakSignalToNoise(one, other) - ratio) < 1e-8)
        }
    }

    @Test func equalPicturesAreNotApart() {
        let picture = FormulaPicture.rough(Self.small, 0)
        #expect(PictureDifference.meanAbsolute(picture, picture) == 0)
        #expect(PictureDifference.meanSquare(picture, picture) == 0)
        #expect(PictureDifference.peakSignalToNoise(picture, picture) == .infinity)
    }

    @Test func theOrderOfThePicturesDoesNotMatter() {
        let one = FormulaPicture.rough(Self.small, 0)
        let other = FormulaPicture.rough(Self.small, 1)
        #expect(
            PictureDifference.meanAbsolute(one, other)
                == PictureDifference.meanAbsolute(other, one)
        )
        #expect(
            PictureDifference.meanSquare(one, other) == PictureDifference.meanSquare(other, one)
        )
    }

    @Test func blackAndWhiteAreAsFarApartAsCanBe() {
        let black = [Float](repeating: -1, count: Self.small.valueCount)
        let white = [Float](repeating: 1, count: Self.small.valueCount)
        #expect(PictureDifference.meanAbsolute(black, white) == 2)
        #expect(PictureDifference.peakSignalToNoise(black, white) == 0)
    }

    @Test func moreNoiseIsFurtherApart() {
        let picture = FormulaPicture.smooth(Self.square, 0)
        let noisy = [0.01, 0.05, 0.2].map { FormulaPicture.noisy(picture, strength: $0) }
        let differences = noisy.map { PictureDifference.meanAbsolute(picture, $0) }
        let ratios = noisy.map { PictureDifference.peakSignalToNoise(picture, $0) }
        #expect(differences == differences.sorted())
        #expect(ratios == ratios.sorted(by: >))
    }
}
