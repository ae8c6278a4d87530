public import AcceleratorISA

/// The losses' arithmetic as pure functions over rows, shared by every datapath.
///
/// A row is `pixelCount` pixels of 16 bf16 lanes, of which the first `channelCount` hold channels.
/// Reductions go: ``rowSums(_:row:target:constantTarget:pixelCount:channelCount:into:)`` a row,
/// rows added to 16 lane totals in (image, block, row) order, lanes added by ``total(ofLanes:)``.
public enum LossArithmetic {
    /// What a pixel contributes to the sum of a pointwise loss, or to a gradient penalty's norm.
    static func term(_ kind: LossKind, value: Float, target: Float) -> Float {
        switch kind {
        case .absoluteDifference: return (value - target).magnitude
        case .leastSquares:
            let difference = value - target
            return difference * difference
        case .mean: return value
        case .gradientPenalty: return value * value
        case .sigmoidCrossEntropy, .softmaxCrossEntropy: return 0
        }
    }

    /// Writes the sums of a row's terms, x ascending from +0, to 16 lanes; lanes past the channels
    /// get +0.
    ///
    /// Kinds: absoluteDifference, leastSquares, mean, and gradientPenalty (terms: the squares).
    /// Without `target` the pixels are compared with `constantTarget`.
    public static func rowSums(
        _ kind: LossKind,
        row: UnsafePointer<UInt16>,
        target: UnsafePointer<UInt16>?,
        constantTarget: Float,
        pixelCount: Int,
        channelCount: Int,
        into sums: UnsafeMutablePointer<Float>
    ) {
        for lane in 0..<laneCount {
            var sum: Float = 0
            if lane < channelCount {
                for x in 0..<pixelCount {
                    let index = x * laneCount + lane
                    let t = targetValue(target, constantTarget, index)
                    let v = BFloat16(bitPattern: row[index]).float
                    sum = sum + term(kind, value: v, target: t)
                }
            }
            sums[lane] = sum
        }
    }

    private static func targetValue(
        _ target: UnsafePointer<UInt16>?,
        _ constantTarget: Float,
        _ index: Int
    ) -> Float {
        guard let target else { return constantTarget }
        return BFloat16(bitPattern: target[index]).float
    }

    /// Lanes 0 to 15 added in order to +0.
    public static func total(ofLanes lanes: UnsafePointer<Float>) -> Float {
        var total: Float = 0
        for lane in 0..<laneCount { total = total + lanes[lane] }
        return total
    }

    /// The factor of a pointwise gradient: of the sign, of v - t, or the gradient itself.
    ///
    /// `count` is the number of (image, channel, pixel), `scale` the command's scalars[1].
    /// absoluteDifference and mean: 1 / m * scale; leastSquares: 2 / m * scale.
    public static func gradientFactor(_ kind: LossKind, count: Int, scale: Float) -> Float {
        let m = Float(count)
        switch kind {
        case .absoluteDifference: return 1 / m * scale
        case .leastSquares: return 2 / m * scale
        case .mean: return scale / m
        case .sigmoidCrossEntropy, .softmaxCrossEntropy, .gradientPenalty: return 0
        }
    }

    /// Writes a row of the gradient; lanes past the channels get +0.
    ///
    /// `factor` is ``gradientFactor(_:count:scale:)``'s, or for gradientPenalty
    /// ``penaltyFactor(norm:batch:scale:)``'s. `gradient` may be `row` itself.
    public static func gradientRow(
        _ kind: LossKind,
        factor: Float,
        row: UnsafePointer<UInt16>,
        target: UnsafePointer<UInt16>?,
        constantTarget: Float,
        pixelCount: Int,
        channelCount: Int,
        into gradient: UnsafeMutablePointer<UInt16>
    ) {
        for x in 0..<pixelCount {
            for lane in 0..<laneCount {
                let index = x * laneCount + lane
                let t = targetValue(target, constantTarget, index)
                let v = BFloat16(bitPattern: row[index]).float
                let value = lane < channelCount ? derivative(kind, factor, value: v, target: t) : 0
                gradient[index] = quantized(value).bitPattern
            }
        }
    }

    private static func derivative(
        _ kind: LossKind,
        _ factor: Float,
        value: Float,
        target: Float
    ) -> Float {
        switch kind {
        case .absoluteDifference:
            let difference = value - target
            return difference > 0 ? factor : difference < 0 ? -factor : 0
        case .leastSquares: return factor * (value - target)
        case .mean: return factor
        case .gradientPenalty: return value * factor
        case .sigmoidCrossEntropy, .softmaxCrossEntropy: return 0
        }
    }

    /// An image's gradient norm r from the total of its squares.
    public static func penaltyNorm(sumOfSquares: Float) -> Float { sumOfSquares.squareRoot() }

    /// What an image of norm r adds to the penalty before it is divided by the batch: (r - 1)^2.
    public static func penaltyTerm(norm: Float) -> Float {
        let excess = norm - 1
        return excess * excess
    }

    /// What an image's values are multiplied by to give the penalty's gradient:
    /// `scale * 2 * (r - 1) / (batch * r)`, 0 where r is 0.
    public static func penaltyFactor(norm: Float, batch: Int, scale: Float) -> Float {
        guard norm != 0 else { return 0 }
        let numerator = scale * 2 * (norm - 1)
        return numerator / (Float(batch) * norm)
    }
}
