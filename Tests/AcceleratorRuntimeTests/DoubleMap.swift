import Glibc
import ModelGraph

/// A feature map of one image in double precision.
struct DoubleMap {
    var shape: FeatureMapShape
    /// (channel, row, column) in order.
    var values: [Double]

    init(_ shape: FeatureMapShape, _ values: [Double]) {
        self.shape = shape
        self.values = values
    }

    init(_ shape: FeatureMapShape) {
        self.init(shape, Array(repeating: 0, count: shape.channels * shape.pixelCount))
    }

    func index(_ channel: Int, _ row: Int, _ column: Int) -> Int {
        (channel * shape.height + row) * shape.width + column
    }

    /// The map with `labels` behind its channels, each a plane of one value.
    func appending(labels: [Double]) -> DoubleMap {
        let planes = labels.flatMap { Array(repeating: $0, count: shape.pixelCount) }
        return DoubleMap(
            FeatureMapShape(
                channels: shape.channels + labels.count,
                height: shape.height,
                width: shape.width
            ),
            values + planes
        )
    }

    /// The map with `padding` pixels around it.
    func padded(_ padding: Int, _ mode: ConvolutionUnit.PaddingMode) -> DoubleMap {
        guard padding > 0 else { return self }
        var result = DoubleMap(
            FeatureMapShape(
                channels: shape.channels,
                height: shape.height + 2 * padding,
                width: shape.width + 2 * padding
            )
        )
        func source(_ place: Int, _ extent: Int) -> Int? {
            let inside = place - padding
            if (0..<extent).contains(inside) { return inside }
            guard mode == .reflect else { return nil }
            return inside < 0 ? -inside : 2 * (extent - 1) - inside
        }
        for channel in 0..<shape.channels {
            for row in 0..<result.shape.height {
                guard let sourceRow = source(row, shape.height) else { continue }
                for column in 0..<result.shape.width {
                    guard let sourceColumn = source(column, shape.width) else { continue }
                    result.values[result.index(channel, row, column)] =
                        values[index(channel, sourceRow, sourceColumn)]
                }
            }
        }
        return result
    }

    /// Instance normalisation with the biased variance, then scale and shift where there are any.
    func normalized(epsilon: Double, scale: [Double]?, shift: [Double]?) -> DoubleMap {
        var result = self
        let count = shape.pixelCount
        for channel in 0..<shape.channels {
            let plane = channel * count..<(channel + 1) * count
            let mean = values[plane].reduce(0, +) / Double(count)
            let variance =
                values[plane].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
            let factor = (scale?[channel] ?? 1) / (variance + epsilon).squareRoot()
            for place in plane {
                result.values[place] = (values[place] - mean) * factor + (shift?[channel] ?? 0)
            }
        }
        return result
    }

    func activated(_ activation: ConvolutionUnit.Activation) -> DoubleMap {
        switch activation {
        case .none: self
        case .relu: DoubleMap(shape, values.map { max($0, 0) })
        case .leakyRelu(let slope):
            DoubleMap(shape, values.map { $0 > 0 ? $0 : Double(slope) * $0 })
        case .tanh: DoubleMap(shape, values.map { tanh($0) })
        }
    }

    static func + (one: DoubleMap, other: DoubleMap) -> DoubleMap {
        DoubleMap(one.shape, zip(one.values, other.values).map { $0 + $1 })
    }

    /// Mean of a function of every value.
    func mean(_ term: (Double) -> Double) -> Double {
        values.reduce(0) { $0 + term($1) } / Double(values.count)
    }

    /// Mean squared distance to a constant.
    func squaredDistance(to constant: Double) -> Double {
        mean { ($0 - constant) * ($0 - constant) }
    }

    /// Mean absolute distance to another map.
    func absoluteDistance(to other: DoubleMap) -> Double {
        zip(values, other.values).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(values.count)
    }
}
