public import AcceleratorISA

/// Decides whether a command may run on a chip.
///
/// Checks come in a fixed order, and the first that fails is reported: parameters that the opcode
/// does not take (`.malformedCommand`), operand sets, layouts, geometry, shapes, scalars, then
/// memory (alignment, range, overlap, initialisation), then SRAM. What passes can run: no trap is
/// reachable from it. Works for any value of ``Command``, decoded or built in memory.
public enum CommandValidator {
    /// Checks a command and plans its tiles.
    ///
    /// - Returns: The plan with which the command fits into the chip's SRAM.
    /// - Throws: The first rule the command breaks, with the operand to blame where one is.
    @discardableResult
    public static func validate<Port: DatapathPort & ~Copyable>(
        _ command: Command,
        on port: borrowing Port
    ) throws(CommandFault) -> TilePlan {
        try checkForm(of: command)
        let capabilities = port.capabilities
        try checkPlacement(of: command, dramByteCount: capabilities.dramByteCount)
        try checkOverlap(of: command)
        try checkInitialisation(of: command, on: port)
        return try TilePlan(planning: command, sramByteCount: capabilities.sramByteCount)
    }

    /// Checks everything about a command but its memory: what can be said without a device.
    ///
    /// - Throws: The first rule the command breaks, with the operand to blame where one is.
    public static func checkForm(of command: Command) throws(CommandFault) {
        try checkParameters(of: command)
        try checkOperandSet(of: command)
        try checkLayouts(of: command)
        try checkGeometry(of: command)
        try checkLimits(of: command)
        try checkShapes(of: command)
        try checkScalars(of: command)
    }

    /// Refuses parameters that the opcode gives no meaning to.
    private static func checkParameters(of command: Command) throws(CommandFault) {
        var flags: CommandFlags = []
        var isConvolution = false
        var hasPrologue = false
        var hasErrorPrologue = false
        switch command.opcode {
        case .convolution:
            isConvolution = true
            hasPrologue = true
        case .convolutionBackward:
            isConvolution = true
            hasPrologue = true
            hasErrorPrologue = true
            flags = [.accumulates, .accumulatesBias]
        case .elementwise:
            hasPrologue = true
            hasErrorPrologue = true
        case .compose: flags = .mirrors
        case .reduce: flags = .accumulates
        case .interpolate, .loss, .optimizer, .fill, .fence: break
        }
        guard command.flags.isSubset(of: flags),
            hasPrologue || command.sourceActivation.kind == .identity,
            hasPrologue || command.skipActivation.kind == .identity,
            hasErrorPrologue || command.errorActivation.kind == .identity,
            hasPrologue || command.maskActivation.kind == .identity,
            hasPrologue || command.statistics == .none,
            (hasPrologue && command.opcode != .convolutionBackward)
                || command.destinationActivation.kind == .identity,
            command.opcode == .loss || command.lossKind == .absoluteDifference,
            command.opcode == .optimizer || command.optimizerKind == .adam
        else { throw CommandFault(.malformedCommand) }
        guard isConvolution || command.geometry == .none else {
            throw CommandFault(.wrongGeometry)
        }
    }

    /// Kernel, stride and padding are within limits; how they suit the maps is checked with shapes.
    private static func checkGeometry(of command: Command) throws(CommandFault) {
        guard command.opcode == .convolution || command.opcode == .convolutionBackward else {
            return
        }
        let geometry = command.geometry
        guard geometry.kernel >= 1, geometry.kernel <= Limits.maximumKernel,
            geometry.stride >= 1, geometry.stride <= Limits.maximumStride,
            geometry.padding >= 0, geometry.padding < geometry.kernel,
            geometry.direction == .gather || geometry.paddingMode == .zeros
        else { throw CommandFault(.wrongGeometry) }
    }

    /// Scalars and slopes are finite, and those with a range lie in it.
    private static func checkScalars(of command: Command) throws(CommandFault) {
        let scalars = command.scalars
        for lane in 0..<scalars.count where !scalars[lane].isFinite {
            throw CommandFault(.wrongScalar)
        }
        guard hasValidSlope(command.sourceActivation),
            hasValidSlope(command.skipActivation),
            hasValidSlope(command.errorActivation),
            hasValidSlope(command.destinationActivation),
            hasValidSlope(command.maskActivation)
        else { throw CommandFault(.wrongScalar) }
        if command.statistics == .moments {
            guard scalars[0] > 0 else { throw CommandFault(.wrongScalar, .destinationStatistics) }
        }
        if command.opcode == .optimizer, command.optimizerKind == .adam, command.has(.gradient) {
            for lane in 0..<4 where !(scalars[lane] >= 0 && scalars[lane] <= 1) {
                throw CommandFault(.wrongScalar)
            }
            guard scalars[4] > 0, scalars[6] > 0 else { throw CommandFault(.wrongScalar) }
        }
        if command.opcode == .reduce, command.operands[.source]?.layout == .statistics {
            guard scalars[0] == 0 || scalars[0] == 1 else {
                throw CommandFault(.wrongScalar, .source)
            }
        }
    }

    private static func hasValidSlope(_ activation: Activation) -> Bool {
        activation.kind == .leakyRelu ? activation.slope.isFinite : activation.slope == 0
    }
}
