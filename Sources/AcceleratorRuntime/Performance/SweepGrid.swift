import AcceleratorISA
package import ModelGraph
package import PerformanceModel
package import RetrainingCompiler

/// A grid of retraining jobs on chips, estimated point by point.
///
/// Every list is an axis. To add one: a list here that `run()` or ``SweepEstimator`` loops over, a
/// field of ``SweepPoint``, a column of `SweepTable`, and an entry of ``SweepPoint/Axis`` if plots
/// may use it.
///
/// A point is the job that `ganctl retrain` would do with pictures of which none has an attribute,
/// as it takes them without labels: that decides how often a frozen prefix's value is made.
package struct SweepGrid: Sendable {
    /// The chip whose other parameters every point has.
    package var profile: ChipProfile
    /// Bytes of SRAM.
    package var sramByteCounts: [UInt64]
    /// Bytes a second.
    package var bandwidths: [Double]
    /// Multipliers of the array.
    package var multiplierCounts: [Int]
    /// Sizes of both networks.
    package var configurations: [StarGANConfiguration]
    /// Adversarial losses.
    package var losses: [AdversarialLoss]
    /// Images of a step.
    package var batches: [Int]
    /// What norms have done along with the convolutions.
    package var rolinModes: [ROLINMode]
    /// Shares of full retraining's error propagation and weight gradients; 1 retrains all.
    package var budgets: [Double]
    /// The plan by whose importances layers are chosen; without one, layers of a network are
    /// worth the same.
    package var importances: RetrainingPlan?
    /// Times every picture is seen.
    package var epochs: Int
    /// Pictures of an epoch.
    package var pictureCount: Int
    /// Steps of the discriminator to one of the generator; nil for the loss's own.
    package var criticSteps: Int?
    /// DRAM that jobs have to fit into.
    package var dramByteCount: UInt64

    /// A grid of one point: a chip and a model.
    package init(
        profile: ChipProfile,
        configuration: StarGANConfiguration,
        epochs: Int = 100,
        pictureCount: Int = 7
    ) {
        self.profile = profile
        sramByteCounts = [profile.sramByteCount]
        bandwidths = [profile.dramBytesPerSecond]
        multiplierCounts = [profile.multiplierCount]
        configurations = [configuration]
        losses = [.leastSquares]
        batches = [1]
        rolinModes = [.full]
        budgets = [1]
        importances = nil
        self.epochs = epochs
        self.pictureCount = pictureCount
        criticSteps = nil
        dramByteCount = DeviceCapabilities().dramByteCount
    }

    /// Points of the grid; the most that an integer holds where they are more.
    package var pointCount: Int {
        let sides = [
            sramByteCounts.count, bandwidths.count, multiplierCounts.count, configurations.count,
            losses.count, batches.count, rolinModes.count, budgets.count,
        ]
        return sides.reduce(1) { product, side in
            let (next, overflows) = product.multipliedReportingOverflow(by: side)
            return overflows ? .max : next
        }
    }

    /// Estimates every point, model by model and job by job, chips of a job in the order of the
    /// lists.
    ///
    /// A job that does not fit into DRAM, a tile that does not fit into SRAM, or a budget that does
    /// not pay for one layer, is an outcome of its point.
    ///
    /// - Throws: ``RetrainingError/configuration(_:)`` for a chip parameter out of its bounds, or
    ///   importances of another model.
    package func run() throws(RetrainingError) -> [SweepPoint] {
        let chips = try chips()
        var points: [SweepPoint] = []
        for configuration in configurations {
            let graphs = try configuration.graphs()
            let worths =
                if let importances {
                    try LayerWorths(importances, for: graphs)
                } else {
                    LayerWorths(sameFor: graphs)
                }
            for loss in losses {
                for batch in batches {
                    var estimator = SweepEstimator(
                        options(configuration, loss, batch),
                        grid: self,
                        graphs: graphs,
                        worths: worths
                    )
                    var columns: [[SweepPoint]] = []
                    for chip in chips { columns.append(try estimator.points(on: chip)) }
                    for job in 0..<rolinModes.count * budgets.count {
                        points += columns.map { $0[job] }
                    }
                }
            }
        }
        return points
    }

    private func options(
        _ configuration: StarGANConfiguration,
        _ loss: AdversarialLoss,
        _ batch: Int
    ) -> RetrainingOptions {
        RetrainingOptions(
            configuration: configuration,
            attributes: (0..<configuration.classes).map { "attribute \($0)" },
            epochs: epochs,
            batch: batch,
            seed: 1,
            adversarialLoss: loss,
            classLoss: .sigmoid,
            criticSteps: criticSteps ?? (loss == .leastSquares ? 1 : 5),
            learningRate: 1e-4,
            start: .randomWeights
        )
    }

    private func chips() throws(RetrainingError) -> [ChipProfile] {
        var chips: [ChipProfile] = []
        for multipliers in multiplierCounts {
            for sram in sramByteCounts {
                for bandwidth in bandwidths {
                    var chip = profile.scaled(multiplierCount: multipliers, sramByteCount: sram)
                    chip.dramBytesPerSecond = bandwidth
                    do throws(ChipProfile.LimitError) {
                        try chip.check()
                    } catch {
                        throw .configuration("failed to set up a chip: \(error)")
                    }
                    chips.append(chip)
                }
            }
        }
        return chips
    }
}
