import AcceleratorDriver
import AcceleratorISA
import ModelGraph
import RetrainingCompiler

extension ParityRunner {
    /// A convolution or transposed convolution, forward and backward.
    func convolution(
        _ parityCase: ParityCase,
        isTransposed: Bool
    ) async throws(RetrainingError) -> [String: [Float]] {
        let geometry = try geometry(parityCase, isTransposed)
        let input = try parityCase.inputMap("input")
        let weight = try parityCase.inputMap("weight")
        let error = try parityCase.inputMap("grad_output")
        let bias = try parityCase.optionalInput("bias")
        var layout = DeviceLayout(capacity: accelerator.capabilities.dramByteCount)
        let source = try place(&layout, .map, input.shape)
        let weights = try place(&layout, .masterWeights, weight.shape)
        var working = weights
        working = try place(&layout, .weights, weight.shape)
        let errors = try place(&layout, .map, error.shape)
        let output = try place(&layout, .map, error.shape)
        let inputErrors = try place(&layout, .map, input.shape)
        let gradient = try place(&layout, .masterWeights, weight.shape)
        let channels = error.shape[1]
        let biases = try place(&layout, .vector, [1, channels])
        let biasGradient = try place(&layout, .vector, [1, channels])
        try await write(input.values, to: source)
        try await write(weight.values, to: weights)
        try await write(error.values, to: errors)
        if let bias { try await write(bias.values, to: biases) }

        var store = Command(.optimizer, stage: .update)
        store.operands[.parameter] = weights
        store.operands[.workingCopy] = working
        var forward = Command(.convolution, stage: .forward)
        forward.geometry = geometry
        forward.operands[.source] = source
        forward.operands[.weights] = working
        forward.operands[.destination] = output
        if bias != nil { forward.operands[.bias] = biases }
        var backward = Command(.convolutionBackward, stage: .error)
        backward.geometry = geometry
        backward.operands[.source] = source
        backward.operands[.error] = errors
        backward.operands[.weights] = working
        backward.operands[.destination] = inputErrors
        backward.operands[.weightGradient] = gradient
        backward.operands[.biasGradient] = biasGradient
        try await accelerator.run([store, forward, backward])
        return [
            "output": try await accelerator.values(of: output),
            "grad_input": try await accelerator.values(of: inputErrors),
            "grad_weight": try await accelerator.values(of: gradient),
            "grad_bias": try await accelerator.values(of: biasGradient),
        ]
    }

    private func geometry(
        _ parityCase: ParityCase,
        _ isTransposed: Bool
    ) throws(RetrainingError) -> ConvolutionGeometry {
        let weight = try parityCase.inputMap("weight")
        return try read { () throws(JSONError) in
            let fields = parityCase.fields
            return ConvolutionGeometry(
                kernel: weight.shape[2],
                stride: try fields["stride"].integer(in: 1...16),
                padding: try fields["padding"].integer(in: 0...16),
                paddingMode: try fields["paddingMode"].string() == "reflect" ? .reflect : .zeros,
                direction: isTransposed ? .scatter : .gather
            )
        }
    }

