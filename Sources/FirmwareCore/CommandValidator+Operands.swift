import AcceleratorISA

// Which operands a command has: sets by opcode, then combinations, then layouts.
extension CommandValidator {
    private static let prologue =
        RoleSet(.source) | .sourceStatistics | .sourceScale | .sourceShift | .sourceSkip
        | .skipStatistics | .skipScale | .skipShift
    private static let errorPrologue =
        RoleSet(.error) | .errorOutput | .errorStatistics | .errorScale | .errorShift | .errorSums
    private static let epilogue =
        RoleSet(.destination) | .destinationStatistics | .destinationSkip | .mask
        | .maskStatistics | .maskScale | .maskShift

    /// Every operand that is needed is there, and none that the command does not take.
    static func checkOperandSet(of command: Command) throws(CommandFault) {
        let required: RoleSet
        var optional = RoleSet.none
        switch command.opcode {
        case .convolution:
            required = RoleSet(.source) | .weights | .destination
            optional = prologue | epilogue | .sourceSum | .bias
        case .convolutionBackward:
            required = RoleSet(.error)
            optional =
                prologue | errorPrologue | epilogue | .weights | .weightGradient | .biasGradient
        case .elementwise:
            required = .none
            optional = prologue | errorPrologue | epilogue | .sourceSum
        case .compose:
            required = RoleSet(.source) | .destination
            optional = RoleSet(.labels)
        case .interpolate:
            required = RoleSet(.source) | .destination | .target | .labels
        case .loss:
            required = RoleSet(.source) | .lossValue
            optional = RoleSet(.destination) | .target
        case .optimizer:
            required = RoleSet(.parameter)
            optional = RoleSet(.gradient) | .firstMoment | .secondMoment | .workingCopy
        case .reduce: required = RoleSet(.source) | .destination
        case .fill: required = RoleSet(.destination)
        case .fence: required = .none
        }
        if let missing = required.subtracting(command.roles).first {
            throw CommandFault(.wrongOperands, missing)
        }
        if let refused = command.roles.subtracting(required | optional).first {
            throw CommandFault(.wrongOperands, refused)
        }
        try checkPrologues(of: command)
        try checkEpilogue(of: command)
        try checkCombinations(of: command)
    }

    /// Where `role` is present, `other` must be too; the missing one is to blame.
    private static func check(
        _ role: OperandRole,
        needs other: OperandRole,
        in command: Command
    ) throws(CommandFault) {
        guard command.has(role), !command.has(other) else { return }
        throw CommandFault(.wrongOperands, other)
    }

    /// Where `other` is absent, `role` must be too; the needless one is to blame.
    private static func check(
        _ role: OperandRole,
        onlyWith other: OperandRole,
        in command: Command
    ) throws(CommandFault) {
        guard command.has(role), !command.has(other) else { return }
        throw CommandFault(.wrongOperands, role)
    }

    private static func checkPrologues(of command: Command) throws(CommandFault) {
        try check(.sourceStatistics, onlyWith: .source, in: command)
        try check(.sourceSkip, onlyWith: .source, in: command)
        try check(.sourceSum, onlyWith: .source, in: command)
        try check(.sourceScale, needs: .sourceStatistics, in: command)
        try check(.sourceScale, needs: .sourceShift, in: command)
        try check(.sourceShift, needs: .sourceScale, in: command)
        if command.sourceActivation.kind != .identity, !command.has(.source) {
            throw CommandFault(.wrongOperands, .source)
        }
        try check(.skipStatistics, onlyWith: .sourceSkip, in: command)
        try check(.skipScale, needs: .skipStatistics, in: command)
        try check(.skipScale, needs: .skipShift, in: command)
        try check(.skipShift, needs: .skipScale, in: command)
        if command.skipActivation.kind != .identity, !command.has(.sourceSkip) {
            throw CommandFault(.wrongOperands, .sourceSkip)
        }
        try checkErrorPrologue(of: command)
    }

    private static func checkErrorPrologue(of command: Command) throws(CommandFault) {
        if let present = command.roles.intersection(errorPrologue).first {
            try check(present, onlyWith: .error, in: command)
        }
        // The norm's backward takes output, statistics and sums or none; a scale if it is affine.
        let norm = RoleSet(.errorStatistics) | .errorScale | .errorShift | .errorSums
        let needed = RoleSet(.errorOutput) | .errorStatistics | .errorSums
        let hasNorm = command.roles.intersection(norm) != .none
        if hasNorm, let missing = needed.subtracting(command.roles).first {
            throw CommandFault(.wrongOperands, missing)
        }
        try check(.errorShift, onlyWith: .errorScale, in: command)
        switch command.errorActivation.kind {
        case .identity:
            // Without a norm nothing but the derivative needs the output.
            guard hasNorm || !command.has(.errorOutput) else {
                throw CommandFault(.wrongOperands, .errorOutput)
            }
            // Only the activation's place needs the shift; the norm's derivative has none.
            guard !command.has(.errorShift) else {
                throw CommandFault(.wrongOperands, .errorShift)
            }
        case .relu, .leakyRelu:
            guard command.has(.errorOutput) else {
                throw CommandFault(.wrongOperands, .errorOutput)
            }
            try check(.errorScale, needs: .errorShift, in: command)
        case .tanh:
            guard command.has(.errorOutput) else {
                throw CommandFault(.wrongOperands, .errorOutput)
            }
            // Its derivative is taken from its output, and there is none behind a norm.
            guard !hasNorm else { throw CommandFault(.wrongOperands, .errorStatistics) }
        }
    }

