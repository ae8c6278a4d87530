package import AcceleratorISA
import ModelGraph

/// Adam as PyTorch defines it.
package struct AdamRule: Sendable, Hashable {
    /// Step size.
    package var learningRate: Double
    /// Decay of the first moment.
    package var beta1: Double
    /// Decay of the second moment.
    package var beta2: Double
    /// Added to the denominator.
    package var epsilon: Double

    /// A rule; the defaults are StarGAN's.
    package init(
        learningRate: Double = 1e-4,
        beta1: Double = 0.5,
        beta2: Double = 0.999,
        epsilon: Double = 1e-8
    ) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    /// Sets an optimizer command's scalars for the `step`-th step, counted from 1.
    ///
    /// Powers are repeated products in Double, so that every host computes the same bits.
    package func apply(to command: inout Command, step: Int) {
        let (first, second) = (power(beta1, step), power(beta2, step))
        command.scalars[0] = Float(beta1)
        command.scalars[1] = Float(1 - beta1)
        command.scalars[2] = Float(beta2)
        command.scalars[3] = Float(1 - beta2)
        command.scalars[4] = Float(epsilon)
        command.scalars[5] = Float(learningRate / (1 - first))
        command.scalars[6] = Float((1 - second).squareRoot())
    }

    /// By squaring; `exponent` is at least 0.
    private func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, factor, rest) = (1.0, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return result
    }
}

/// The update rule of a training.
package enum UpdateRule: Sendable, Hashable {
    case adam(AdamRule)
    /// Plain stochastic gradient descent.
    case sgd(learningRate: Double)

    /// Sets an optimizer command's scalars for the `step`-th step, counted from 1.
    package func apply(to command: inout Command, step: Int) {
        switch self {
        case .adam(let rule): rule.apply(to: &command, step: step)
        case .sgd(let rate):
            command.scalars[0] = Float(rate)
            command.scalars[1] = 0
        }
    }

    /// The same rule with another step size.
    package func with(learningRate: Double) -> UpdateRule {
        switch self {
        case .adam(var rule):
            rule.learningRate = learningRate
            return .adam(rule)
        case .sgd: return .sgd(learningRate: learningRate)
        }
    }
}

extension NetworkParameters {
    /// Appends one update of every parameter of a unit that has a gradient, and adds the commands'
    /// places, whose scalars are set for each step, to `places`.
    ///
    /// Updating unit by unit, as the backward pass is done with each, keeps few gradients at once.
    func appendUpdates(
        of unit: Int,
        to builder: inout ProgramBuilder,
        _ gradients: GradientSet,
        kind: OptimizerKind = .adam,
        places: inout [Int]
    ) {
        for tensors in tensors where tensors.parameter.unitIndex == unit {
            guard let gradient = gradients.tensors[tensors.parameter.name],
                let moments = tensors.moments
            else { continue }
            var command = Command(.optimizer, stage: .update)
            command.optimizerKind = kind
            command.operands[.parameter] = tensors.master
            command.operands[.gradient] = gradient
            command.operands[.workingCopy] = tensors.workingCopy
            if kind == .adam {
                command.operands[.firstMoment] = moments.first
                command.operands[.secondMoment] = moments.second
                AdamRule().apply(to: &command, step: 1)
            }
            let layer = LayerReference(graph, unit: unit, pass: StarGANPass.update)
            places.append(
                builder.append(command, "\(tensors.parameter.name) update", layer: layer)
            )
        }
    }
}
