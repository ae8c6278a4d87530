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

extension ParameterSet {
    /// Fresh parameters as the release of CycleGAN and pix2pix initialises its networks.
    ///
    /// Weights of convolutions are normal with a deviation of 0.02, scales of norms the same
    /// around 1; biases and shifts are 0. Streams are those of
    /// ``init(initializing:seed:stream:)``, and so is the independence of the host.
    package init(initializingNormal graph: NetworkGraph, seed: UInt64, stream: String) {
        let deviation: Float = 0.02
        let entries = graph.parameters.map { parameter in
            var random = CounterRandom(seed: seed, stream: stream + parameter.name)
            let values = (0..<parameter.elementCount).map { _ -> Float in
                switch parameter.role {
                case .weight: deviation * random.normal()
                case .scale: 1 + deviation * random.normal()
                case .bias, .shift: 0
                }
            }
            return Entry(name: parameter.name, shape: parameter.shape, values: values)
        }
        self.init(valid: entries)
    }
}

extension CounterRandom {
    /// A number that is normal with mean 0 and variance 1, cut at 6.
    ///
    /// The sum of 12 uniform ones less 6: unlike logarithms and cosines, sums are the same on
    /// every host.
    fileprivate mutating func normal() -> Float {
        (0..<12).reduce(Float(-6)) { sum, _ in sum + uniform() }
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
