package import ModelGraph
package import RetrainingCompiler

/// Everything besides the pictures that decides what a retraining comes to, and how the device
/// goes about it.
///
/// Threads and kernels are not among it: the result does not depend on them.
package struct RetrainingOptions: Sendable, Equatable {
    /// Sizes of both networks.
    package var configuration: StarGANConfiguration
    /// Names of the classes, in order.
    package var attributes: [String]
    /// Times every picture is seen.
    package var epochs: Int
    /// Pictures of a step.
    package var batch: Int
    /// Seed of the fresh weights and of the training's random choices.
    package var seed: UInt64
    /// What the discriminator's judgement becomes.
    package var adversarialLoss: AdversarialLoss
    /// What its class scores become.
    package var classLoss: ClassLoss
    /// Steps of the discriminator to one of the generator.
    package var criticSteps: Int
    /// Adam's step size, for both networks.
    package var learningRate: Double
    /// Where the weights come from.
    package var start: Start
    /// What norms have done along with the convolutions: decides the traffic, not the result.
    package var rolin: ROLINMode

    /// Where the weights of a retraining come from.
    package enum Start: Sendable, Equatable {
        /// Both networks are fresh.
        case randomWeights
        /// Both are of a model whose weights have this hash.
        case model(weightsHash: String)
        /// The generator is of a model, the discriminator is fresh.
        case generator(weightsHash: String)
    }

    /// Names all options.
    package init(
        configuration: StarGANConfiguration,
        attributes: [String],
        epochs: Int,
        batch: Int,
        seed: UInt64,
        adversarialLoss: AdversarialLoss,
        classLoss: ClassLoss,
        criticSteps: Int,
        learningRate: Double,
        start: Start,
        rolin: ROLINMode = .full
    ) {
        self.configuration = configuration
        self.attributes = attributes
        self.epochs = epochs
        self.batch = batch
        self.seed = seed
        self.adversarialLoss = adversarialLoss
        self.classLoss = classLoss
        self.criticSteps = criticSteps
        self.learningRate = learningRate
        self.start = start
        self.rolin = rolin
    }

    /// The optimizer of both networks.
    package var rule: AdamRule { AdamRule(learningRate: learningRate) }

    /// What the device is to be set up for, with room for `pictureCount` pictures where that is
    /// little.
    package func training(pictureCount: Int) -> StarGANTraining {
        let isSmall = pictureCount <= Self.residentPictureCount
        return StarGANTraining(
            configuration: configuration,
            batch: batch,
            adversarialLoss: adversarialLoss,
            classLoss: classLoss,
            imageSlots: isSmall ? max(batch, pictureCount) : batch,
            rolin: rolin
        )
    }

    /// Which pictures and labels each step uses.
    package func schedule(labels: [[Bool]]) -> TrainingSchedule {
        TrainingSchedule(
            seed: seed,
            labels: labels,
            batch: batch,
            isExclusive: classLoss == .softmax
        )
    }

    /// Most pictures that are kept in device DRAM; of more, each step's are sent before it.
    private static let residentPictureCount = 64
}

extension RetrainingOptions {
    /// The options that decide the result, by the names that `ganctl retrain` has for them.
    package var fields: [(name: String, value: String)] {
        [
            ("--attributes", attributes.joined(separator: ",")),
            ("--size", "\(configuration.imageSize)"),
            ("--generator-channels", "\(configuration.generatorChannels)"),
            ("--residual-blocks", "\(configuration.residualBlocks)"),
            ("--discriminator-channels", "\(configuration.discriminatorChannels)"),
            ("--discriminator-layers", "\(configuration.discriminatorLayers)"),
            ("--epochs", "\(epochs)"),
            ("--batch", "\(batch)"),
            ("--seed", "\(seed)"),
            ("--loss", adversarialLoss.rawValue),
            ("--class-loss", classLoss.rawValue),
            ("--critic-steps", "\(criticSteps)"),
            ("--learning-rate", "\(learningRate)"),
            ("--model", start.field),
        ]
    }
}

extension RetrainingOptions.Start {
    /// The start as a field: two are the same start if and only if their fields are.
    var field: String {
        switch self {
        case .randomWeights: "none"
        case .model(let hash): "weights \(hash)"
        case .generator(let hash): "generator \(hash)"
        }
    }
}
