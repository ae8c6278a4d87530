import AcceleratorISA

/// Makes commands whose tensors stand one behind the other in a small device memory.
struct CommandBuilder {
    private var next: UInt64 = 0
    private var id: UInt32 = 0

    mutating func tensor(
        _ layout: TensorLayout,
        _ batch: Int,
        _ channels: Int,
        _ height: Int = 1,
        _ width: Int = 1,
        kind: TensorKind = .featureMap
    ) -> Tensor {
        let tensor = Tensor(
            address: next,
            batch: batch,
            channels: channels,
            height: height,
            width: width,
            layout: layout,
            kind: kind
        )
        let alignment = Limits.tensorAlignment
        next += (tensor.allocatedByteCount + alignment - 1) / alignment * alignment
        return tensor
    }

    mutating func command(_ opcode: Opcode, _ stage: Stage = .forward) -> Command {
        id += 1
        return Command(opcode, stage: stage, id: id)
    }

    /// A convolution with everything that one can have, and statistics as asked.
    mutating func convolution(
        _ geometry: ConvolutionGeometry,
        source: (channels: Int, side: Int),
        destination: (channels: Int, side: Int),
        batch: Int = 2,
        statistics: StatisticsMode = .moments
    ) -> Command {
        var command = command(.convolution)
        command.geometry = geometry
        command.sourceActivation = .relu
        command.statistics = statistics
        command.scalars[0] = 1e-5
        let outputs = geometry.direction == .gather ? destination.channels : source.channels
        let inputs = geometry.direction == .gather ? source.channels : destination.channels
        command.operands[.source] = tensor(.map, batch, source.channels, source.side, source.side)
        addPrologue(to: &command)
        command.operands[.sourceSum] = tensor(
            .map,
            batch,
            source.channels,
            source.side,
            source.side
        )
        command.operands[.weights] = tensor(
            .weights,
            outputs,
            inputs,
            geometry.kernel,
            geometry.kernel,
            kind: .weight
        )
        command.operands[.bias] = tensor(.vector, 1, destination.channels, kind: .weight)
        command.operands[.destination] = tensor(
            .map,
            batch,
            destination.channels,
            destination.side,
            destination.side
        )
        addEpilogue(to: &command, hasMask: statistics == .errorSums)
        return command
    }

    /// A backward pass of everything at once.
    mutating func backward(
        _ geometry: ConvolutionGeometry,
        input: (channels: Int, side: Int),
        output: (channels: Int, side: Int),
        batch: Int = 2
    ) -> Command {
        var command = command(.convolutionBackward, .error)
        command.geometry = geometry
        command.sourceActivation = .relu
        command.statistics = .errorSums
        command.maskActivation = .relu
        let outputs = geometry.direction == .gather ? output.channels : input.channels
        let inputs = geometry.direction == .gather ? input.channels : output.channels
        command.operands[.source] = tensor(.map, batch, input.channels, input.side, input.side)
        addPrologue(to: &command)
        command.operands[.error] = tensor(.map, batch, output.channels, output.side, output.side)
        addErrorPrologue(to: &command)
        command.operands[.weights] = tensor(
            .weights,
            outputs,
            inputs,
            geometry.kernel,
            geometry.kernel,
            kind: .weight
        )
        command.operands[.destination] = tensor(.map, batch, input.channels, input.side, input.side)
        addEpilogue(to: &command, hasMask: true)
        command.operands[.weightGradient] = tensor(
            .masterWeights,
            outputs,
            inputs,
            geometry.kernel,
            geometry.kernel,
            kind: .gradient
        )
        command.operands[.biasGradient] = tensor(.vector, 1, output.channels, kind: .gradient)
        return command
    }

    mutating func elementwise(fromError: Bool) -> Command {
        var command = command(.elementwise, fromError ? .error : .forward)
        let map = tensor(.map, 2, 20, 6, 5)
        if fromError {
            command.operands[.error] = map
            addErrorPrologue(to: &command)
            command.statistics = .errorSums
            command.maskActivation = Activation(.leakyRelu, slope: 0.01)
        } else {
            command.operands[.source] = map
            addPrologue(to: &command)
            command.statistics = .moments
            command.scalars[0] = 1e-5
        }
        command.operands[.destination] = tensor(.map, 2, 20, 6, 5)
        addEpilogue(to: &command, hasMask: fromError)
        return command
    }

