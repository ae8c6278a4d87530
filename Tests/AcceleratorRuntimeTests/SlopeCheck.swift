import ModelGraph

/// Gradients that a device computed, held against finite differences of a loss in double precision.
///
/// Along `g / |g|^2` of its own gradient g a tensor's loss has the slope 1, if g is right. Rounding
/// noise n in g, which is at right angles to the gradient, makes that 1 / (1 + |n|^2 / |g|^2): never
/// more than 1 but for chance. All tensors of a group move at once, so that each counts the same
/// and few losses are to be computed. In networks as small as a test's the noise moves a generator's
/// slope by a tenth either way: hence the means over several runs.
struct SlopeCheck {
    /// Loss of a network, everything else being fixed.
    let loss: (DoubleNetwork) -> Double
    let network: DoubleNetwork
    /// The device's gradients by parameter name.
    let gradients: [String: [Float]]

    /// The mean slope of the named tensors.
    func meanSlope(of names: [String]) -> Double {
        var directions: [String: [Double]] = [:]
        var largest = 0.0
        for name in names {
            let gradient = (gradients[name] ?? []).map(Double.init)
            let square = gradient.reduce(0) { $0 + $1 * $1 }
            guard square > 0 else { return .nan }
            let direction = gradient.map { $0 / square }
            largest = direction.reduce(largest) { max($0, abs($1)) }
            directions[name] = direction
        }
        // Small enough for few kinks of rectifiers and absolute values in between.
        let step = 1e-6 / largest
        let difference =
            loss(network.moved(by: step, along: directions))
            - loss(network.moved(by: -step, along: directions))
        return difference / (2 * step) / Double(names.count)
    }

    /// The mean slopes of `count` groups of the network's trained tensors, in the graph's order.
    func meanSlopes(groups count: Int) -> [Double] {
        let names = network.graph.parameters.map(\.name).filter { gradients[$0] != nil }
        let size = (names.count + count - 1) / count
        return stride(from: 0, to: names.count, by: size).map {
            meanSlope(of: Array(names[$0..<min($0 + size, names.count)]))
        }
    }

    /// Means over several runs, group by group.
    static func means(of runs: [[Double]]) -> [Double] {
        guard let first = runs.first else { return [] }
        return first.indices.map { group in
            runs.reduce(0) { $0 + $1[group] } / Double(runs.count)
        }
    }
}
