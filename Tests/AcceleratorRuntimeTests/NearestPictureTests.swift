import AcceleratorRuntime
import Testing

@Suite struct NearestPictureTests {
    @Test func isTheOneWithTheSmallestDistance() {
        let candidates: [[Float]] = [[0, 0, 0, 0], [1, 1, 0, 0], [-1, 1, 0, 0]]
        #expect(NearestPicture.index(of: [0.9, 0.8, 0, 0], among: candidates) == 1)
        #expect(NearestPicture.index(of: [-0.6, 0.7, 0, 0], among: candidates) == 2)
        #expect(NearestPicture.index(of: [0.1, 0.2, 0, 0], among: candidates) == 0)
    }

    @Test func leavesOutWhatAllHaveInCommon() {
        // The last value is far from both candidates, which agree on it to within the threshold.
        let candidates: [[Float]] = [[0, 0.5], [1, 0.52]]
        #expect(NearestPicture.index(of: [0.4, -1], among: candidates) == 0)
        #expect(NearestPicture.index(of: [0.6, -1], among: candidates) == 1)
    }

    @Test func isNothingWhereNoTwoDiffer() {
        #expect(NearestPicture.index(of: [0], among: [[0.2], [0.21]]) == nil)
        #expect(NearestPicture.index(of: [0], among: []) == nil)
        #expect(NearestPicture.index(of: [], among: [[], []]) == nil)
    }
}

@Suite struct AttributeScoresTests {
    @Test func areSharesAndMeans() {
        var scores = AttributeScores(attribute: "smile", direction: .on)
        scores.add(headAgrees: true, truthAgrees: false, psnr: 20, ssim: 0.5)
        scores.add(headAgrees: true, truthAgrees: true, psnr: 24, ssim: 0.7)
        #expect(scores.count == 2)
        #expect(scores.headShare == 1)
        #expect(scores.truthShare == 0.5)
        #expect(scores.psnr == 22)
        #expect(abs(scores.ssim - 0.6) < 1e-12)
    }

    @Test func addUpByChangesNotByAttributes() {
        var smile = AttributeScores(attribute: "smile", direction: .on)
        for _ in 0..<3 { smile.add(headAgrees: true, truthAgrees: true, psnr: 30, ssim: 1) }
        var glasses = AttributeScores(attribute: "glasses", direction: .off)
        glasses.add(headAgrees: false, truthAgrees: false, psnr: 10, ssim: 0)
        let total = AttributeScores(total: [smile, glasses])
        #expect(total.count == 4)
        #expect(total.headShare == 0.75)
        #expect(total.psnr == 25)
        #expect(total.direction == .both)
    }

    @Test func ofNothingAreZero() {
        let scores = AttributeScores(total: [])
        #expect(scores.count == 0)
        #expect(scores.headShare == 0)
        #expect(scores.psnr == 0)
    }
}
