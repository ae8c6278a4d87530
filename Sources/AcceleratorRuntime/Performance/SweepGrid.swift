import AcceleratorISA
package import ModelGraph
package import PerformanceModel
package import RetrainingCompiler

/// A grid of retraining jobs on chips, estimated point by point.
///
/// Every list is an axis. To add one (ROLIN modes, SELRET budgets): a list here that `run()`
/// loops over while it compiles, a field of ``SweepPoint``, a column of `SweepTable`, and an entry
/// of ``SweepPoint/Axis`` if plots may use it.
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
        self.epochs = epochs
        self.pictureCount = pictureCount
        criticSteps = nil
        dramByteCount = DeviceCapabilities().dramByteCount
    }

    /// Points of the grid; the most that an integer holds where they are more.
    package var pointCount: Int {
        let sides = [
            sramByteCounts.count, bandwidths.count, multiplierCounts.count, configurations.count,
            losses.count, batches.count,
        ]
        return sides.reduce(1) { product, side in
            let (next, overflows) = product.multipliedReportingOverflow(by: side)
            return overflows ? .max : next
        }
    }

    /// Estimates every point, model by model, chips of a model in the order of the lists.
    ///
    /// A job that does not fit into DRAM, or a tile that does not fit into SRAM, is an outcome of
    /// its point.
    ///
    /// - Throws: ``RetrainingError/configuration(_:)`` for a chip parameter out of its bounds.
    package func run() throws(RetrainingError) -> [SweepPoint] {
        let chips = try chips()
        var points: [SweepPoint] = []
        for configuration in configurations {
            for loss in losses {
                for batch in batches {
                    let training = StarGANTraining(
                        configuration: configuration,
                        batch: batch,
                        adversarialLoss: loss
                    )
                    points += try estimate(training, on: chips)
                }
            }
        }
        return points
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

    private func estimate(
        _ training: StarGANTraining,
        on chips: [ChipProfile]
    ) throws(RetrainingError) -> [SweepPoint] {
        let steps = criticSteps ?? (training.adversarialLoss == .leastSquares ? 1 : 5)
        let job = SweepPoint.Job(
            training: training,
            epochs: epochs,
            pictureCount: pictureCount,
            criticSteps: steps
        )
        let plan: StarGANPlan
        do {
            plan = try StarGANPlan(
                training,
                graphs: (
                    training.configuration.generator(), training.configuration.discriminator()
                ),
                capabilities: DeviceCapabilities(dramByteCount: dramByteCount)
            )
        } catch is CompileError {
            return chips.map { SweepPoint(job: job, chip: $0, outcome: .dramTooSmall) }
        } catch {
            throw .configuration("\(error)")
        }
        return chips.map { chip in
            var model = CostModel(chip)
            do throws(CommandFault) {
                let estimate = try job.estimate(plan, &model)
                return SweepPoint(job: job, chip: chip, outcome: .estimate(estimate))
            } catch {
                return SweepPoint(job: job, chip: chip, outcome: .sramTooSmall)
            }
        }
    }
}

/// A job on a chip, and what it takes there.
package struct SweepPoint: Sendable {
    /// What is trained and how long.
    package struct Job: Sendable {
        /// Networks, batch and loss.
        package let training: StarGANTraining
        /// Times every picture is seen.
        package let epochs: Int
        /// Pictures of an epoch.
        package let pictureCount: Int
        /// Steps of the discriminator to one of the generator.
        package let criticSteps: Int

        /// Steps of the whole job; the last of an epoch is filled up.
        package var stepCount: Int {
            epochs * ((pictureCount + training.batch - 1) / training.batch)
        }

        /// What all steps of the job take.
        fileprivate func estimate(
            _ plan: StarGANPlan,
            _ model: inout CostModel
        ) throws(CommandFault) -> CommandEstimate {
            let generatorSteps = stepCount / criticSteps
            var sum = try model.estimate(plan.setUp.commands)
            sum += try model.estimate(plan.step.program.commands) * generatorSteps
            sum +=
                try model.estimate(plan.criticStep.program.commands)
                * (stepCount - generatorSteps)
            return sum
        }
    }

    /// What came of a point.
    package enum Outcome: Sendable {
        case estimate(CommandEstimate)
        case dramTooSmall
        case sramTooSmall
    }

    /// The job.
    package let job: Job
    /// The chip.
    package let chip: ChipProfile
    /// What the whole job takes, or why it cannot run.
    package let outcome: Outcome

    /// What the whole job takes; nil where it cannot run.
    package var estimate: CommandEstimate? {
        if case .estimate(let estimate) = outcome { estimate } else { nil }
    }
}
