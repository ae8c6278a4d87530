import AcceleratorISA

/// Commands of one layer, shaped by few numbers.
struct TestLayer {
    var kernel = 3
    var stride = 1
    var padding = 1
    var paddingMode = PaddingMode.zeros
    var inputs = 64
    var outputs = 64
    var side = 128
    var batch = 1

    private var geometry: ConvolutionGeometry {
        ConvolutionGeometry(
            kernel: kernel,
            stride: stride,
            padding: padding,
            paddingMode: paddingMode
        )
    }

    private func map(_ channels: Int, _ side: Int, _ kind: TensorKind = .featureMap) -> Tensor {
        Tensor(
            address: 0,
            batch: batch,
            channels: channels,
            height: side,
            width: side,
            layout: .map,
            kind: kind
        )
    }

    private func weights(_ layout: TensorLayout, _ kind: TensorKind) -> Tensor {
        Tensor(
            address: 0,
            batch: outputs,
            channels: inputs,
            height: kernel,
            width: kernel,
            layout: layout,
            kind: kind
        )
    }

    /// The forward pass.
    var forward: Command {
        var command = Command(.convolution, stage: .forward)
        command.geometry = geometry
        command.operands[.source] = map(inputs, side)
        command.operands[.weights] = weights(.weights, .weight)
        command.operands[.destination] = map(outputs, geometry.smallSide(large: side))
        return command
    }

    /// EP, WG or both.
    func backward(error: Bool = true, gradient: Bool = true) -> Command {
        var command = Command(.convolutionBackward, stage: .error)
        command.geometry = geometry
        command.operands[.error] = map(outputs, geometry.smallSide(large: side), .error)
        if error {
            command.operands[.weights] = weights(.weights, .weight)
            command.operands[.destination] = map(inputs, side, .error)
        }
        if gradient {
            command.operands[.source] = map(inputs, side)
            command.operands[.weightGradient] = weights(.masterWeights, .gradient)
        }
        return command
    }

    /// Adam over the weights.
    var update: Command {
        var command = Command(.optimizer, stage: .update)
        for role: OperandRole in [.parameter, .gradient, .firstMoment, .secondMoment] {
            command.operands[role] = weights(.masterWeights, .optimizerState)
        }
        command.operands[.workingCopy] = weights(.weights, .weight)
        for (lane, scalar) in [0.5, 0.5, 0.999, 0.001, 1e-8, 1e-4, 0.1].enumerated() {
            command.scalars[lane] = Float(scalar)
        }
        return command
    }
}
