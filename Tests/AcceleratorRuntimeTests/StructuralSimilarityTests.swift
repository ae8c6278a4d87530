import AcceleratorRuntime
import Testing

// Expected values: scikit-image 0.26's structural_similarity(a, b, channel_axis=0,
// gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=2) on the pictures of
// FormulaPicture in double precision.
@Suite struct StructuralSimilarityTests {
    private static let small = PictureSize(width: 24, height: 17)
    private static let square = PictureSize(side: 32)

    @Test func agreesWithIndependentValues() {
        let rough = (0..<2).map { FormulaPicture.rough(Self.small, $0) }
        let smooth = (0..<2).map { FormulaPicture.smooth(Self.square, $0) }
        for (one, other, size, expected) in [
            (rough[0], rough[1], Self.small, -0.0204227735297676),
            (rough[0], FormulaPicture.mixed(rough[0], rough[1]), Self.small, 0.7830496681183305),
            (smooth[0], smooth[1], Self.square, 0.3930001364375031),
            (smooth[0], FormulaPicture.mixed(smooth[0], smooth[1]), Self.square, 0.8940425910440),
        ] {
            let got = StructuralSimilarity.mean(one, other, size: size)
            #expect(abs(got - expected) < 1e-10, "\(got)")
        }
    }

    @Test func equalPicturesAreAlike() {
        let picture = FormulaPicture.rough(Self.small, 0)
        let similarity = StructuralSimilarity.mean(picture, picture, size: Self.small)
        #expect(abs(similarity - 1) < 1e-12)
    }

    @Test func theOrderOfThePicturesDoesNotMatter() {
        let one = FormulaPicture.rough(Self.small, 0)
        let other = FormulaPicture.rough(Self.small, 1)
        let similarity = StructuralSimilarity.mean(one, other, size: Self.small)
        let turned = StructuralSimilarity.mean(other, one, size: Self.small)
        #expect(abs(similarity - turned) < 1e-12)
    }

    @Test func moreNoiseIsLessAlike() {
        let picture = FormulaPicture.smooth(Self.square, 0)
        let similarities = [0.01, 0.05, 0.2, 1].map {
            StructuralSimilarity.mean(
                picture,
                FormulaPicture.noisy(picture, strength: $0),
                size: Self.square
            )
        }
        #expect(similarities == similarities.sorted(by: >))
        #expect(Set(similarities).count == 4)
    }

    @Test func aPictureOfTheWindowsSizeHasOneWindow() {
        let size = PictureSize(side: StructuralSimilarity.windowSide)
        let picture = FormulaPicture.rough(size, 0)
        #expect(abs(StructuralSimilarity.mean(picture, picture, size: size) - 1) < 1e-12)
    }
}
