extension ParameterSet {
    /// Fresh parameters, distributed as PyTorch's modules initialise theirs.
    ///
    /// Weights and biases of a convolution: uniform in ±1/√fanIn, where fanIn is the weight's
    /// second extent times the kernel's area (for a transposed convolution the second extent is
    /// the output channels, as in PyTorch). Norms: scale 1, shift 0. Each parameter has its own
    /// random stream, `stream` with the parameter's name appended, so the values depend on
    /// nothing but the seed and names: the same bits on every host.
    package init(initializing graph: NetworkGraph, seed: UInt64, stream: String) {
        let entries = graph.parameters.map { parameter in
            var values = InitialValues(of: parameter, in: graph, seed: seed, stream: stream)
            return Entry(
                name: parameter.name,
                shape: parameter.shape,
                values: values.next(parameter.elementCount)
            )
        }
        self.init(valid: entries)
    }
}

/// The fresh values of one parameter, in its order, as many at a time as wanted.
package struct InitialValues: Sendable {
    private let role: NetworkGraph.Parameter.Role
    private let bound: Float
    private var random: CounterRandom

    /// The values that ``ParameterSet/init(initializing:seed:stream:)`` gives the parameter.
    package init(
        of parameter: NetworkGraph.Parameter,
        in graph: NetworkGraph,
        seed: UInt64,
        stream: String
    ) {
        let weightShape = graph.units[parameter.unitIndex].convolution.weightShape
        let fanIn = weightShape.dropFirst().reduce(1, *)
        role = parameter.role
        bound = 1 / Float(fanIn).squareRoot()
        random = CounterRandom(seed: seed, stream: stream + parameter.name)
    }

    /// The next `count` values.
    package mutating func next(_ count: Int) -> [Float] {
        switch role {
        case .scale: return Array(repeating: 1, count: count)
        case .shift: return Array(repeating: 0, count: count)
        case .weight, .bias:
            return (0..<count).map { _ in random.uniform() * (2 * bound) - bound }
        }
    }
}
