import ModelGraph
import Testing

/// A network's gradients from a device against those in double precision.
struct GradientComparison {
    /// |got - want| / |want|, by parameter name.
    let distances: [String: Double]

    /// Compares the gradients of the named parameters, which must all be there.
    init(
        _ got: [String: [Float]],
        _ want: DoubleNetwork.Gradients,
        names: [String]
    ) throws {
        var distances: [String: Double] = [:]
        for name in names {
            let (a, b) = (try #require(got[name]), try #require(want[name]))
            #expect(a.count == b.count, "\(name)")
            var (difference, square) = (0.0, 0.0)
            for (x, y) in zip(a, b) {
                difference += (Double(x) - y) * (Double(x) - y)
                square += y * y
            }
            distances[name] = (difference / square).squareRoot()
        }
        self.distances = distances
    }

    /// Root of the mean square of all distances: each tensor counts the same.
    var typicalDistance: Double {
        (distances.values.reduce(0) { $0 + $1 * $1 } / Double(distances.count)).squareRoot()
    }
}

/// How far gradients in double precision are from finite differences of their loss, as a part of
/// the slope; along one random direction of all parameters of all networks.
func slopeError(
    of networks: [DoubleNetwork],
    _ gradients: [DoubleNetwork.Gradients],
    loss: ([DoubleNetwork]) -> Double
) -> Double {
    var random = CounterRandom(seed: 1, stream: "direction")
    var slope = 0.0
    let directions = zip(networks, gradients).map { network, gradients in
        var directions: [String: [Double]] = [:]
        for (name, values) in network.parameters.sorted(by: { $0.key < $1.key }) {
            let direction = values.map { _ in Double(random.uniform()) - 0.5 }
            directions[name] = direction
            slope += zip(direction, gradients[name] ?? []).reduce(0) { $0 + $1.0 * $1.1 }
        }
        return directions
    }
    let step = 1e-7
    func moved(by amount: Double) -> Double {
        loss(zip(networks, directions).map { $0.moved(by: amount, along: $1) })
    }
    return abs((moved(by: step) - moved(by: -step)) / (2 * step) / slope - 1)
}