    /// An instance norm, forward and backward, as passes of their own.
    func instanceNorm(_ parityCase: ParityCase) async throws(RetrainingError) -> [String: [Float]] {
        let input = try parityCase.input("input")
        let error = try parityCase.input("grad_output")
        let gamma = try parityCase.optionalInput("gamma")
        let beta = try parityCase.optionalInput("beta")
        let vectorShape = Array(input.shape.prefix(2))
        let parameterShape = [1, vectorShape.last ?? 0]
        var layout = DeviceLayout(capacity: accelerator.capabilities.dramByteCount)
        let source = try place(&layout, .map, input.shape)
        let errors = try place(&layout, .map, input.shape)
        let output = try place(&layout, .map, input.shape)
        let inputErrors = try place(&layout, .map, input.shape)
        let statistics = try place(&layout, .statistics, vectorShape)
        let sums = try place(&layout, .statistics, vectorShape)
        let scale = try place(&layout, .vector, parameterShape)
        let shift = try place(&layout, .vector, parameterShape)
        let scaleGradient = try place(&layout, .vector, parameterShape)
        let shiftGradient = try place(&layout, .vector, parameterShape)
        try await write(input.values, to: source)
        try await write(error.values, to: errors)
        if let gamma { try await write(gamma.values, to: scale) }
        if let beta { try await write(beta.values, to: shift) }
        let epsilon = try read { () throws(JSONError) in
            Float(try parityCase.fields["epsilon"].number())
        }
        let moments = moments(of: source, epsilon: epsilon, to: statistics)
        var apply = Command(.elementwise, stage: .forward)
        apply.operands[.source] = source
        apply.operands[.sourceStatistics] = statistics
        apply.operands[.destination] = output
        var errorSums = Command(.elementwise, stage: .error)
        errorSums.operands[.error] = errors
        errorSums.operands[.mask] = source
        errorSums.operands[.maskStatistics] = statistics
        errorSums.operands[.destinationStatistics] = sums
        errorSums.statistics = .errorSums
        var backward = Command(.elementwise, stage: .error)
        backward.operands[.error] = errors
        backward.operands[.errorOutput] = source
        backward.operands[.errorStatistics] = statistics
        backward.operands[.errorSums] = sums
        backward.operands[.destination] = inputErrors
        if gamma != nil {
            apply.operands[.sourceScale] = scale
            apply.operands[.sourceShift] = shift
            backward.operands[.errorScale] = scale
        }
        let reductions = [
            reduction(of: sums, half: 0, to: shiftGradient),
            reduction(of: sums, half: 1, to: scaleGradient),
        ]
        try await accelerator.run([moments, apply, errorSums, backward] + reductions)
        return [
            "output": try await accelerator.values(of: output),
            "grad_input": try await accelerator.values(of: inputErrors),
            "grad_gamma": try await accelerator.values(of: scaleGradient),
            "grad_beta": try await accelerator.values(of: shiftGradient),
        ]
    }

    private func moments(of source: Tensor, epsilon: Float, to statistics: Tensor) -> Command {
        var moments = Command(.elementwise, stage: .forward)
        moments.operands[.source] = source
        moments.operands[.destinationStatistics] = statistics
        moments.statistics = .moments
        moments.scalars[0] = epsilon
        return moments
    }

    private func reduction(of sums: Tensor, half: Float, to vector: Tensor) -> Command {
        var reduce = Command(.reduce, stage: .weightGradient)
        reduce.operands[.source] = sums
        reduce.operands[.destination] = vector
        reduce.scalars[0] = half
        return reduce
    }

    /// Some steps of Adam over a vector.
    func adam(_ parityCase: ParityCase) async throws(RetrainingError) -> [String: [Float]] {
        let fields = parityCase.fields
        let rule = try read { () throws(JSONError) in
            AdamRule(
                learningRate: try fields["learningRate"].number(),
                beta1: try fields["beta1"].number(),
                beta2: try fields["beta2"].number(),
                epsilon: try fields["epsilon"].number()
            )
        }
        let steps = try read { () throws(JSONError) in
            try fields["steps"].integer(in: 1...1_000_000)
        }
        let parameter = try parityCase.input("parameter")
        let shape = [1, parameter.values.count]
        var layout = DeviceLayout(capacity: accelerator.capabilities.dramByteCount)
        let values = try place(&layout, .vector, shape)
        let gradient = try place(&layout, .vector, shape)
        let moments = (try place(&layout, .vector, shape), try place(&layout, .vector, shape))
        let zeros = [Float](repeating: 0, count: parameter.values.count)
        try await write(parameter.values, to: values)
        try await write(zeros, to: moments.0)
        try await write(zeros, to: moments.1)
        for step in 0..<steps {
            try await write(try parityCase.input("gradient.\(step)").values, to: gradient)
            var command = Command(.optimizer, stage: .update)
            command.operands[.parameter] = values
            command.operands[.gradient] = gradient
            command.operands[.firstMoment] = moments.0
            command.operands[.secondMoment] = moments.1
            rule.apply(to: &command, step: step + 1)
            try await accelerator.run([command])
        }
        let final = try await accelerator.values(of: values)
        return ["update": zip(final, parameter.values).map { $0 - $1 }]
    }
}
