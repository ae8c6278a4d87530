import AcceleratorRuntime
import RetrainingCompiler

/// What came of one way for one user.
struct StudyRow {
    let condition: String
    let seed: UInt64
    let way: String
    /// Nil where nothing was retrained.
    var plan: RetrainingPlan?
    var wallSeconds = 0.0
    var scores: QualityScores?

    init(condition: String, seed: UInt64, way: String) {
        self.condition = condition
        self.seed = seed
        self.way = way
    }

    /// Peak signal-to-noise ratio against the truth, in decibels.
    var decibels: Double { scores?.psnr ?? 0 }
}

/// The rows of a study.
struct StudyTable {
    private(set) var rows: [StudyRow] = []

    mutating func add(_ row: StudyRow) { rows.append(row) }

    /// The rows as comma-separated values; units stand in the names of the columns.
    var text: String {
        var lines = [
            [
                "condition", "seed", "way", "psnr_db", "reconstruction_l1", "ssim",
                "sliced_wasserstein", "class_accuracy", "saved_total",
                "saved_error_and_weight_gradient", "chip_seconds", "chip_joules", "wall_seconds",
                "cycle", "trained",
            ].joined(separator: ",")
        ]
        for row in rows {
            let scores = row.scores
            let saved = row.plan?.reduction
            let trained = row.plan?.layers.filter { $0.trained != "none" }.map { layer in
                "\(layer.network).\(layer.name)"
            }
            let probe = row.plan?.basis?.probe
            let fields: [String] = [
                row.condition, "\(row.seed)", row.way, Self.number(row.decibels),
                Self.number(scores?.reconstructionL1), Self.number(scores?.ssim),
                Self.number(scores?.slicedWasserstein), Self.number(scores?.classAccuracy),
                Self.number(saved?.total), Self.number(saved?.errorAndWeightGradient),
                Self.number(row.plan.map { $0.cost.seconds + (probe?.seconds ?? 0) }),
                Self.number(row.plan.map { $0.cost.chipJoules + (probe?.chipJoules ?? 0) }),
                Self.number(row.plan == nil ? nil : row.wallSeconds),
                row.plan?.selection.cycle.rawValue ?? "", trained?.joined(separator: "+") ?? "",
            ]
            lines.append(fields.joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Four digits behind the point; nothing for what there is not.
    private static func number(_ value: Double?) -> String {
        guard let value else { return "" }
        return "\((value * 10_000).rounded() / 10_000)"
    }

    /// The mean decibels of a way over the users of a condition; nil where there is none.
    func decibels(_ condition: String, _ way: String) -> Double? {
        let values = rows.filter { $0.condition == condition && $0.way == way }.map(\.decibels)
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// Conditions in their order.
    var conditions: [String] { Self.unique(rows.map(\.condition)) }

    /// Ways in their order.
    var ways: [String] { Self.unique(rows.map(\.way)) }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}
