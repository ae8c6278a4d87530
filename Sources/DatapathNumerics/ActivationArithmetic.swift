public import AcceleratorISA

extension Activation {
    /// The function's value in fp32; the datapath stores it through ``quantized(_:)``.
    public func value(at input: Float) -> Float {
        switch kind {
        case .identity: input
        case .relu: input > 0 ? input : 0
        case .leakyRelu: input > 0 ? input : slope * input
        case .tanh: OrderedMath.tanh(input)
        }
    }

    /// The derivative that an epilogue multiplies by, in fp32.
    ///
    /// `mask` is the function's input or output, which have one sign; of tanh it is the output.
    public func derivative(at mask: Float) -> Float {
        switch kind {
        case .identity: 1
        case .relu: mask > 0 ? 1 : 0
        case .leakyRelu: mask > 0 ? 1 : slope
        case .tanh: 1 - mask * mask
        }
    }
}

/// The arithmetic of instance-norm statistics, for one image and channel.
public enum NormArithmetic {
    /// Mean and inverse deviation of n values from their sum and the sum of their squares.
    ///
    /// mean = sum / n; variance = squares / n - mean * mean, at least 0; the inverse deviation is
    /// 1 / sqrt(variance + epsilon).
    public static func moments(
        sum: Float,
        sumOfSquares: Float,
        count: Int,
        epsilon: Float
    ) -> (mean: Float, inverseDeviation: Float) {
        let n = Float(count)
        let mean = sum / n
        let difference = sumOfSquares / n - mean * mean
        let variance = difference < 0 ? 0 : difference
        return (mean, 1 / (variance + epsilon).squareRoot())
    }
}
