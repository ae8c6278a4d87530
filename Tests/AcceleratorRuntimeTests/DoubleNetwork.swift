import ModelGraph

/// A network in double precision, straight from the definitions: nothing but forward.
struct DoubleNetwork {
    let graph: NetworkGraph
    /// Values by parameter name, in PyTorch's order.
    var parameters: [String: [Double]]

    init(_ graph: NetworkGraph, _ parameters: ParameterSet) {
        self.graph = graph
        self.parameters = [:]
        for entry in parameters.entries {
            self.parameters[entry.name] = entry.values.map(Double.init)
        }
    }

    /// The outputs' values for an image.
    func callAsFunction(_ input: DoubleMap) -> [DoubleMap] {
        var values: [DoubleMap] = []
        func value(_ source: ConvolutionUnit.Source) -> DoubleMap {
            if case .unit(let index) = source { values[index] } else { input }
        }
        for unit in graph.units {
            var map = convolve(value(unit.source), unit)
            if let norm = unit.normalization {
                map = map.normalized(
                    epsilon: Double(norm.epsilon),
                    scale: unit.parameterNames.scale.flatMap { parameters[$0] },
                    shift: unit.parameterNames.shift.flatMap { parameters[$0] }
                )
            }
            map = map.activated(unit.activation)
            values.append(unit.residual.map { map + value($0) } ?? map)
        }
        return graph.outputs.map { values[$0] }
    }

    /// The same network with parameters moved: each named one by `amount` times its direction.
    func moved(by amount: Double, along directions: [String: [Double]]) -> DoubleNetwork {
        var result = self
        for (name, direction) in directions {
            result.parameters[name] = zip(parameters[name] ?? [], direction).map {
                $0 + amount * $1
            }
        }
        return result
    }

    // MARK: Convolution

    private func convolve(_ input: DoubleMap, _ unit: ConvolutionUnit) -> DoubleMap {
        let shape = FeatureMapShape(
            channels: unit.convolution.outputChannels,
            height: unit.convolution.outputExtent(input.shape.height),
            width: unit.convolution.outputExtent(input.shape.width)
        )
        let weights = parameters[unit.parameterNames.weight] ?? []
        var output =
            unit.convolution.isTransposed
            ? scattered(input, shape, weights, unit.convolution)
            : gathered(input, shape, weights, unit.convolution)
        guard let bias = unit.parameterNames.bias.flatMap({ parameters[$0] }) else { return output }
        for place in output.values.indices {
            output.values[place] += bias[place / shape.pixelCount]
        }
        return output
    }

    private func gathered(
        _ input: DoubleMap,
        _ shape: FeatureMapShape,
        _ weights: [Double],
        _ convolution: ConvolutionUnit.Convolution
    ) -> DoubleMap {
        let padded = input.padded(convolution.padding, convolution.paddingMode)
        var output = DoubleMap(shape)
        forEachTap(weights, shape.channels, input.shape.channels, convolution.kernel) {
            outputChannel,
            inputChannel,
            tap,
            weight in
            for row in 0..<shape.height {
                let source = padded.index(
                    inputChannel,
                    row * convolution.stride + tap.row,
                    tap.column
                )
                let target = output.index(outputChannel, row, 0)
                for column in 0..<shape.width {
                    output.values[target + column] +=
                        weight * padded.values[source + column * convolution.stride]
                }
            }
        }
        return output
    }

    private func scattered(
        _ input: DoubleMap,
        _ shape: FeatureMapShape,
        _ weights: [Double],
        _ convolution: ConvolutionUnit.Convolution
    ) -> DoubleMap {
        var output = DoubleMap(shape)
        forEachTap(weights, input.shape.channels, shape.channels, convolution.kernel) {
            inputChannel,
            outputChannel,
            tap,
            weight in
            for row in 0..<input.shape.height {
                let targetRow = row * convolution.stride + tap.row - convolution.padding
                guard (0..<shape.height).contains(targetRow) else { continue }
                for column in 0..<input.shape.width {
                    let target = column * convolution.stride + tap.column - convolution.padding
                    guard (0..<shape.width).contains(target) else { continue }
                    output.values[output.index(outputChannel, targetRow, target)] +=
                        weight * input.values[input.index(inputChannel, row, column)]
                }
            }
        }
        return output
    }

    /// Every weight of a tensor of `outer` times `inner` kernels, with its place in the kernel.
    private func forEachTap(
        _ weights: [Double],
        _ outer: Int,
        _ inner: Int,
        _ kernel: Int,
        _ body: (Int, Int, (row: Int, column: Int), Double) -> Void
    ) {
        for one in 0..<outer {
            for other in 0..<inner {
                for row in 0..<kernel {
                    for column in 0..<kernel {
                        let place = ((one * inner + other) * kernel + row) * kernel + column
                        body(one, other, (row, column), weights[place])
                    }
                }
            }
        }
    }
}
