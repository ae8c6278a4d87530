package import RetrainingCompiler

/// Steps whose pictures are drawn when their turn comes, instead of being kept: a pretraining's.
package struct StepSupply: Sendable {
    /// One step: what it is told, and its pictures.
    package struct Step: Sendable {
        /// Labels and mixing factors; its `images` and `mirrors` are not used.
        package let schedule: TrainingSchedule.Step
        /// The pictures.
        package let pictures: StepPictures

        /// A step.
        package init(schedule: TrainingSchedule.Step, pictures: StepPictures) {
            self.schedule = schedule
            self.pictures = pictures
        }
    }

    private let make: @Sendable (Int) -> Step

    /// A supply; `make` is a pure function of the step's number, counted from 0 over all epochs.
    package init(_ make: @escaping @Sendable (Int) -> Step) { self.make = make }

    /// The step of a number.
    package func step(_ number: Int) -> Step { make(number) }
}

/// What a pretraining has besides: portraits drawn as they are needed, whose truth is known.
///
/// The distance from the truth takes the place of the reconstruction loss.
package struct PretrainingOptions: Sendable, Equatable {
    /// Portraits of an epoch.
    package var portraitsPerEpoch: Int
    /// What the distance from the truth is.
    package var truthLoss: TruthLoss
    /// Weight of the distance from the truth.
    package var lambdaTruth: Float
    /// How often each attribute is changed, relative to the others.
    package var changeShares: [Int]

    /// Names all options.
    package init(
        portraitsPerEpoch: Int,
        truthLoss: TruthLoss,
        lambdaTruth: Float,
        changeShares: [Int]
    ) {
        self.portraitsPerEpoch = portraitsPerEpoch
        self.truthLoss = truthLoss
        self.lambdaTruth = lambdaTruth
        self.changeShares = changeShares
    }
}
