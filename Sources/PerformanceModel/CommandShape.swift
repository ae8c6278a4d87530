import AcceleratorISA

/// Everything about a command that its estimate depends on: no addresses, no scalars.
struct CommandShape: Hashable {
    private let opcode: Opcode
    private let stage: Stage
    private let flags: CommandFlags
    private let geometry: ConvolutionGeometry
    private let activations: UInt64
    private let modes: UInt32
    private let presentRoles: UInt64
    /// Sides, layout and kind of each operand in one word; zero where there is none.
    private var operands: InlineArray<34, UInt64>

    /// The shape of a command; nil where a side is not within the limits of any tensor.
    init?(_ command: Command) {
        opcode = command.opcode
        stage = command.stage
        flags = command.flags
        geometry = command.geometry
        activations =
            UInt64(command.sourceActivation.kind.rawValue)
            | UInt64(command.destinationActivation.kind.rawValue) << 8
            | UInt64(command.maskActivation.kind.rawValue) << 16
            | UInt64(command.skipActivation.kind.rawValue) << 24
            | UInt64(command.errorActivation.kind.rawValue) << 32
        modes =
            UInt32(command.statistics.rawValue) | UInt32(command.lossKind.rawValue) << 8
            | UInt32(command.optimizerKind.rawValue) << 16
        presentRoles = command.operands.presentRoles
        operands = InlineArray(repeating: 0)
        var roles = presentRoles
        while roles != 0 {
            let index = roles.trailingZeroBitCount
            roles &= roles - 1
            guard let role = OperandRole(rawValue: UInt8(index)),
                let tensor = command.operands[role], let word = Self.word(tensor)
            else { return nil }
            operands[index] = word
        }
    }

    private static func word(_ tensor: Tensor) -> UInt64? {
        var word = UInt64(tensor.layout.rawValue) << 3 | UInt64(tensor.kind.rawValue)
        func append(_ side: Int) -> Bool {
            guard side >= 0, side < 1 << 14 else { return false }
            word = word << 14 | UInt64(side)
            return true
        }
        guard append(tensor.batch), append(tensor.channels), append(tensor.height),
            append(tensor.width)
        else { return nil }
        return word
    }

    static func == (one: CommandShape, other: CommandShape) -> Bool {
        guard one.opcode == other.opcode, one.stage == other.stage, one.flags == other.flags,
            one.geometry == other.geometry, one.activations == other.activations,
            one.modes == other.modes, one.presentRoles == other.presentRoles
        else { return false }
        for index in 0..<one.operands.count where one.operands[index] != other.operands[index] {
            return false
        }
        return true
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(opcode)
        hasher.combine(geometry)
        hasher.combine(presentRoles)
        for index in 0..<operands.count where operands[index] != 0 {
            hasher.combine(operands[index])
        }
    }
}
