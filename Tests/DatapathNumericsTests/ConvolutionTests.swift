import AcceleratorISA
import DatapathNumerics
import Testing

@Suite struct ConvolutionTests {
    @Test(arguments: ConvolutionCase.all)
    func forwardAgreesWithTheDefinition(shape: ConvolutionCase) {
        var generator = SeededGenerator(seed: 2)
        let input = generator.values(shape.inputCount)
        let weights = generator.values(shape.weightCount)
        let memory = TestMemory()
        var command = Command(.convolution, stage: .forward)
        command.geometry = shape.geometry
        command.operands[.source] = shape.input(memory, values: input)
        command.operands[.weights] = shape.weights(memory, values: weights)
        let output = shape.output(memory)
        command.operands[.destination] = output
        memory.run(command)

        let exact = DoubleConvolution(shape: shape)
            .forward(input: input.map(Double.init), weights: weights.map(Double.init))
        expectClose(memory.values(of: output), exact, relative: 0x1p-8, absolute: 1e-5)
        expectZeroPadding(output, memory)
    }

    @Test(arguments: ConvolutionCase.all)
    func gradientsAgreeWithFiniteDifferences(shape: ConvolutionCase) {
        var generator = SeededGenerator(seed: 3)
        let input = generator.values(shape.inputCount)
        let weights = generator.values(shape.weightCount)
        let error = generator.values(shape.outputCount)
        let memory = TestMemory()
        let results = backward(shape, input, weights, error, memory)

        let exact = DoubleConvolution(shape: shape)
        let (x, w, e) = (input.map(Double.init), weights.map(Double.init), error.map(Double.init))
        for index in sampledIndices(of: shape.inputCount) {
            let slope = centralDifference(
                of: { exact.objective(input: $0, weights: w, error: e) },
                at: x,
                in: index
            )
            expectClose([results.inputError[index]], [slope], relative: 0x1p-8, absolute: 1e-5)
        }
        for index in sampledIndices(of: shape.weightCount) {
            let slope = centralDifference(
                of: { exact.objective(input: x, weights: $0, error: e) },
                at: w,
                in: index
            )
            expectClose([results.weights[index]], [slope], relative: 1e-5, absolute: 1e-4)
        }
        let channels = shape.isGather ? shape.smallChannels : shape.largeChannels
        let pixels = shape.outputCount / shape.batch / channels
        for channel in 0..<channels {
            let sum = (0..<shape.batch).reduce(0.0) { total, image in
                let first = (image * channels + channel) * pixels
                return total + e[first..<first + pixels].reduce(0, +)
            }
            expectClose([results.bias[channel]], [sum], relative: 1e-5, absolute: 1e-5)
        }
    }

    @Test(arguments: [.relu, Activation(.leakyRelu, slope: 0.25), .tanh])
    func readingThroughAnActivationSavesAPass(activation: Activation) {
        for shape in ConvolutionCase.all {
            var generator = SeededGenerator(seed: 5)
            let input = generator.values(shape.inputCount)
            let weights = generator.values(shape.weightCount)
            let error = generator.values(shape.outputCount)
            let output = generator.values(shape.outputCount)
            let memory = TestMemory()
            var pass = Command(.elementwise, stage: .error)
            pass.operands[.source] = shape.output(memory, values: error)
            pass.operands[.mask] = shape.output(memory, values: output)
            pass.maskActivation = activation
            let delta = shape.output(memory)
            pass.operands[.destination] = delta
            memory.run(pass)
            let masked = memory.values(of: delta)
            #expect(masked != error)

            let apart = backward(shape, input, weights, masked, memory)
            let fused = backward(shape, input, weights, error, memory, (activation, output))
            #expect(fused == apart, "\(shape)")
        }
    }

