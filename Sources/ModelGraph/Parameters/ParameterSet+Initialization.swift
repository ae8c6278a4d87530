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
            Entry(
                name: parameter.name,
                shape: parameter.shape,
                values: Self.initialValues(of: parameter, in: graph, seed: seed, stream: stream)
            )
        }
        self.init(valid: entries)
    }

    /// Fresh values of one parameter, as ``init(initializing:seed:stream:)`` makes them.
    package static func initialValues(
        of parameter: NetworkGraph.Parameter,
        in graph: NetworkGraph,
        seed: UInt64,
        stream: String
    ) -> [Float] {
        let weightShape = graph.units[parameter.unitIndex].convolution.weightShape
        let fanIn = weightShape.dropFirst().reduce(1, *)
        return initialValues(
            of: parameter,
            bound: 1 / Float(fanIn).squareRoot(),
            random: CounterRandom(seed: seed, stream: stream + parameter.name)
        )
    }

    private static func initialValues(
        of parameter: NetworkGraph.Parameter,
        bound: Float,
        random: CounterRandom
    ) -> [Float] {
        switch parameter.role {
        case .scale:
            return Array(repeating: 1, count: parameter.elementCount)
        case .shift:
            return Array(repeating: 0, count: parameter.elementCount)
        case .weight, .bias:
            var random = random
            return (0..<parameter.elementCount).map { _ in
                random.uniform() * (2 * bound) - bound
            }
        }
    }
}