    private static func checkEpilogue(of command: Command) throws(CommandFault) {
        try check(.maskStatistics, needs: .mask, in: command)
        try check(.maskScale, needs: .maskStatistics, in: command)
        try check(.maskScale, needs: .maskShift, in: command)
        try check(.maskShift, needs: .maskScale, in: command)
        switch command.maskActivation.kind {
        case .identity: break
        case .relu, .leakyRelu:
            guard command.has(.mask) else { throw CommandFault(.wrongOperands, .mask) }
        case .tanh:
            // Its derivative is taken from its output, so the mask cannot be normalised.
            guard command.opcode == .elementwise, command.has(.mask) else {
                throw CommandFault(.wrongOperands, .mask)
            }
            guard !command.has(.maskStatistics) else {
                throw CommandFault(.wrongOperands, .maskStatistics)
            }
        }
        switch command.statistics {
        case .none:
            guard !command.has(.destinationStatistics) else {
                throw CommandFault(.wrongOperands, .destinationStatistics)
            }
            return
        case .moments: break
        case .errorSums:
            guard command.has(.mask) else { throw CommandFault(.wrongOperands, .mask) }
            guard command.has(.maskStatistics) else {
                throw CommandFault(.wrongOperands, .maskStatistics)
            }
        }
        guard command.has(.destinationStatistics) else {
            throw CommandFault(.wrongOperands, .destinationStatistics)
        }
    }

    private static func checkCombinations(of command: Command) throws(CommandFault) {
        switch command.opcode {
        case .convolutionBackward:
            guard command.writtenRoles != .none else { throw CommandFault(.wrongOperands) }
            try check(.destination, needs: .weights, in: command)
            try check(.weightGradient, needs: .source, in: command)
            try check(.weights, onlyWith: .destination, in: command)
            try check(.source, onlyWith: .weightGradient, in: command)
            try check(.destinationStatistics, onlyWith: .destination, in: command)
            try check(.destinationSkip, onlyWith: .destination, in: command)
            try check(.mask, onlyWith: .destination, in: command)
        case .elementwise:
            guard command.writtenRoles != .none else { throw CommandFault(.wrongOperands) }
            guard command.has(.source) != command.has(.error) else {
                throw CommandFault(.wrongOperands, command.has(.error) ? .error : .source)
            }
        case .loss: try checkLossTarget(of: command)
        case .optimizer: try checkOptimizerState(of: command)
        case .convolution, .compose, .interpolate, .reduce, .fill, .fence: break
        }
    }

    private static func checkLossTarget(of command: Command) throws(CommandFault) {
        switch command.lossKind {
        case .absoluteDifference, .leastSquares: break
        case .sigmoidCrossEntropy, .softmaxCrossEntropy:
            guard command.has(.target) else { throw CommandFault(.wrongOperands, .target) }
        case .mean, .gradientPenalty:
            guard !command.has(.target) else { throw CommandFault(.wrongOperands, .target) }
        }
    }

    private static func checkOptimizerState(of command: Command) throws(CommandFault) {
        try check(.firstMoment, onlyWith: .gradient, in: command)
        try check(.secondMoment, onlyWith: .gradient, in: command)
        guard command.has(.gradient) else {
            guard command.has(.workingCopy) else {
                throw CommandFault(.wrongOperands, .workingCopy)
            }
            return
        }
        switch command.optimizerKind {
        case .adam:
            guard command.has(.firstMoment) else {
                throw CommandFault(.wrongOperands, .firstMoment)
            }
            guard command.has(.secondMoment) else {
                throw CommandFault(.wrongOperands, .secondMoment)
            }
        case .sgd:
            guard !command.has(.secondMoment) else {
                throw CommandFault(.wrongOperands, .secondMoment)
            }
        }
    }
}

// MARK: - Layouts

extension CommandValidator {
    /// Every operand lies in memory as its role demands.
    static func checkLayouts(of command: Command) throws(CommandFault) {
        var roles = command.roles
        while let role = roles.popFirst() {
            guard let tensor = command.operands[role] else { continue }
            guard accepts(tensor.layout, for: role, of: command) else {
                throw CommandFault(.wrongLayout, role)
            }
        }
    }

    private static func accepts(
        _ layout: TensorLayout,
        for role: OperandRole,
        of command: Command
    ) -> Bool {
        switch role {
        case .source:
            switch command.opcode {
            case .compose: layout == .map || layout == .image
            case .reduce: layout == .vector || layout == .statistics
            default: layout == .map
            }
        case .destination:
            switch command.opcode {
            case .compose: layout == .map || layout == .image
            case .reduce: layout == .vector
            case .fill: true
            default: layout == .map
            }
        case .sourceStatistics, .skipStatistics, .destinationStatistics, .maskStatistics,
            .errorStatistics, .errorSums:
            layout == .statistics
        case .sourceScale, .sourceShift, .skipScale, .skipShift, .bias, .maskScale, .maskShift,
            .errorScale, .errorShift, .biasGradient, .lossValue, .labels:
            layout == .vector
        case .sourceSkip, .sourceSum, .destinationSkip, .mask, .error, .errorOutput:
            layout == .map
        case .weights, .workingCopy: layout == .weights
        case .weightGradient: layout == .masterWeights
        case .parameter:
            layout == .masterWeights || (layout == .vector && !command.has(.workingCopy))
        case .gradient, .firstMoment, .secondMoment:
            layout == command.operands[.parameter]?.layout
        case .target: layout == (takesLabels(command) ? .vector : .map)
        }
    }

    /// Whether the target of a command is a label vector.
    static func takesLabels(_ command: Command) -> Bool {
        guard command.opcode == .loss else { return false }
        return command.lossKind == .sigmoidCrossEntropy || command.lossKind == .softmaxCrossEntropy
    }
}
