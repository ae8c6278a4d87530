import AcceleratorISA
import FirmwareCore
import Testing

/// A port with a command's read tensors written, as the host would have left them.
func preparedPort(for command: Command, sramByteCount: Int = 1 << 20) -> RecordingPort {
    let port = RecordingPort(sramByteCount: sramByteCount)
    for role in OperandRole.allCases {
        guard let tensor = command.operands[role], isRead(role, by: command) else { continue }
        port.memory.fill(range(of: tensor), with: 1)
    }
    return port
}

/// Whether a command reads an operand before, or without, writing it.
func isRead(_ role: OperandRole, by command: Command) -> Bool {
    if command.opcode == .optimizer { return role != .workingCopy }
    if !writtenRoles(of: command).contains(role) { return true }
    if role == .biasGradient { return command.flags.contains(.accumulatesBias) }
    guard command.flags.contains(.accumulates) else { return false }
    return role == .weightGradient || command.opcode == .reduce
}

/// A command that breaks one rule, and the fault that must be found.
struct BrokenCommand: CustomTestStringConvertible, Sendable {
    var base: String
    var fault: CommandFault
    var name: String
    var change: @Sendable (inout Command) -> Void

    init(
        _ base: String,
        _ name: String,
        _ code: DeviceErrorCode,
        _ role: OperandRole? = nil,
        _ change: @escaping @Sendable (inout Command) -> Void
    ) {
        self.base = base
        self.name = name
        fault = CommandFault(code, role)
        self.change = change
    }

    var testDescription: String { "\(base): \(name)" }
}

@Suite struct CommandValidatorTests {
    @Test(arguments: ValidCommands.all)
    func acceptsValidCommands(named: NamedCommand) throws {
        let port = preparedPort(for: named.command)
        try CommandValidator.validate(named.command, on: port)
    }

    @Test(arguments: BrokenCommands.all)
    func findsTheRuleThatIsBroken(broken: BrokenCommand) {
        var command = ValidCommands.named(broken.base)
        let port = preparedPort(for: command)
        broken.change(&command)
        #expect(throws: broken.fault) { try CommandValidator.validate(command, on: port) }
    }

    @Test(arguments: ValidCommands.all)
    func everyOperandThatIsReadMustHaveBeenWritten(named: NamedCommand) {
        let command = named.command
        for role in OperandRole.allCases where command.operands[role] != nil {
            guard isRead(role, by: command) else { continue }
            let port = preparedPort(for: command)
            guard let tensor = command.operands[role] else { continue }
            port.memory.written[grains(of: range(of: tensor)).upperBound - 1] = false
            // In place, the operand of the lower role is found first.
            let first = OperandRole.allCases.first { other in
                command.operands[other]?.address == tensor.address && isRead(other, by: command)
            }
            #expect(throws: CommandFault(.uninitialized, first)) {
                try CommandValidator.validate(command, on: port)
            }
        }
    }

    @Test(arguments: ValidCommands.all)
    func everyOperandIsAlignedInRangeAndWithinLimits(named: NamedCommand) {
        for role in OperandRole.allCases {
            guard let tensor = named.command.operands[role] else { continue }
            let port = preparedPort(for: named.command)
            let end = port.capabilities.dramByteCount
            let changes: [(DeviceErrorCode, (inout Tensor) -> Void)] = [
                (.misaligned, { $0.address += tensor.alignment / 2 }),
                (.outOfRange, { $0.address = end - tensor.allocatedByteCount + 64 }),
                (.outOfRange, { $0.address = UInt64.max - 63 }),
                (.wrongShape, { $0.batch = 0 }),
                (.wrongShape, { $0.channels = Limits.maximumChannels + 1 }),
                (.wrongShape, { $0.height = Int(Int32.max) }),
                (.wrongShape, { $0.width = -1 }),
            ]
            for (code, change) in changes {
                var command = named.command
                var changed = tensor
                change(&changed)
                command.operands[role] = changed
                #expect(throws: CommandFault(code, role), "\(role)") {
                    try CommandValidator.validate(command, on: port)
                }
            }
        }
    }

    @Test(arguments: ValidCommands.all)
    func aWrittenOperandMayOverlapNoOther(named: NamedCommand) {
        let command = named.command
        for role in writtenRoles(of: command) {
            for other in OperandRole.allCases where other != role {
                guard let written = command.operands[role], let target = command.operands[other]
                else { continue }
                // Begins as late as it can and still be on the other operand.
                var moved = command
                let last = target.address + target.allocatedByteCount - 1
                moved.operands[role]?.address = last / written.alignment * written.alignment
                let port = preparedPort(for: command)
                guard moved.operands[role]?.address != target.address else { continue }
                let end = (moved.operands[role]?.address ?? 0) + written.allocatedByteCount
                guard end <= port.capabilities.dramByteCount else { continue }
                for grain in port.memory.written.indices { port.memory.written[grain] = true }
                let fault = #expect(throws: CommandFault.self, "\(role) on \(other)") {
                    try CommandValidator.validate(moved, on: port)
                }
                #expect(fault?.code == .overlapping)
            }
        }
    }

    @Test(
        arguments: [
            ("elementwise of a source", OperandRole.source, true),
            ("elementwise of a source", .destinationSkip, true),
            ("elementwise of a source", .sourceSkip, false),
            ("elementwise of an error", .mask, true),
            ("elementwise of an error", .error, true),
            ("elementwise of an error", .errorOutput, false),
            ("interpolate", .source, true),
            ("interpolate", .target, true),
            ("absolute difference", .source, true),
            ("absolute difference", .target, false),
            ("halving convolution", .destinationSkip, true),
            ("halving convolution", .mask, true),
            ("halving backward", .mask, true),
            ("halving backward", .destinationSkip, true),
            ("halving backward", .source, false),
        ]
    )
    func worksInPlaceOnlyWhereHarmless(base: String, role: OperandRole, isAllowed: Bool) throws {
        var command = ValidCommands.named(base)
        let port = preparedPort(for: command)
        command.operands[.destination] = command.operands[role]
        if isAllowed {
            try CommandValidator.validate(command, on: port)
            // One image fewer is not the same tensor: shapes forbid it, layout or place do not.
            command.operands[.destination]?.kind = .error
            try CommandValidator.validate(command, on: port)
        } else {
            #expect(throws: CommandFault(.overlapping, .destination)) {
                try CommandValidator.validate(command, on: port)
            }
        }
    }

    @Test func anyLargeSideOfAScatterThatGivesTheSmallOneIsAccepted() throws {
        for side in 1...12 {
            var command = ValidCommands.named("transposed convolution")
            let port = preparedPort(for: command)
            for role in [OperandRole.destination, .destinationSkip] {
                command.operands[role]?.height = side
                command.operands[role]?.address = UInt64(1 + Int(role.rawValue) - 8) << 16
            }
            for grain in port.memory.written.indices { port.memory.written[grain] = true }
            if side == 7 || side == 8 {
                try CommandValidator.validate(command, on: port)
            } else {
                #expect(throws: CommandFault(.wrongShape, .destination)) {
                    try CommandValidator.validate(command, on: port)
                }
            }
        }
    }

    @Test func aTileThatCannotFitIsRefused() {
        let command = ValidCommands.named("reflecting convolution")
        let port = preparedPort(for: command, sramByteCount: 4096)
        #expect(throws: CommandFault(.sramOverflow)) {
            try CommandValidator.validate(command, on: port)
        }
    }
}
