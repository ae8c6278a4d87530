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
    /// Weight of the discriminator's judgement in the generator's loss.
    package var lambdaAdversarial: Float = 1
    /// Weight of the reconstruction in the generator's loss.
    package var lambdaReconstruction: Float = 10
    /// Adam's step size to begin with, for both networks.
    package var learningRate: Double
    /// Where the weights come from.
    package var start: Start
    /// What norms have done along with the convolutions: decides the traffic, not the result.
    package var rolin: ROLINMode
    /// What is retrained.
    package var selection = LayerSelection.all
    /// Set for a pretraining, whose pictures are drawn.
    package var pretraining: PretrainingOptions?

    /// Where the weights of a retraining come from.
    package enum Start: Sendable, Equatable {
        /// Both networks are fresh.
        case randomWeights
        /// Both are of a model whose weights have this hash.
        case model(weightsHash: String)
        /// The generator is of a model, the discriminator is fresh.
        case generator(weightsHash: String)
    }

    /// Weights of the generator's losses that suit a start; the published ones for random weights.
    ///
    /// A model that has learnt goes by its reconstruction: a discriminator that was trained on
    /// other pictures mistakes what is new in a user's for what is wrong, and one that is trained
    /// on few soon knows them by heart.
    package static func lossWeights(
        for start: Start
    ) -> (adversarial: Float, reconstruction: Float) {
        start == .randomWeights ? (1, 10) : (0.3, 100)
    }

    /// The step size that suits a start, and what is trained of it.
    ///
    /// A model that has learnt takes larger steps; without a discriminator that moves too, which
    /// would not bear them, much larger ones.
    package static func learningRate(for start: Start, _ selection: LayerSelection) -> Double {
        guard start != .randomWeights else { return 1e-4 }
        return selection.isDiscriminatorTrained ? modelLearningRate : generatorLearningRate
    }

    /// The step size that suits both networks of a model.
    package static let modelLearningRate = 4e-4
    /// The one that suits a model whose discriminator is left as it is.
    package static let generatorLearningRate = 2e-3

    /// Chooses what is trained, with the step size that suits it unless one is given.
    package mutating func select(_ selection: LayerSelection, learningRate: Double?) {
        self.selection = selection
        self.learningRate = learningRate ?? Self.learningRate(for: start, selection)
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

    /// Adam's step size in a step: it falls to zero over the second half (StarGAN, section 5.3).
    package func learningRate(step: Int, of stepCount: Int) -> Double {
        StepSize.falling(from: learningRate, step: step, of: stepCount)
    }

    /// What the device is to be set up for, with room for `pictureCount` pictures where that is
    /// little.
    package func training(pictureCount: Int, prefixSlots: Int = 0) -> StarGANTraining {
        let isSmall = pictureCount <= StepPictures.residentCount
        return StarGANTraining(
            configuration: configuration,
            batch: batch,
            adversarialLoss: adversarialLoss,
            classLoss: classLoss,
            lambdaAdversarial: lambdaAdversarial,
            lambdaReconstruction: pretraining == nil ? lambdaReconstruction : 0,
            truthLoss: pretraining?.truthLoss ?? .squared,
            lambdaTruth: pretraining?.lambdaTruth ?? 0,
            selection: selection,
            imageSlots: isSmall ? max(batch, pictureCount) : batch,
            prefixSlots: prefixSlots,
            rolin: rolin
        )
    }

    /// Slots for all different values of the generator's frozen prefix that a training meets, and
    /// the two for what finds no place; 0 where nothing is frozen or drawn pictures never recur.
    package func prefixSlots(_ schedule: TrainingSchedule) -> Int {
        guard batch == 1, pretraining == nil, selection.generator != nil else { return 0 }
        let steps = min(epochs * schedule.stepsPerEpoch, Self.countedStepCount)
        var keys: Set<StepPrefix> = []
        schedule.forEachStep(first: steps) { _, step in
            keys.insert(StepPrefix(step, isOriginal: false))
            if selection.cycle == .own { keys.insert(StepPrefix(step, isOriginal: true)) }
        }
        return min(keys.count, Self.prefixSlotLimit) + 2
    }

    /// Most steps that are looked at for values that recur, and most that are kept.
    private static let countedStepCount = 20_000
    private static let prefixSlotLimit = 512

    /// Which attributes go together.
    package var rules: AttributeRules {
        AttributeRules(names: attributes, isExclusive: classLoss == .softmax)
    }

    /// Which pictures and labels each step uses.
    package func schedule(labels: [[Bool]]) -> TrainingSchedule {
        let drawn = pretraining.map {
            Array(repeating: attributes.map { _ in false }, count: $0.portraitsPerEpoch)
        }
        return TrainingSchedule(
            seed: seed,
            labels: drawn ?? labels,
            batch: batch,
            rules: rules
        )
    }
}

extension RetrainingOptions {
    /// The options that decide the result, by the names that `ganctl retrain` has for them.
    package var fields: [(name: String, value: String)] {
        var fields = [
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
            ("--adversarial-weight", "\(lambdaAdversarial)"),
            ("--reconstruction-weight", "\(lambdaReconstruction)"),
            ("--learning-rate", "\(learningRate)"),
            ("--model", start.field),
        ]
        if selection != .all { fields.append(("--selret", selection.text)) }
        if let pretraining {
            fields.append(("--portraits", "\(pretraining.portraitsPerEpoch)"))
            let shares = pretraining.changeShares.map(String.init).joined(separator: ",")
            fields.append(("--shares", shares))
            fields.append(("--truth-loss", pretraining.truthLoss.rawValue))
            fields.append(("--truth-weight", "\(pretraining.lambdaTruth)"))
        }
        return fields
    }
}

extension RetrainingOptions.Start {
    /// Whether the discriminator has learnt before.
    var hasDiscriminator: Bool {
        if case .model = self { true } else { false }
    }

    /// The start as a field: two are the same start if and only if their fields are.
    var field: String {
        switch self {
        case .randomWeights: "none"
        case .model(let hash): "weights \(hash)"
        case .generator(let hash): "generator \(hash)"
        }
    }
}
