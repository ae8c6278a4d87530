import AcceleratorRuntime
import ModelGraph
import Testing

@Suite struct QualityScoresTests {
    static let scores = QualityScores(
        reconstructionL1: 0.125,
        ssim: 0.75,
        slicedWasserstein: 21.5,
        classAccuracy: 0.875,
        pictureCount: 3,
        changeCount: 6
    )

    @Test(arguments: [nil, 31.5, Double.infinity])
    func readsBackWhatItWrote(psnr: Double?) throws {
        var scores = Self.scores
        scores.psnr = psnr
        scores.truthSSIM = psnr.map { _ in 0.5 }
        scores.truthSlicedWasserstein = psnr.map { _ in 12.25 }
        let bytes = try scores.document.serialized()
        #expect(try QualityScores(JSONField(parsing: bytes, document: "scores")) == scores)
    }

    @Test func readsReportsThatDoNotKnowTheTruthsScores() throws {
        guard case .object(var members) = Self.scores.document else {
            Issue.record("no object")
            return
        }
        members["truthSSIM"] = nil
        members["truthSlicedWasserstein"] = nil
        let field = JSONField(.object(members), document: "scores")
        #expect(try QualityScores(field) == Self.scores)
    }

    @Test(arguments: [
        ("ssim", StrictJSON.number(1.5), "scores: ssim: expected -1.0...1.0, found 1.5"),
        ("classAccuracy", .null, "scores: classAccuracy: expected a number, found null"),
        ("pictureCount", .integer(0), "scores: pictureCount: expected 1...4294967296, found 0"),
        ("truthSSIM", .number(2), "scores: truthSSIM: expected -1.0...1.0, found 2.0"),
        ("psnr", .string("good"), "scores: psnr: expected a number, found a string"),
    ])
    func namesWhatIsWrong(key: String, value: StrictJSON, message: String) throws {
        guard case .object(var members) = Self.scores.document else {
            Issue.record("no object")
            return
        }
        members[key] = value
        let field = JSONField(.object(members), document: "scores")
        let error = #expect(throws: JSONError.self) { try QualityScores(field) }
        #expect(error?.description == message)
    }
}
