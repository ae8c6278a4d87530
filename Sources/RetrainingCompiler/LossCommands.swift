import AcceleratorISA

/// How a discriminator's judgement becomes a loss.
package enum AdversarialLoss: String, Sendable, CaseIterable {
    /// Mean squared distance to 1 (real) or 0 (fake).
    case leastSquares = "lsgan"
    /// Wasserstein distance with a gradient penalty.
    case wassersteinGradientPenalty = "wgan-gp"
}

/// How far a generated image is from the true one.
package enum TruthLoss: String, Sendable, CaseIterable {
    /// Mean absolute difference: every pixel pulls alike.
    case absolute
    /// Mean squared difference: pixels that are far off, as those of a change not made, pull most.
    case squared

    var kind: LossKind {
        switch self {
        case .absolute: .absoluteDifference
        case .squared: .leastSquares
        }
    }
}

/// How class scores become a loss.
package enum ClassLoss: String, Sendable, CaseIterable {
    /// Independent attributes.
    case sigmoid
    /// Exactly one class an image.
    case softmax
}

extension Command {
    /// A loss of a map, times `factor`; its value goes to `value`, its gradient times `weight` to
    /// `gradient`.
    static func loss(
        _ kind: LossKind,
        of source: Tensor,
        value: Tensor,
        gradient: Tensor?,
        weight: Float,
        factor: Float = 1,
        constantTarget: Float = 0,
        target: Tensor? = nil
    ) -> Command {
        var command = Command(.loss, stage: .error)
        command.lossKind = kind
        command.operands[.source] = source
        command.operands[.lossValue] = value
        command.operands[.destination] = gradient
        command.operands[.target] = target
        command.scalars[0] = factor
        command.scalars[1] = factor * weight
        command.scalars[2] = constantTarget
        return command
    }

    /// The adversarial loss of judgements that should say `isReal`.
    static func adversarial(
        _ loss: AdversarialLoss,
        of source: Tensor,
        isReal: Bool,
        value: Tensor,
        gradient: Tensor,
        weight: Float = 1
    ) -> Command {
        switch loss {
        case .leastSquares:
            .loss(
                .leastSquares,
                of: source,
                value: value,
                gradient: gradient,
                weight: weight,
                constantTarget: isReal ? 1 : 0
            )
        case .wassersteinGradientPenalty:
            .loss(
                .mean,
                of: source,
                value: value,
                gradient: gradient,
                weight: weight,
                factor: isReal ? -1 : 1
            )
        }
    }

    /// A constant in every place of a tensor.
    static func fill(_ tensor: Tensor, _ value: Float) -> Command {
        var command = Command(.fill, stage: .error)
        command.operands[.destination] = tensor
        command.scalars[0] = value
        return command
    }

    /// Channels of a source (and labels behind them) as a map or image.
    static func compose(_ source: Tensor, labels: Tensor?, to destination: Tensor) -> Command {
        var command = Command(.compose, stage: .forward)
        command.operands[.source] = source
        command.operands[.labels] = labels
        command.operands[.destination] = destination
        return command
    }
}