    mutating func optimizer(_ kind: OptimizerKind, layout: TensorLayout) -> Command {
        var command = command(.optimizer, .update)
        command.optimizerKind = kind
        let isMaster = layout == .masterWeights
        let shape = isMaster ? (batch: 20, kernel: 3) : (batch: 1, kernel: 1)
        let roles: [OperandRole] =
            kind == .adam
            ? [.parameter, .gradient, .firstMoment, .secondMoment]
            : [.parameter, .gradient, .firstMoment]
        for role in roles {
            command.operands[role] = tensor(layout, shape.batch, 12, shape.kernel, shape.kernel)
        }
        if isMaster {
            command.operands[.workingCopy] = tensor(.weights, shape.batch, 12, 3, 3)
        }
        let values: [Float] = [0.5, 0.5, 0.999, 0.001, 1e-8, 1e-4, 0.5, 0]
        for lane in 0..<8 { command.scalars[lane] = values[lane] }
        return command
    }

    mutating func loss(_ kind: LossKind, target: TensorLayout?, side: Int = 4) -> Command {
        var command = command(.loss)
        command.lossKind = kind
        command.operands[.source] = tensor(.map, 2, 5, side, side)
        command.operands[.destination] = tensor(.map, 2, 5, side, side, kind: .error)
        command.operands[.lossValue] = tensor(.vector, 1, 1, kind: .statistics)
        if let target {
            let side = target == .map ? side : 1
            command.operands[.target] = tensor(target, 2, 5, side, side)
        }
        command.scalars[0] = 1
        command.scalars[1] = 0.5
        return command
    }

    private mutating func addPrologue(to command: inout Command) {
        guard let map = command.operands[.source] else { return }
        command.operands[.sourceStatistics] = tensor(.statistics, map.batch, map.channels)
        command.operands[.sourceScale] = tensor(.vector, 1, map.channels)
        command.operands[.sourceShift] = tensor(.vector, 1, map.channels)
        command.operands[.sourceSkip] = tensor(
            .map,
            map.batch,
            map.channels,
            map.height,
            map.width
        )
        command.skipActivation = .relu
        command.operands[.skipStatistics] = tensor(.statistics, map.batch, map.channels)
        command.operands[.skipScale] = tensor(.vector, 1, map.channels)
        command.operands[.skipShift] = tensor(.vector, 1, map.channels)
    }

    private mutating func addErrorPrologue(to command: inout Command) {
        guard let map = command.operands[.error] else { return }
        command.operands[.errorOutput] = tensor(
            .map,
            map.batch,
            map.channels,
            map.height,
            map.width
        )
        command.operands[.errorStatistics] = tensor(.statistics, map.batch, map.channels)
        command.operands[.errorSums] = tensor(.statistics, map.batch, map.channels)
        command.operands[.errorScale] = tensor(.vector, 1, map.channels)
        command.operands[.errorShift] = tensor(.vector, 1, map.channels)
        command.errorActivation = Activation(.leakyRelu, slope: 0.2)
    }

    private mutating func addEpilogue(to command: inout Command, hasMask: Bool) {
        guard let map = command.operands[.destination] else { return }
        if command.statistics != .none {
            command.operands[.destinationStatistics] = tensor(.statistics, map.batch, map.channels)
        }
        command.operands[.destinationSkip] = tensor(
            .map,
            map.batch,
            map.channels,
            map.height,
            map.width
        )
        guard hasMask else { return }
        command.operands[.mask] = tensor(.map, map.batch, map.channels, map.height, map.width)
        command.operands[.maskStatistics] = tensor(.statistics, map.batch, map.channels)
        command.operands[.maskScale] = tensor(.vector, 1, map.channels)
        command.operands[.maskShift] = tensor(.vector, 1, map.channels)
    }
}
