/// The update rules, one value at a time, every operation rounded on its own.
enum OptimizerArithmetic {
    /// Adam's scalars as the command carries them.
    struct Adam {
        var beta1: Float
        var oneMinusBeta1: Float
        var beta2: Float
        var oneMinusBeta2: Float
        var epsilon: Float
        /// Learning rate / (1 - beta1^t).
        var stepSize: Float
        /// sqrt(1 - beta2^t).
        var correction: Float

        /// One step of one parameter and its two moments.
        func step(_ p: inout Float, m: inout Float, v: inout Float, gradient g: Float) {
            m = beta1 * m + oneMinusBeta1 * g
            v = beta2 * v + oneMinusBeta2 * (g * g)
            let denominator = v.squareRoot() / correction + epsilon
            p = p - stepSize * (m / denominator)
        }
    }

    /// The momentum after a gradient.
    static func momentum(_ m: Float, gradient: Float, factor: Float) -> Float {
        factor * m + gradient
    }

    /// Plain descent.
    static func descend(_ p: inout Float, along direction: Float, rate: Float) {
        p = p - rate * direction
    }
}
