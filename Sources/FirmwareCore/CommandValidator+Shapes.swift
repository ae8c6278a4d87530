import AcceleratorISA

// How large operands are: limits first, so that all later arithmetic is safe, then relations.
extension CommandValidator {
    /// Every side and count is within ``Limits``.
    static func checkLimits(of command: Command) throws(CommandFault) {
        var roles = command.roles
        while let role = roles.popFirst() {
            guard let tensor = command.operands[role] else { continue }
            guard isWithinLimits(tensor) else { throw CommandFault(.wrongShape, role) }
        }
    }

    private static func isWithinLimits(_ tensor: Tensor) -> Bool {
        guard tensor.batch >= 1, tensor.channels >= 1, tensor.height >= 1, tensor.width >= 1,
            tensor.channels <= Limits.maximumChannels
        else { return false }
        switch tensor.layout {
        case .map, .image:
            return tensor.batch <= Limits.maximumBatch && tensor.height <= Limits.maximumSide
                && tensor.width <= Limits.maximumSide
        case .vector, .statistics:
            return tensor.batch <= Limits.maximumBatch && tensor.height == 1 && tensor.width == 1
        case .weights, .masterWeights:
            return tensor.batch <= Limits.maximumChannels
                && tensor.height <= Limits.maximumKernel && tensor.width == tensor.height
        }
    }

    /// Shapes agree with one another and with the geometry.
    static func checkShapes(of command: Command) throws(CommandFault) {
        switch command.opcode {
        case .convolution: try checkConvolution(command)
        case .convolutionBackward: try checkConvolutionBackward(command)
        case .elementwise: try checkElementwise(command)
        case .compose: try checkCompose(command)
        case .interpolate: try checkInterpolate(command)
        case .loss: try checkLoss(command)
        case .optimizer: try checkOptimizer(command)
        case .reduce: try checkReduce(command)
        case .fill, .fence: break
        }
    }

    /// The operand of `role`, where present, has the shape of `tensor`.
    private static func check(
        _ role: OperandRole,
        of command: Command,
        isShapedLike tensor: Tensor
    ) throws(CommandFault) {
        guard let operand = command.operands[role] else { return }
        guard operand.batch == tensor.batch, operand.channels == tensor.channels,
            operand.height == tensor.height, operand.width == tensor.width
        else { throw CommandFault(.wrongShape, role) }
    }

    /// The operand of `role`, where present, has `rows` rows of `channels` values.
    private static func check(
        _ role: OperandRole,
        of command: Command,
        hasRows rows: Int,
        channels: Int
    ) throws(CommandFault) {
        guard let operand = command.operands[role] else { return }
        guard operand.batch == rows, operand.channels == channels else {
            throw CommandFault(.wrongShape, role)
        }
    }

    private static func checkPrologue(
        _ command: Command,
        source: Tensor
    ) throws(CommandFault) {
        let channels = source.channels
        try check(.sourceStatistics, of: command, hasRows: source.batch, channels: channels)
        try check(.sourceScale, of: command, hasRows: 1, channels: channels)
        try check(.sourceShift, of: command, hasRows: 1, channels: channels)
        try check(.sourceSkip, of: command, isShapedLike: source)
        try check(.sourceSum, of: command, isShapedLike: source)
        try check(.skipStatistics, of: command, hasRows: source.batch, channels: channels)
        try check(.skipScale, of: command, hasRows: 1, channels: channels)
        try check(.skipShift, of: command, hasRows: 1, channels: channels)
    }

    private static func checkErrorPrologue(
        _ command: Command,
        error: Tensor
    ) throws(CommandFault) {
        let channels = error.channels
        try check(.errorOutput, of: command, isShapedLike: error)
        try check(.errorStatistics, of: command, hasRows: error.batch, channels: channels)
        try check(.errorSums, of: command, hasRows: error.batch, channels: channels)
        try check(.errorScale, of: command, hasRows: 1, channels: channels)
        try check(.errorShift, of: command, hasRows: 1, channels: channels)
    }

    /// What goes with a written map, or with the map an elementwise pass takes statistics of.
    private static func checkEpilogue(
        _ command: Command,
        written: Tensor
    ) throws(CommandFault) {
        let channels = written.channels
        try check(.bias, of: command, hasRows: 1, channels: channels)
        try check(.destinationStatistics, of: command, hasRows: written.batch, channels: channels)
        try check(.destinationSkip, of: command, isShapedLike: written)
        try check(.mask, of: command, isShapedLike: written)
        try check(.maskStatistics, of: command, hasRows: written.batch, channels: channels)
        try check(.maskScale, of: command, hasRows: 1, channels: channels)
        try check(.maskShift, of: command, hasRows: 1, channels: channels)
    }
}

// MARK: - Convolutions

extension CommandValidator {
    private static func checkConvolution(_ command: Command) throws(CommandFault) {
        guard let source = command.operands[.source],
            let destination = command.operands[.destination]
        else { return }
        let isGather = command.geometry.direction == .gather
        try checkPrologue(command, source: source)
        try checkEpilogue(command, written: destination)
        try checkSides(
            command.geometry,
            large: isGather ? source : destination,
            largeRole: isGather ? .source : .destination,
            small: isGather ? destination : source,
            blame: .destination
        )
        try checkKernel(
            .weights,
            of: command,
            outputs: isGather ? destination.channels : source.channels,
            inputs: isGather ? source.channels : destination.channels
        )
    }

