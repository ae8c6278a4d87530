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
        var result = DoubleMap(shape.grown(by: 2 * padding, channels: shape.channels))
        for (place, source) in result.sources(padding, mode) {
            result.values[place] = values[source]
        }
        return result
    }

    /// The adjoint of ``padded(_:_:)``: every pixel of the padding is added to the one it shows.
    func folded(_ padding: Int, _ mode: ConvolutionUnit.PaddingMode) -> DoubleMap {
        var result = DoubleMap(shape.grown(by: -2 * padding, channels: shape.channels))
        for (place, source) in sources(padding, mode) { result.values[source] += values[place] }
        return result
    }

    /// For every place of this padded map that shows a pixel: the place and the pixel's.
    private func sources(
        _ padding: Int,
        _ mode: ConvolutionUnit.PaddingMode
    ) -> [(place: Int, source: Int)] {
        let inner = shape.grown(by: -2 * padding, channels: shape.channels)
        func source(_ place: Int, _ extent: Int) -> Int? {
            let inside = place - padding
            if (0..<extent).contains(inside) { return inside }
            guard mode == .reflect else { return nil }
            return inside < 0 ? -inside : 2 * (extent - 1) - inside
        }
        var pairs: [(place: Int, source: Int)] = []
        for channel in 0..<shape.channels {
            for row in 0..<shape.height {
                guard let innerRow = source(row, inner.height) else { continue }
                for column in 0..<shape.width {
                    guard let innerColumn = source(column, inner.width) else { continue }
                    let place = (channel * shape.height + row) * shape.width + column
                    let pixel = (channel * inner.height + innerRow) * inner.width + innerColumn
                    pairs.append((place, pixel))
                }
            }
        }
        return pairs
    }

    /// Instance normalisation with the biased variance, then scale and shift where there are any.
    func normalized(epsilon: Double, scale: [Double]?, shift: [Double]?) -> DoubleMap {
        var result = self
        let (means, inverseDeviations) = (means, inverseDeviations(epsilon: epsilon))
        for (place, value) in values.enumerated() {
            let channel = place / shape.pixelCount
            let factor = (scale?[channel] ?? 1) * inverseDeviations[channel]
            result.values[place] = (value - means[channel]) * factor + (shift?[channel] ?? 0)
        }
        return result
    }

    /// Per channel 1 / sqrt(variance + epsilon), the variance biased.
    func inverseDeviations(epsilon: Double) -> [Double] {
        let means = means
        var squares = self
        for (place, value) in values.enumerated() {
            let difference = value - means[place / shape.pixelCount]
            squares.values[place] = difference * difference
        }
        return squares.means.map { 1 / ($0 + epsilon).squareRoot() }
    }

    /// Mean of every channel.
    var means: [Double] { channelSums.map { $0 / Double(shape.pixelCount) } }

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
}

extension [DoubleMap] {
    /// The channels of all maps in one; there is at least one map, and they are of one size.
    func joined() -> DoubleMap {
        let first = self[0].shape
        let channels = reduce(0) { $0 + $1.shape.channels }
        return DoubleMap(first.grown(by: 0, channels: channels), flatMap(\.values))
    }
}

extension DoubleMap {
    /// The channels `range`.
    func channels(_ range: Range<Int>) -> DoubleMap {
        let count = shape.pixelCount
        return DoubleMap(
            shape.grown(by: 0, channels: range.count),
            Array(values[range.lowerBound * count..<range.upperBound * count])
        )
    }
}
