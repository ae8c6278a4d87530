import PerformanceModel
import RetrainingCompiler

/// What came of one way to deal with one user's pictures.
///
/// Figures are held as ``StudyTable`` writes them, to four places behind the point, so that a table
/// that is read back says the same.
package struct StudyRow: Sendable, Equatable {
    /// Which user and way.
    package let key: Key
    /// Peak signal-to-noise ratio of changed pictures against the truth, in decibels.
    package let decibels: Double
    /// Mean absolute difference of pictures and their reconstructions.
    package let reconstructionL1: Double
    /// Mean structural similarity of pictures and their reconstructions.
    package let ssim: Double
    /// Sliced Wasserstein distance of generated pictures, times 1000.
    package let slicedWasserstein: Double
    /// Share of class scores that say what a changed picture shall show.
    package let classAccuracy: Double
    /// What retraining took; nil where nothing was retrained.
    package let effort: Effort?

    /// A user's conditions, the user, and the way.
    package struct Key: Sendable, Hashable {
        /// Conditions by name with + between them; ``StudyCases/none`` for none.
        package let condition: String
        /// The user's seed.
        package let seed: UInt64
        /// The way, as it was asked for; ``StudyCases/none`` for the model as it is.
        package let way: String

        /// Names all three.
        package init(condition: String, seed: UInt64, way: String) {
            self.condition = condition
            self.seed = seed
            self.way = way
        }
    }

    /// What a retraining took, the probe of an automatic selection included.
    package struct Effort: Sendable, Equatable {
        /// Share of full retraining's multiply-accumulates that was saved, forward included.
        package let savedTotal: Double
        /// Share of those of error propagation and weight gradients.
        package let savedErrorAndWeightGradient: Double
        /// Predicted seconds on the chip.
        package let chipSeconds: Double
        /// Predicted joules of the chip, DRAM apart.
        package let chipJoules: Double
        /// Seconds that it took here.
        package let wallSeconds: Double
        /// What the generator's second pass reconstructs from: `whole`, `cut` or `own`.
        package let cycle: String
        /// The retrained layers, network first, with + between them.
        package let trained: String

        /// Names all of it.
        package init(
            savedTotal: Double,
            savedErrorAndWeightGradient: Double,
            chipSeconds: Double,
            chipJoules: Double,
            wallSeconds: Double,
            cycle: String,
            trained: String
        ) {
            self.savedTotal = StudyRow.rounded(savedTotal)
            self.savedErrorAndWeightGradient = StudyRow.rounded(savedErrorAndWeightGradient)
            self.chipSeconds = StudyRow.rounded(chipSeconds)
            self.chipJoules = StudyRow.rounded(chipJoules)
            self.wallSeconds = StudyRow.rounded(wallSeconds)
            self.cycle = cycle
            self.trained = trained
        }

        /// What a plan takes that was followed in so many seconds.
        package init(_ plan: RetrainingPlan, wallSeconds: Double) {
            var cost = plan.cost
            if let probe = plan.basis?.probe {
                cost.multiplyAccumulates += probe.multiplyAccumulates
                cost.seconds += probe.seconds
                cost.chipJoules += probe.chipJoules
            }
            let saved = RetrainingPlan.Reduction(cost, against: plan.fullCost)
            let trained = plan.layers.filter { $0.trained != "none" }
            self.init(
                savedTotal: saved.total,
                savedErrorAndWeightGradient: saved.errorAndWeightGradient,
                chipSeconds: cost.seconds,
                chipJoules: cost.chipJoules,
                wallSeconds: wallSeconds,
                cycle: plan.selection.cycle.rawValue,
                trained: trained.map { "\($0.network).\($0.name)" }.joined(separator: "+")
            )
        }
    }

    /// Scores, and what reaching them took.
    ///
    /// - Throws: `.internalFault` for scores without a truth, or of perfect pictures, which no
    ///   decibels tell.
    package init(
        _ key: Key,
        scores: QualityScores,
        effort: Effort?
    ) throws(RetrainingError) {
        guard let decibels = scores.psnr, decibels.isFinite else {
            throw .internalFault(
                "failed to judge by the truth: \(key.condition), user \(key.seed), \(key.way) has "
                    + "no finite PSNR"
            )
        }
        self.init(
            key,
            decibels: decibels,
            reconstructionL1: scores.reconstructionL1,
            ssim: scores.ssim,
            slicedWasserstein: scores.slicedWasserstein,
            classAccuracy: scores.classAccuracy,
            effort: effort
        )
    }

    /// Names all of it.
    init(
        _ key: Key,
        decibels: Double,
        reconstructionL1: Double,
        ssim: Double,
        slicedWasserstein: Double,
        classAccuracy: Double,
        effort: Effort?
    ) {
        self.key = key
        self.decibels = Self.rounded(decibels)
        self.reconstructionL1 = Self.rounded(reconstructionL1)
        self.ssim = Self.rounded(ssim)
        self.slicedWasserstein = Self.rounded(slicedWasserstein)
        self.classAccuracy = Self.rounded(classAccuracy)
        self.effort = effort
    }

    /// Four digits behind the point.
    static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}

/// Which rows a study has, in their order.
///
/// The way ``none`` comes first for every user, and before all others every user under no
/// condition: what a condition costs, and what of that is won back, is told against both.
package struct StudyCases: Sendable, Equatable {
    /// What no condition, and no retraining, is called.
    package static let none = "none"

    /// Conditions as they were asked for.
    package let conditions: [String]
    /// Users as they were asked for.
    package let seeds: [UInt64]
    /// Ways as they were asked for.
    package let ways: [String]
    /// All rows in their order.
    package let keys: [StudyRow.Key]

    /// Every way for every user under every condition, and what it is told against.
    package init(conditions: [String], seeds: [UInt64], ways: [String]) {
        self.conditions = conditions
        self.seeds = seeds
        self.ways = ways
        let allWays = [Self.none] + ways.filter { $0 != Self.none }
        let isAsked = conditions.contains(Self.none)
        let all = [Self.none] + conditions.filter { $0 != Self.none }
        keys = all.flatMap { condition in
            seeds.flatMap { seed in
                (condition == Self.none && !isAsked ? [Self.none] : allWays).map { way in
                    StudyRow.Key(condition: condition, seed: seed, way: way)
                }
            }
        }
    }
}
