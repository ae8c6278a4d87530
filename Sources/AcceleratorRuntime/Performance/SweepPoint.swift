package import PerformanceModel
package import RetrainingCompiler

/// A job on a chip, and what it takes there.
package struct SweepPoint: Sendable {
    /// What is trained and how long.
    package struct Job: Sendable {
        /// Everything that decides what is computed, but for the selection.
        package let options: RetrainingOptions
        /// Pictures of an epoch.
        package let pictureCount: Int
        /// Share of full retraining's error propagation and weight gradients; 1 retrains all.
        package let budget: Double

        /// Steps of the whole job; the last of an epoch is filled up.
        package var stepCount: Int {
            options.epochs * ((pictureCount + options.batch - 1) / options.batch)
        }
    }

    /// What the whole job takes.
    package struct Figures: Sendable {
        /// What is retrained.
        package let selection: LayerSelection
        /// Retrained layers of the generator.
        package let generatorLayerCount: Int
        /// Retrained layers of the discriminator.
        package let discriminatorLayerCount: Int
        /// Leading layers of the generator whose value is kept from step to step.
        package let keptLayerCount: Int
        /// What it takes.
        package let total: CommandEstimate
        /// What it saves against retraining every layer on the same chip, each as a share.
        package let reduction: RetrainingPlan.Reduction
    }

    /// Why a point has no figures.
    package enum Obstacle: Error, Sendable {
        /// The job does not fit into DRAM.
        case dramTooSmall
        /// A tile does not fit into SRAM.
        case sramTooSmall
        /// The budget does not pay for one layer of the generator.
        case budgetTooSmall
    }

    /// The job.
    package let job: Job
    /// The chip.
    package let chip: ChipProfile
    /// What the whole job takes, or why it cannot run.
    package let outcome: Result<Figures, Obstacle>

    /// What the whole job takes; nil where it cannot run.
    package var figures: Figures? { try? outcome.get() }

    /// The estimate among the figures.
    package var estimate: CommandEstimate? { figures?.total }
}
