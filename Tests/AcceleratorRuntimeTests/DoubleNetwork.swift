import ModelGraph

/// A network in double precision, straight from the definitions.
struct DoubleNetwork {
    let graph: NetworkGraph
    /// Values by parameter name, in PyTorch's order.
    var parameters: [String: [Double]]

    /// What a forward pass went through, unit by unit.
    struct Trace {
        let input: DoubleMap
        /// Outputs of the convolutions with their biases.
        var convolved: [DoubleMap] = []
        /// Inputs of the activations.
        var normalized: [DoubleMap] = []
        /// What other units read.
        var values: [DoubleMap] = []

        /// The value of a source.
        func value(_ source: ConvolutionUnit.Source) -> DoubleMap {
            if case .unit(let index) = source { values[index] } else { input }
        }

        /// What a unit's convolution reads.
        func read(by unit: ConvolutionUnit) -> DoubleMap {
            unit.convolved.map(value).joined().activated(unit.sourceActivation)
        }
    }

    init(_ graph: NetworkGraph, _ parameters: ParameterSet) {
        self.graph = graph
        self.parameters = [:]
        for entry in parameters.entries {
            self.parameters[entry.name] = entry.values.map(Double.init)
        }
    }

    /// The outputs' values for an image.
    func callAsFunction(_ input: DoubleMap) -> [DoubleMap] {
        let trace = trace(input)
        return graph.outputs.map { trace.values[$0] }
    }

    /// A forward pass over an image.
    func trace(_ input: DoubleMap) -> Trace {
        var trace = Trace(input: input)
        for unit in graph.units {
            let convolved = convolve(trace.read(by: unit), unit)
            var normalized = convolved
            if let norm = unit.normalization {
                normalized = convolved.normalized(
                    epsilon: Double(norm.epsilon),
                    scale: unit.parameterNames.scale.flatMap { parameters[$0] },
                    shift: unit.parameterNames.shift.flatMap { parameters[$0] }
                )
            }
            let activated = normalized.activated(unit.activation)
            let sum = unit.residual.map { activated + trace.value($0) } ?? activated
            trace.convolved.append(convolved)
            trace.normalized.append(normalized)
            trace.values.append(sum)
        }
        return trace
    }

    /// The same network with parameters moved by `amount` times their direction.
    func moved(by amount: Double, along directions: [String: [Double]]) -> DoubleNetwork {
        var result = self
        for (name, direction) in directions {
            result.parameters[name] = zip(parameters[name] ?? [], direction).map {
                $0 + amount * $1
            }
        }
        return result
    }

    private func convolve(_ input: DoubleMap, _ unit: ConvolutionUnit) -> DoubleMap {
        let taps = TapRows(unit.convolution, input.shape)
        let weights = parameters[unit.parameterNames.weight] ?? []
        let source = taps.padded(input)
        var sum = DoubleMap(taps.outputShape)
        sum.values.withUnsafeMutableBufferPointer { sum in
            source.values.withUnsafeBufferPointer { source in
                taps.forEach { row in
                    let weight = weights[row.weight]
                    var (output, input) = (row.output, row.input)
                    for _ in 0..<row.count {
                        sum[output] += weight * source[input]
                        output += row.outputStep
                        input += row.inputStep
                    }
                }
            }
        }
        var output = taps.cropped(sum)
        guard let bias = unit.parameterNames.bias.flatMap({ parameters[$0] }) else { return output }
        let count = output.shape.pixelCount
        for place in output.values.indices { output.values[place] += bias[place / count] }
        return output
    }
}