    private func backward(
        _ shape: ConvolutionCase,
        _ input: [Float],
        _ weights: [Float],
        _ error: [Float],
        _ memory: TestMemory,
        _ mask: (activation: Activation, output: [Float])? = nil
    ) -> (inputError: [Float], weights: [Float], bias: [Float]) {
        var command = Command(.convolutionBackward, stage: .error)
        command.geometry = shape.geometry
        command.operands[.error] = shape.output(memory, values: error)
        if let mask {
            command.errorActivation = mask.activation
            command.operands[.errorOutput] = shape.output(memory, values: mask.output)
        }
        command.operands[.source] = shape.input(memory, values: input)
        command.operands[.weights] = shape.weights(memory, values: weights)
        let inputError = shape.input(memory)
        let weightGradient = shape.weights(memory, .masterWeights)
        let channels = shape.isGather ? shape.smallChannels : shape.largeChannels
        let biasGradient = memory.tensor(.vector, 1, channels)
        command.operands[.destination] = inputError
        command.operands[.weightGradient] = weightGradient
        command.operands[.biasGradient] = biasGradient
        memory.run(command)
        expectZeroPadding(inputError, memory)
        expectZeroPadding(weightGradient, memory)
        expectZeroPadding(biasGradient, memory)
        return (
            memory.values(of: inputError), memory.values(of: weightGradient),
            memory.values(of: biasGradient)
        )
    }

    @Test func aScatteredMapMayHaveRowsThatNoTapReaches() {
        // Kernel 1, stride 2: only even pixels get a product, the rest the epilogue of +0.
        let memory = TestMemory()
        var command = Command(.convolution, stage: .forward)
        command.geometry = ConvolutionGeometry(
            kernel: 1,
            stride: 2,
            padding: 0,
            direction: .scatter
        )
        command.operands[.source] = memory.tensor(.map, 1, 1, 1, 2, values: [3, 5])
        command.operands[.weights] = memory.tensor(.weights, 1, 1, 1, 1, values: [2])
        command.operands[.bias] = memory.tensor(.vector, 1, 1, values: [0.5])
        let output = memory.tensor(.map, 1, 1, 2, 4)
        command.operands[.destination] = output
        memory.run(command)
        #expect(memory.values(of: output) == [6.5, 0.5, 10.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    }

    @Test func accumulatingAddsToTheGradientsInMemory() {
        var generator = SeededGenerator(seed: 4)
        let memory = TestMemory()
        var command = Command(.convolutionBackward, stage: .weightGradient)
        command.geometry = ConvolutionGeometry(kernel: 3, stride: 1, padding: 1)
        command.operands[.error] =
            memory.tensor(.map, 1, 2, 4, 4, values: generator.values(32))
        command.operands[.source] =
            memory.tensor(.map, 1, 2, 4, 4, values: generator.values(32))
        let start = generator.values(36)
        let weights = memory.tensor(.masterWeights, 2, 2, 3, 3)
        let bias = memory.tensor(.vector, 1, 2)
        command.operands[.weightGradient] = weights
        command.operands[.biasGradient] = bias
        memory.run(command)
        let alone = memory.values(of: weights)
        let aloneBias = memory.values(of: bias)

        TensorAccess.pack(start, as: weights, into: memory.bytes(of: weights))
        TensorAccess.pack([7, -3], as: bias, into: memory.bytes(of: bias))
        command.flags = [.accumulates, .accumulatesBias]
        memory.run(command)
        // One image of 4 x 4 is one band: its sum is added to the start in one addition.
        #expect(memory.values(of: weights) == zip(start, alone).map { $0 + $1 })
        expectClose(
            memory.values(of: bias),
            [7 + Double(aloneBias[0]), -3 + Double(aloneBias[1])],
            relative: 1e-6,
            absolute: 0
        )
    }
}

/// Expects values within a tolerance of exact ones.
func expectClose(
    _ values: [Float],
    _ exact: [Double],
    relative: Double,
    absolute: Double,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(values.count == exact.count, sourceLocation: sourceLocation)
    for (index, (value, exact)) in zip(values, exact).enumerated()
    where !(abs(Double(value) - exact) <= relative * abs(exact) + absolute) {
        Issue.record("[\(index)] is \(value), not \(exact)", sourceLocation: sourceLocation)
        return
    }
}

/// Expects everything a tensor stores past its channels to be +0.
func expectZeroPadding(
    _ tensor: Tensor,
    _ memory: TestMemory,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    // What packing the tensor's own values writes has zeros there.
    let bytes = Array(memory.bytes(of: tensor))
    let isClean = TensorAccess.packed(memory.values(of: tensor), as: tensor) == bytes
    #expect(isClean, "padding is not zero", sourceLocation: sourceLocation)
}
