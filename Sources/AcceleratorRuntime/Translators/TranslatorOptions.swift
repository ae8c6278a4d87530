package import RetrainingCompiler

/// Everything besides the pictures that decides what the training of a translator comes to; the
/// defaults are those of the release.
package struct TranslatorOptions: Sendable, Equatable {
    /// Which translator it is.
    package let kind: TranslatorKind
    /// Rows and columns of the pictures.
    package let imageSize: Int
    /// Hash of the weights it starts from, fresh ones included.
    package let startHash: String
    /// Discriminators that were made for the training.
    package let fresh: [TranslatorNetwork]
    /// Times every picture, of the larger domain, is seen.
    package var epochs = 1
    /// Pictures of a step, or pairs.
    package var batch = 1
    /// Seed of the training's random choices.
    package var seed: UInt64 = 1
    /// Adam's step size to begin with, for all networks.
    package var learningRate = Self.defaultLearningRate
    /// Weight of a CycleGAN's cycle loss.
    package var lambdaCycle: Float = 10
    /// Weight of its identity loss, as a part of the cycle's.
    package var lambdaIdentity: Float = 0.5
    /// Weight of a pix2pix's distance from the target.
    package var lambdaReconstruction: Float = 100
    /// Earlier fakes of either direction that a CycleGAN's discriminators are shown; 0 for none.
    package var poolSize = Self.defaultPoolSize
    /// Steps in which only fresh discriminators are trained, before all others; 0 without any.
    package var warmUpSteps = 0
    /// What norms have done along with the convolutions: decides the traffic, not the result.
    package var rolin = ROLINMode.full

    /// Adam's step size of both releases.
    package static let defaultLearningRate = 2e-4
    /// The pool of CycleGAN's release.
    package static let defaultPoolSize = 50

    /// The published training of a model.
    package init(_ model: TranslatorModel) {
        kind = model.kind
        imageSize = model.imageSize
        startHash = model.weightsHash
        fresh = model.fresh
    }

    /// The optimizer of all networks at a step size.
    func rule(learningRate: Double) -> AdamRule {
        AdamRule(learningRate: learningRate, beta1: 0.5)
    }

    /// The options that decide the result, by the names that `ganctl retrain-translator` has for
    /// them.
    package var fields: [(name: String, value: String)] {
        var fields = [
            ("--model", "\(kind.rawValue), weights \(startHash)"),
            ("--size", "\(imageSize)"),
            ("--epochs", "\(epochs)"),
            ("--batch", "\(batch)"),
            ("--seed", "\(seed)"),
            ("--learning-rate", "\(learningRate)"),
            ("--warm-up", "\(warmUpSteps)"),
        ]
        switch kind {
        case .cycleGAN:
            fields += [
                ("--pool", "\(poolSize)"), ("--cycle-weight", "\(lambdaCycle)"),
                ("--identity-weight", "\(lambdaIdentity)"),
            ]
        case .pix2pix: fields.append(("--reconstruction-weight", "\(lambdaReconstruction)"))
        }
        return fields
    }
}
