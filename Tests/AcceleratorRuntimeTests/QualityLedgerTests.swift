import AcceleratorRuntime
import Testing

@Suite struct QualityLedgerTests {
    @Test func nothingIsLostWithinTheThresholds() {
        let quality = SampleReport.quality(full: .known(SampleReport.scores(ssim: 0.804)))
        #expect(quality.isAsGoodAsFull == true)
        #expect(quality.verdict.hasPrefix("the plan lost nothing against a full retraining"))
        #expect(quality.verdict.contains("structural similarity 0.010 lower"))
        #expect(quality.verdict.contains("reconstruction L1 5.0 % higher"))
    }

    @Test(arguments: [
        (SampleReport.scores(ssim: 0.81), "structural similarity 0.7950 instead of 0.8100"),
        (
            SampleReport.scores(reconstructionL1: 0.09),
            "reconstruction L1 0.1000 instead of 0.0900"
        ),
        (SampleReport.scores(slicedWasserstein: 28), "sliced Wasserstein 30.0 instead of 28.0"),
        (SampleReport.scores(classAccuracy: 0.93), "class accuracy 90.0 % instead of 93.0 %"),
    ])
    func whatIsLostIsNamed(full: QualityScores, words: String) {
        let quality = SampleReport.quality(full: .known(full))
        #expect(quality.isAsGoodAsFull == false)
        #expect(quality.verdict.contains("the plan lost against a full retraining: \(words) ("))
    }

    @Test func withoutAFullRetrainingNothingIsClaimed() {
        let quality = SampleReport.quality(full: .absent(reason: "none was asked for"))
        #expect(quality.isAsGoodAsFull == nil)
        #expect(
            quality.verdict.hasPrefix(
                "there is no full retraining to compare with (none was asked for); against the "
                    + "weights it started from no score is worse"
            )
        )
    }
}