    private static func checkConvolutionBackward(_ command: Command) throws(CommandFault) {
        guard let error = command.operands[.error] else { return }
        let geometry = command.geometry
        let isGather = geometry.direction == .gather
        try checkErrorPrologue(command, error: error)
        try check(.biasGradient, of: command, hasRows: 1, channels: error.channels)
        if let source = command.operands[.source] {
            try checkPrologue(command, source: source)
            try check(.destination, of: command, isShapedLike: source)
        }
        if let destination = command.operands[.destination] {
            try checkEpilogue(command, written: destination)
        }
        let inputRole: OperandRole = command.has(.source) ? .source : .destination
        guard let input = command.operands[inputRole] else { return }
        try checkSides(
            geometry,
            large: isGather ? input : error,
            largeRole: isGather ? inputRole : .error,
            small: isGather ? error : input,
            blame: inputRole
        )
        let outputs = isGather ? error.channels : input.channels
        let inputs = isGather ? input.channels : error.channels
        try checkKernel(.weights, of: command, outputs: outputs, inputs: inputs)
        try checkKernel(.weightGradient, of: command, outputs: outputs, inputs: inputs)
    }

    /// The small map belongs to the large one.
    ///
    /// For a scatter any large map does whose small side this is: the output padding follows from
    /// the shape.
    private static func checkSides(
        _ geometry: ConvolutionGeometry,
        large: Tensor,
        largeRole: OperandRole,
        small: Tensor,
        blame role: OperandRole
    ) throws(CommandFault) {
        guard small.batch == large.batch,
            geometry.smallSide(large: large.height) == small.height,
            geometry.smallSide(large: large.width) == small.width
        else { throw CommandFault(.wrongShape, role) }
        guard
            geometry.paddingMode == .zeros
                || (geometry.padding < large.height && geometry.padding < large.width)
        else { throw CommandFault(.wrongGeometry, largeRole) }
    }

    private static func checkKernel(
        _ role: OperandRole,
        of command: Command,
        outputs: Int,
        inputs: Int
    ) throws(CommandFault) {
        guard let weights = command.operands[role] else { return }
        guard weights.batch == outputs, weights.channels == inputs,
            weights.height == command.geometry.kernel, weights.width == command.geometry.kernel
        else { throw CommandFault(.wrongShape, role) }
    }
}

// MARK: - The other commands

extension CommandValidator {
    private static func checkElementwise(_ command: Command) throws(CommandFault) {
        guard let map = command.operands[.source] ?? command.operands[.error] else { return }
        if command.has(.source) {
            try checkPrologue(command, source: map)
        } else {
            try checkErrorPrologue(command, error: map)
        }
        try check(.destination, of: command, isShapedLike: map)
        try checkEpilogue(command, written: map)
    }

    /// Sides agree; the destination may have fewer or more channels than the source, but labels
    /// need room behind the source's.
    private static func checkCompose(_ command: Command) throws(CommandFault) {
        guard let source = command.operands[.source],
            let destination = command.operands[.destination]
        else { return }
        guard destination.batch == source.batch, destination.height == source.height,
            destination.width == source.width
        else { throw CommandFault(.wrongShape, .destination) }
        guard let labels = command.operands[.labels] else { return }
        guard labels.batch == source.batch,
            source.channels + labels.channels <= destination.channels
        else { throw CommandFault(.wrongShape, .labels) }
    }

    private static func checkInterpolate(_ command: Command) throws(CommandFault) {
        guard let source = command.operands[.source], let labels = command.operands[.labels] else {
            return
        }
        try check(.target, of: command, isShapedLike: source)
        try check(.destination, of: command, isShapedLike: source)
        guard labels.batch == source.batch else { throw CommandFault(.wrongShape, .labels) }
    }

    private static func checkLoss(_ command: Command) throws(CommandFault) {
        guard let source = command.operands[.source], let value = command.operands[.lossValue]
        else { return }
        guard value.batch == 1 else { throw CommandFault(.wrongShape, .lossValue) }
        try check(.destination, of: command, isShapedLike: source)
        if takesLabels(command) {
            guard source.height == 1, source.width == 1 else {
                throw CommandFault(.wrongShape, .source)
            }
            try check(.target, of: command, hasRows: source.batch, channels: source.channels)
        } else {
            try check(.target, of: command, isShapedLike: source)
        }
    }

    private static func checkOptimizer(_ command: Command) throws(CommandFault) {
        guard let parameter = command.operands[.parameter] else { return }
        try check(.gradient, of: command, isShapedLike: parameter)
        try check(.firstMoment, of: command, isShapedLike: parameter)
        try check(.secondMoment, of: command, isShapedLike: parameter)
        try check(.workingCopy, of: command, isShapedLike: parameter)
    }

    private static func checkReduce(_ command: Command) throws(CommandFault) {
        guard let source = command.operands[.source] else { return }
        try check(.destination, of: command, hasRows: 1, channels: source.channels)
    }
}
