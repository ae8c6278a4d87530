import ModelGraph
import Testing

/// A network's gradients from a device against those in double precision, of which the parts are
/// known: one a loss, or one a way that a loss's error takes.
///
/// What a device computes is the sum of the parts and rounding noise. The noise is as large as a
/// part may be (a rounding that flips a rectifier changes everything behind it), but it has little
/// in common with any: fitting the parts to the gradients must give each about the weight 1. A part
/// that is forgotten has the weight 0, one that is counted twice 2.
struct GradientComparison {
    /// |got - want| / |want|, by parameter name.
    let distances: [String: Double]
    /// The parts' weights in what the device computed, every tensor counting the same.
    let weights: [Double]

    /// Compares the gradients of the named parameters, which must all be there.
    init(
        _ got: [String: [Float]],
        parts: [DoubleNetwork.Gradients],
        names: [String]
    ) throws {
        var distances: [String: Double] = [:]
        // Normal equations, the right side in the last column.
        var equations = parts.map { _ in [Double](repeating: 0, count: parts.count + 1) }
        for name in names {
            let gradient = try #require(got[name]).map(Double.init)
            let vectors = parts.map { $0[name] ?? [Double](repeating: 0, count: gradient.count) }
            let want = gradient.indices.map { place in vectors.reduce(0) { $0 + $1[place] } }
            let square = Self.product(want, want)
            let difference = zip(gradient, want).map { $0 - $1 }
            distances[name] = (Self.product(difference, difference) / square).squareRoot()
            for (row, one) in vectors.enumerated() {
                for (column, other) in (vectors + [gradient]).enumerated() {
                    equations[row][column] += Self.product(one, other) / square
                }
            }
        }
        self.distances = distances
        weights = Self.solution(of: equations)
    }

    /// Root of the mean square of all distances.
    var typicalDistance: Double {
        (distances.values.reduce(0) { $0 + $1 * $1 } / Double(distances.count)).squareRoot()
    }

    /// Expects weights that far from 1 at most, and twice that distance, the noise included.
    func expectNear(_ limit: Double, _ name: String) {
        #expect(weights.allSatisfy { abs($0 - 1) < limit }, "\(name): weights \(weights)")
        #expect(typicalDistance < 2 * limit, "\(name): distances \(distances)")
    }

    private static func product(_ one: [Double], _ other: [Double]) -> Double {
        zip(one, other).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// By elimination; the matrix of products is positive definite and needs no pivots.
    private static func solution(of equations: [[Double]]) -> [Double] {
        var rows = equations
        for pivot in rows.indices {
            for row in rows.indices where row != pivot {
                let factor = rows[row][pivot] / rows[pivot][pivot]
                for column in rows[row].indices {
                    rows[row][column] -= factor * rows[pivot][column]
                }
            }
        }
        return rows.indices.map { rows[$0][rows.count] / rows[$0][$0] }
    }
}

/// How far gradients in double precision are from finite differences of their loss, as a part of
/// the slope; along one random direction of all parameters of all networks.
///
/// A network's gradients are given as parts that are added up.
func slopeError(
    of networks: [DoubleNetwork],
    _ gradients: [[DoubleNetwork.Gradients]],
    loss: ([DoubleNetwork]) -> Double
) -> Double {
    var random = CounterRandom(seed: 1, stream: "direction")
    var slope = 0.0
    let directions = zip(networks, gradients).map { network, parts in
        var directions: [String: [Double]] = [:]
        for (name, values) in network.parameters.sorted(by: { $0.key < $1.key }) {
            let direction = values.map { _ in Double(random.uniform()) - 0.5 }
            directions[name] = direction
            for part in parts {
                slope += zip(direction, part[name] ?? []).reduce(0) { $0 + $1.0 * $1.1 }
            }
        }
        return directions
    }
    let step = 1e-7
    func moved(by amount: Double) -> Double {
        loss(zip(networks, directions).map { $0.moved(by: amount, along: $1) })
    }
    return abs((moved(by: step) - moved(by: -step)) / (2 * step) / slope - 1)
}
