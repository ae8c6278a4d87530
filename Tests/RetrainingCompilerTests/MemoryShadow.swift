import AcceleratorISA
import RetrainingCompiler

/// Device DRAM as names: which transient tensor of a builder each grain of it belongs to.
///
/// Follows a placed program command by command. It knows nothing of lifetimes: a tensor must find
/// its own name wherever it reads what it wrote before.
struct MemoryShadow {
    /// The tensor's name: what stands above bit 40 of its virtual address; 0 for a persistent one.
    typealias Name = UInt64

    private var owners: [UInt64: Name] = [:]
    /// What was found wrong, a line each.
    private(set) var faults: [String] = []

    /// Roles that a command writes without reading what was there.
    private static let written: [OperandRole] = [
        .sourceSum, .destination, .destinationStatistics, .lossValue, .workingCopy,
        .weightGradient, .biasGradient,
    ]

    /// Follows one command, as the builder has it and as it was placed.
    mutating func follow(_ virtual: Command, placed: Command, number: Int) {
        let roles = OperandRole.allCases.filter { virtual.operands[$0] != nil }
        for role in roles {
            let isWritten = Self.written.contains(role)
            // What is added to is read; an accumulating `.reduce` adds to its destination.
            let addsUp =
                switch role {
                case .weightGradient: virtual.flags.contains(.accumulates)
                case .biasGradient: virtual.flags.contains(.accumulatesBias)
                case .destination:
                    virtual.opcode == .reduce && virtual.flags.contains(.accumulates)
                default: false
                }
            if !isWritten || addsUp { expectOwn(role, virtual, placed, number) }
        }
        for role in roles where Self.written.contains(role) { take(role, virtual, placed) }
        // A command's operands are there at the same time, so each still has its grains.
        for role in roles { expectOwn(role, virtual, placed, number) }
    }

    /// Checks that a tensor is still whole.
    mutating func expectWhole(_ virtual: Tensor, placed: Tensor, _ place: String) {
        let name = virtual.address >> 40
        guard name != 0, !grains(of: placed).allSatisfy({ owners[$0] == name }) else { return }
        faults.append("\(place): tensor \(name) was written over")
    }

    private mutating func expectOwn(
        _ role: OperandRole,
        _ virtual: Command,
        _ placed: Command,
        _ number: Int
    ) {
        guard let tensor = virtual.operands[role], let place = placed.operands[role] else { return }
        expectWhole(tensor, placed: place, "command \(number), \(role)")
    }

    private mutating func take(_ role: OperandRole, _ virtual: Command, _ placed: Command) {
        guard let tensor = virtual.operands[role], let place = placed.operands[role] else { return }
        for grain in grains(of: place) { owners[grain] = tensor.address >> 40 }
    }

    private func grains(of tensor: Tensor) -> Range<UInt64> {
        let grain = Limits.memoryGrain
        return tensor.address / grain..<(tensor.address + tensor.byteCount + grain - 1) / grain
    }
}

extension MemoryShadow {
    /// What is wrong with a placed program; `survivors` must be whole at its end.
    static func faults(
        of program: Program,
        from builder: ProgramBuilder,
        survivors: [Tensor] = []
    ) -> [String] {
        var shadow = MemoryShadow()
        for (number, (virtual, placed)) in zip(builder.commands, program.commands).enumerated() {
            shadow.follow(virtual, placed: placed, number: number)
        }
        for tensor in survivors {
            shadow.expectWhole(tensor, placed: program.resolved(tensor), "end")
        }
        return shadow.faults
    }
}
