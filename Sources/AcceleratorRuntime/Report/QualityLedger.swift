import ModelGraph

/// By how much pictures may differ before they count as worse.
package struct QualityThresholds: Sendable, Equatable {
    /// Largest loss of structural similarity, absolute.
    package var ssim: Double
    /// Largest growth of the reconstruction's L1 distance, relative.
    package var reconstructionL1: Double
    /// Largest growth of the sliced Wasserstein distance, relative.
    package var slicedWasserstein: Double
    /// Largest loss of class accuracy, absolute.
    package var classAccuracy: Double

    /// The thresholds reports use: 0.01 of structural similarity, 5 % of both distances, 0.02 of
    /// class accuracy.
    package static let standard = QualityThresholds(
        ssim: 0.01,
        reconstructionL1: 0.05,
        slicedWasserstein: 0.05,
        classAccuracy: 0.02
    )

    /// What of `scores` is worse than in `reference`, beyond the thresholds; in words.
    package func losses(of scores: QualityScores, against reference: QualityScores) -> [String] {
        var losses: [String] = []
        func check(_ isWorse: Bool, _ words: @autoclosure () -> String) {
            if isWorse { losses.append(words()) }
        }
        check(
            scores.ssim < reference.ssim - ssim,
            "structural similarity \(Readable.decimal(scores.ssim, places: 4)) instead of "
                + Readable.decimal(reference.ssim, places: 4)
        )
        check(
            scores.reconstructionL1 > reference.reconstructionL1 * (1 + reconstructionL1),
            "reconstruction L1 \(Readable.decimal(scores.reconstructionL1, places: 4)) instead of "
                + Readable.decimal(reference.reconstructionL1, places: 4)
        )
        check(
            scores.slicedWasserstein > reference.slicedWasserstein * (1 + slicedWasserstein),
            "sliced Wasserstein \(Readable.decimal(scores.slicedWasserstein, places: 1)) instead "
                + "of \(Readable.decimal(reference.slicedWasserstein, places: 1))"
        )
        check(
            scores.classAccuracy < reference.classAccuracy - classAccuracy,
            "class accuracy \(Readable.percent(scores.classAccuracy)) instead of "
                + Readable.percent(reference.classAccuracy)
        )
        return losses
    }

    /// The thresholds in words.
    package var words: String {
        "structural similarity \(Readable.decimal(ssim, places: 3)) lower, reconstruction L1 "
            + "\(Readable.percent(reconstructionL1)) higher, sliced Wasserstein distance "
            + "\(Readable.percent(slicedWasserstein)) higher, class accuracy "
            + "\(Readable.decimal(classAccuracy, places: 3)) lower"
    }
}

/// Pictures before and after: scores of the weights it started from, of a full retraining where
/// one was run, and of the plan that was carried out.
package struct QualityLedger: Sendable, Equatable {
    /// Scores of the weights it started from.
    package let before: QualityScores
    /// Scores after a full retraining.
    package let full: Reported<QualityScores>
    /// Scores after this retraining.
    package let plan: QualityScores
    /// Which pictures, and whose discriminator judged all of them, in words.
    package let accounting: String
    /// By how much scores may differ.
    package let thresholds: QualityThresholds
    /// Whether the plan lost anything, in words.
    package let verdict: String

    /// Names all scores; the verdict follows from them.
    ///
    /// All scores are those of one discriminator, over the same pictures.
    package init(
        before: QualityScores,
        full: Reported<QualityScores>,
        plan: QualityScores,
        accounting: String,
        thresholds: QualityThresholds = .standard
    ) {
        self.before = before
        self.full = full
        self.plan = plan
        self.accounting = accounting
        self.thresholds = thresholds
        verdict = Self.verdict(before, full, plan, thresholds)
    }

    /// Whether the plan's pictures are as good as those of a full retraining, within the
    /// thresholds; nil where none was run.
    package var isAsGoodAsFull: Bool? {
        full.value.map { thresholds.losses(of: plan, against: $0).isEmpty }
    }

    private static func verdict(
        _ before: QualityScores,
        _ full: Reported<QualityScores>,
        _ plan: QualityScores,
        _ thresholds: QualityThresholds
    ) -> String {
        switch full {
        case .known(let full):
            let losses = thresholds.losses(of: plan, against: full)
            if losses.isEmpty {
                return "the plan lost nothing against a full retraining: no score is worse by more "
                    + "than the thresholds (\(thresholds.words))"
            }
            return "the plan lost against a full retraining: \(losses.joined(separator: "; ")) "
                + "(thresholds: \(thresholds.words))"
        case .absent(let reason):
            let losses = thresholds.losses(of: plan, against: before)
            let found =
                losses.isEmpty
                ? "no score is worse by more than the thresholds"
                : "worse are \(losses.joined(separator: "; "))"
            let truth =
                if let was = before.psnr, let now = plan.psnr {
                    "PSNR against the truth is \(Readable.decimal(now, places: 2)) dB, before it "
                        + "was \(Readable.decimal(was, places: 2)) dB; "
                } else {
                    ""
                }
            return "\(truth)there is no full retraining to compare with (\(reason)); against the "
                + "weights it started from \(found) (\(thresholds.words))"
        }
    }
}

extension QualityLedger {
    static let keys = KeyTree.leaves(
        "before",
        "full",
        "plan",
        "accounting",
        "thresholds",
        "verdict"
    )

    func document(_ notes: inout AbsenceNotes) -> StrictJSON {
        [
            "before": before.document,
            "full": notes.document(of: full, at: "quality.full", keys: .leaf) { scores, _ in
                scores.document
            },
            "plan": plan.document,
            "accounting": .string(accounting),
            "thresholds": [
                "ssim": .number(thresholds.ssim),
                "reconstructionL1": .number(thresholds.reconstructionL1),
                "slicedWasserstein": .number(thresholds.slicedWasserstein),
                "classAccuracy": .number(thresholds.classAccuracy),
            ],
            "verdict": .string(verdict),
        ]
    }

    init(_ field: JSONField, _ notes: AbsenceNotes) throws(JSONError) {
        before = try QualityScores(try field["before"])
        full = try notes.part(at: "quality.full") { () throws(JSONError) in
            try QualityScores(try field["full"])
        }
        plan = try QualityScores(try field["plan"])
        accounting = try field["accounting"].string()
        let thresholds = try field["thresholds"]
        self.thresholds = QualityThresholds(
            ssim: try thresholds["ssim"].quantity(),
            reconstructionL1: try thresholds["reconstructionL1"].quantity(),
            slicedWasserstein: try thresholds["slicedWasserstein"].quantity(),
            classAccuracy: try thresholds["classAccuracy"].quantity()
        )
        // The words are the report's own: a later version may say it differently.
        verdict = try field["verdict"].string()
    }
}
