import AcceleratorISA

/// What the vector unit does for a command: values that pass it, and fp32 operations on them.
///
/// The unit is a chain as long as a prologue and an epilogue need: a value of a map passes once on
/// the read side, if something is to be done there, and once on the write side, one in each lane a
/// cycle. Padded lanes of a map pass too but cost no operations.
struct VectorWork {
    /// Values that pass, padded lanes included.
    private(set) var values = StageCounts()
    /// Operations: additions, multiplications, comparisons, roundings.
    private(set) var operations = StageCounts()

    /// Operations a value; what has no name here is counted where it is used.
    private enum Cost {
        /// Subtract the mean, multiply by the inverse deviation.
        static let normalization = 2
        static let affine = 2
        static let quantization = 1
        static let addition = 1
        /// `t = e - S1/n - x * (S2/n)`, times scale and inverse deviation, x before it.
        static let errorPrologue = 2 + 1 + 2 + 1
        /// The derivative, the product with it, and its rounding.
        static let derivative = 3
        /// `A += v; B += v * v`.
        static let moments = 3
        /// `S1 += v; S2 += v * x`, x before it.
        static let errorSums = 2 + 3
        /// The ordered approximation of DatapathNumerics.
        static let tanh = 20
        static let adam = 14
        static let sgd = 4
        static let lossValue = 4
        static let lossGradient = 3
        static let interpolation = 4
    }

    /// The work of a valid command.
    init(_ command: Command, bandCount: Int) {
        switch command.opcode {
        case .convolution:
            addPrologue(command, .forward)
            addEpilogue(command, shape: command.operands[.destination], .forward)
        case .convolutionBackward: addBackward(command, bandCount: bandCount)
        case .elementwise:
            addPrologue(command, command.stage)
            if command.operands[.source] == nil { addErrorPrologue(command, command.stage) }
            let shape = command.operands[.source] ?? command.operands[.error]
            addEpilogue(command, shape: shape, command.stage)
        case .compose: add(command.operands[.destination], cost: 0, command.stage)
        case .interpolate:
            add(command.operands[.destination], cost: Cost.interpolation, command.stage)
        case .loss:
            add(command.operands[.source], cost: Cost.lossValue, command.stage)
            add(command.operands[.destination], cost: Cost.lossGradient, command.stage)
        case .optimizer:
            let rule = command.optimizerKind == .adam ? Cost.adam : Cost.sgd
            let cost = command.operands[.gradient] == nil ? Cost.quantization : rule
            let elements = (command.operands[.parameter]?.byteCount ?? 0) / 4
            add(values: Int(elements), operations: Int(elements) * cost, .update)
        case .reduce: add(command.operands[.source], cost: Cost.addition, command.stage)
        case .fill, .fence: break
        }
    }

    private mutating func addBackward(_ command: Command, bandCount: Int) {
        let writesMap = command.operands[.destination] != nil
        addErrorPrologue(command, writesMap ? .error : .weightGradient)
        if let destination = command.operands[.destination] {
            addEpilogue(command, shape: destination, .error)
        }
        if let gradient = command.operands[.weightGradient] {
            addPrologue(command, .weightGradient)
            // Each band's sums are added to the gradient.
            let sums = gradient.batch * gradient.channels * gradient.height * gradient.width
            add(values: sums * bandCount, operations: sums * bandCount, .weightGradient)
        }
        if command.operands[.biasGradient] != nil {
            add(command.operands[.error], cost: Cost.addition, .weightGradient)
        }
    }

    // MARK: Sides

    private mutating func addPrologue(_ command: Command, _ stage: Stage) {
        guard let source = command.operands[.source] else { return }
        var cost = Self.cost(of: command.sourceActivation)
        if command.operands[.sourceStatistics] != nil {
            cost += Cost.normalization + Cost.quantization
        }
        if command.operands[.sourceScale] != nil { cost += Cost.affine }
        if command.operands[.sourceSkip] != nil {
            cost += Cost.addition + Cost.quantization + Self.cost(of: command.skipActivation)
        }
        if command.operands[.skipStatistics] != nil {
            cost += Cost.normalization + Cost.quantization
        }
        if command.operands[.skipScale] != nil { cost += Cost.affine }
        if cost > 0 { add(source, cost: cost, stage) }
    }

    private mutating func addErrorPrologue(_ command: Command, _ stage: Stage) {
        guard let error = command.operands[.error], command.operands[.errorOutput] != nil
        else { return }
        var cost = 0
        if command.operands[.errorStatistics] != nil {
            cost += Cost.errorPrologue + Cost.quantization
        }
        if command.errorActivation.kind != .identity { cost += Cost.derivative }
        if command.operands[.errorShift] != nil { cost += Cost.affine }
        add(error, cost: cost, stage)
    }

    private mutating func addEpilogue(_ command: Command, shape: Tensor?, _ stage: Stage) {
        var cost = Cost.quantization + Self.cost(of: command.destinationActivation)
        if command.operands[.bias] != nil { cost += Cost.addition }
        if command.operands[.destinationSkip] != nil { cost += Cost.addition + Cost.quantization }
        if command.operands[.maskStatistics] != nil { cost += Cost.normalization }
        if command.operands[.maskScale] != nil { cost += Cost.affine }
        if command.maskActivation.kind != .identity { cost += Cost.derivative }
        switch command.statistics {
        case .none: break
        case .moments: cost += Cost.moments
        case .errorSums: cost += Cost.errorSums
        }
        add(shape, cost: cost, stage)
    }

    private static func cost(of activation: Activation) -> Int {
        switch activation.kind {
        case .identity: 0
        case .relu: 1
        case .leakyRelu: 2 + Cost.quantization
        case .tanh: Cost.tanh + Cost.quantization
        }
    }

    // MARK: Adding up

    private mutating func add(_ tensor: Tensor?, cost: Int, _ stage: Stage) {
        guard let tensor else { return }
        let lanes = tensor.layout == .image ? tensor.valueCount : tensor.laneCount
        add(values: lanes, operations: tensor.valueCount * cost, stage)
    }

    private mutating func add(values count: Int, operations: Int, _ stage: Stage) {
        values[stage] &+= UInt64(count)
        self.operations[stage] &+= UInt64(operations)
    }
}
