import Glibc
import ModelGraph

extension DoubleNetwork {
    /// Gradients by parameter name.
    typealias Gradients = [String: [Double]]

    /// Adds the gradients of a pass to `gradients`, given the errors of the outputs in their order;
    /// returns the error of the input.
    func backward(
        _ trace: Trace,
        errors: [DoubleMap],
        adding gradients: inout Gradients
    ) -> DoubleMap {
        var networkError = DoubleMap(trace.input.shape)
        var valueErrors = trace.values.map { DoubleMap($0.shape) }
        for (output, error) in zip(graph.outputs, errors) {
            valueErrors[output] = valueErrors[output] + error
        }
        for index in graph.units.indices.reversed() {
            let unit = graph.units[index]
            var contributions = unit.residual.map { [($0, valueErrors[index])] } ?? []
            var error = valueErrors[index].masked(by: trace.normalized[index], unit.activation)
            if unit.normalization != nil {
                error = normBackward(unit, trace.convolved[index], error, &gradients)
            }
            let inputError = convolutionBackward(unit, trace.read(by: unit), error, &gradients)
            var first = 0
            for source in unit.convolved {
                let value = trace.value(source)
                let channels = first..<first + value.shape.channels
                first = channels.upperBound
                let part = inputError.channels(channels).masked(by: value, unit.sourceActivation)
                contributions.append((source, part))
            }
            for (place, contribution) in contributions {
                switch place {
                case .input: networkError = networkError + contribution
                case .unit(let other): valueErrors[other] = valueErrors[other] + contribution
                }
            }
        }
        return networkError
    }

    private func convolutionBackward(
        _ unit: ConvolutionUnit,
        _ input: DoubleMap,
        _ error: DoubleMap,
        _ gradients: inout Gradients
    ) -> DoubleMap {
        let taps = TapRows(unit.convolution, input.shape)
        let weights = parameters[unit.parameterNames.weight] ?? []
        let source = taps.padded(input)
        let output =
            unit.convolution.isTransposed
            ? error.padded(unit.convolution.padding, .zeros) : error
        var inputError = DoubleMap(source.shape)
        var weightGradient = [Double](repeating: 0, count: weights.count)
        inputError.values.withUnsafeMutableBufferPointer { inputError in
            source.values.withUnsafeBufferPointer { source in
                output.values.withUnsafeBufferPointer { error in
                    taps.forEach { row in
                        let weight = weights[row.weight]
                        var (sum, output, input) = (0.0, row.output, row.input)
                        for _ in 0..<row.count {
                            sum += error[output] * source[input]
                            inputError[input] += error[output] * weight
                            output += row.outputStep
                            input += row.inputStep
                        }
                        weightGradient[row.weight] += sum
                    }
                }
            }
        }
        add(weightGradient, unit.parameterNames.weight, &gradients)
        if let bias = unit.parameterNames.bias { add(error.channelSums, bias, &gradients) }
        return unit.convolution.isTransposed
            ? inputError
            : inputError.folded(unit.convolution.padding, unit.convolution.paddingMode)
    }

    private func normBackward(
        _ unit: ConvolutionUnit,
        _ input: DoubleMap,
        _ error: DoubleMap,
        _ gradients: inout Gradients
    ) -> DoubleMap {
        let epsilon = Double(unit.normalization?.epsilon ?? 0)
        let plain = input.normalized(epsilon: epsilon, scale: nil, shift: nil)
        let products = DoubleMap(error.shape, zip(error.values, plain.values).map { $0 * $1 })
        let (sums, productSums) = (error.channelSums, products.channelSums)
        if let shift = unit.parameterNames.shift { add(sums, shift, &gradients) }
        if let scale = unit.parameterNames.scale { add(productSums, scale, &gradients) }
        let scale = unit.parameterNames.scale.flatMap { parameters[$0] }
        let count = input.shape.pixelCount
        let inverseDeviations = input.inverseDeviations(epsilon: epsilon)
        var result = error
        for place in result.values.indices {
            let channel = place / count
            let mean = sums[channel] / Double(count)
            let slope = productSums[channel] / Double(count)
            result.values[place] =
                (scale?[channel] ?? 1) * inverseDeviations[channel]
                * (error.values[place] - mean - plain.values[place] * slope)
        }
        return result
    }

    private func add(_ gradient: [Double], _ name: String, _ gradients: inout Gradients) {
        gradients[name] = gradients[name].map { zip($0, gradient).map { $0 + $1 } } ?? gradient
    }
}

extension DoubleMap {
    /// Sum of every channel.
    var channelSums: [Double] {
        (0..<shape.channels).map {
            values[$0 * shape.pixelCount..<($0 + 1) * shape.pixelCount].reduce(0, +)
        }
    }

    /// The error times the activation's derivative at `input`.
    fileprivate func masked(
        by input: DoubleMap,
        _ activation: ConvolutionUnit.Activation
    ) -> DoubleMap {
        func derivative(_ x: Double) -> Double {
            switch activation {
            case .none: 1
            case .relu: x > 0 ? 1 : 0
            case .leakyRelu(let slope): x > 0 ? 1 : Double(slope)
            case .tanh: 1 - tanh(x) * tanh(x)
            }
        }
        return DoubleMap(shape, zip(values, input.values).map { $0 * derivative($1) })
    }
}
