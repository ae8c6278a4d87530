import Glibc

/// A loss of a map in double precision, with its gradient.
struct DoubleLoss {
    let value: Double
    let gradient: DoubleMap

    private init(_ map: DoubleMap, _ terms: [(value: Double, slope: Double)], count: Int) {
        value = terms.reduce(0) { $0 + $1.value } / Double(count)
        gradient = DoubleMap(map.shape, terms.map { $0.slope / Double(count) })
    }

    /// Mean squared distance to a constant.
    static func leastSquares(_ map: DoubleMap, to constant: Double) -> DoubleLoss {
        let terms = map.values.map { value in
            let difference = value - constant
            return (value: difference * difference, slope: 2 * difference)
        }
        return DoubleLoss(map, terms, count: map.values.count)
    }

    /// Mean absolute distance to a map.
    static func absoluteDifference(_ map: DoubleMap, to other: DoubleMap) -> DoubleLoss {
        let terms = zip(map.values, other.values).map { value, target in
            (value: abs(value - target), slope: value > target ? 1.0 : value < target ? -1.0 : 0)
        }
        return DoubleLoss(map, terms, count: map.values.count)
    }

    /// Sigmoid cross-entropy, added over classes.
    static func crossEntropy(_ logits: DoubleMap, _ labels: [Double]) -> DoubleLoss {
        let terms = zip(logits.values, labels).map { logit, label in
            (
                value: max(logit, 0) - logit * label + log1p(exp(-abs(logit))),
                slope: 1 / (1 + exp(-logit)) - label
            )
        }
        return DoubleLoss(logits, terms, count: 1)
    }
}

extension DoubleMap {
    /// The map times a number.
    static func * (factor: Double, map: DoubleMap) -> DoubleMap {
        DoubleMap(map.shape, map.values.map { factor * $0 })
    }
}
