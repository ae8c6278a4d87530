package import ModelGraph

/// How good a generator's pictures are: what a report says of one set of weights.
package struct QualityScores: Sendable, Equatable {
    /// Mean absolute difference of pictures and their reconstructions; smaller is better.
    ///
    /// A reconstruction is a picture changed and changed back; values have a range of 2.
    package var reconstructionL1: Double
    /// Mean structural similarity of pictures and their reconstructions; larger is better.
    ///
    /// At most 1. See ``StructuralSimilarity``.
    package var ssim: Double
    /// Sliced Wasserstein distance of all generated pictures to their originals; smaller is better.
    ///
    /// Times 1000. See ``SlicedWasserstein``.
    package var slicedWasserstein: Double
    /// Share of class scores that say what a changed picture shall show; larger is better.
    ///
    /// In 0...1. Counted by ``Judge``.
    package var classAccuracy: Double
    /// Mean peak signal-to-noise ratio of changed pictures against what they should be, in dB.
    ///
    /// Nil where that is not known. Larger is better; infinite for perfect pictures.
    package var psnr: Double?
    /// Mean structural similarity of changed pictures to what they should be; larger is better.
    ///
    /// At most 1; nil where that is not known.
    package var truthSSIM: Double?
    /// Sliced Wasserstein distance of changed pictures to what they should be; smaller is better.
    ///
    /// Times 1000; nil where that is not known.
    package var truthSlicedWasserstein: Double?
    /// Pictures looked at.
    package var pictureCount: Int
    /// Changes of them that were looked at.
    package var changeCount: Int

    /// Names all scores.
    package init(
        reconstructionL1: Double,
        ssim: Double,
        slicedWasserstein: Double,
        classAccuracy: Double,
        psnr: Double? = nil,
        truthSSIM: Double? = nil,
        truthSlicedWasserstein: Double? = nil,
        pictureCount: Int,
        changeCount: Int
    ) {
        self.reconstructionL1 = reconstructionL1
        self.ssim = ssim
        self.slicedWasserstein = slicedWasserstein
        self.classAccuracy = classAccuracy
        self.psnr = psnr
        self.truthSSIM = truthSSIM
        self.truthSlicedWasserstein = truthSlicedWasserstein
        self.pictureCount = pictureCount
        self.changeCount = changeCount
    }
}

extension QualityScores {
    /// The scores by name.
    ///
    /// `psnr`, `truthSSIM` and `truthSlicedWasserstein` are null where the truth is not known;
    /// `psnr` is the text `infinite` for perfect pictures, which JSON has no number for.
    package var document: StrictJSON {
        [
            "reconstructionL1": .number(reconstructionL1),
            "ssim": .number(ssim),
            "slicedWasserstein": .number(slicedWasserstein),
            "classAccuracy": .number(classAccuracy),
            "psnr": psnr.map { $0 == .infinity ? .string(Self.infinite) : .number($0) } ?? .null,
            "truthSSIM": truthSSIM.map { .number($0) } ?? .null,
            "truthSlicedWasserstein": truthSlicedWasserstein.map { .number($0) } ?? .null,
            "pictureCount": .integer(pictureCount),
            "changeCount": .integer(changeCount),
        ]
    }

    /// Reads back what ``document`` wrote.
    package init(_ field: JSONField) throws(JSONError) {
        reconstructionL1 = try field["reconstructionL1"].number(in: 0...2)
        ssim = try field["ssim"].number(in: -1...1)
        slicedWasserstein = try field["slicedWasserstein"].number(in: 0...Self.largest)
        classAccuracy = try field["classAccuracy"].number(in: 0...1)
        pictureCount = try field["pictureCount"].integer(in: 1...Self.countLimit)
        changeCount = try field["changeCount"].integer(in: 1...Self.countLimit)
        truthSSIM = try field.known("truthSSIM", in: -1...1)
        truthSlicedWasserstein = try field.known("truthSlicedWasserstein", in: 0...Self.largest)
        let psnr = try field["psnr"]
        switch psnr.value {
        case .null: self.psnr = nil
        case .string(Self.infinite): self.psnr = .infinity
        default: self.psnr = try psnr.number()
        }
    }

    private static let infinite = "infinite"
    private static let countLimit = 1 << 32
    /// More than normalised values come to.
    private static let largest = 1e9
}

extension JSONField {
    /// A member as a number within bounds; nil where it is null, or missing as in older reports.
    fileprivate func known(
        _ key: String,
        in range: ClosedRange<Double>
    ) throws(JSONError) -> Double? {
        guard let field = try optional(key), field.value != .null else { return nil }
        return try field.number(in: range)
    }

    /// The value as a number within bounds.
    func number(in range: ClosedRange<Double>) throws(JSONError) -> Double {
        let number = try number()
        guard range.contains(number) else {
            throw failure("expected \(range.lowerBound)...\(range.upperBound), found \(number)")
        }
        return number
    }
}
