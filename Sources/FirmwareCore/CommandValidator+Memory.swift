import AcceleratorISA

// Where operands lie: alignment, range, overlap, initialisation.
extension CommandValidator {
    /// Every operand is aligned and lies inside DRAM with all the bytes allocated to it.
    static func checkPlacement(
        of command: Command,
        dramByteCount: UInt64
    ) throws(CommandFault) {
        var roles = command.roles
        while let role = roles.popFirst() {
            guard let tensor = command.operands[role] else { continue }
            guard tensor.address % tensor.alignment == 0 else {
                throw CommandFault(.misaligned, role)
            }
            let byteCount = tensor.allocatedByteCount
            guard byteCount <= dramByteCount, tensor.address <= dramByteCount - byteCount else {
                throw CommandFault(.outOfRange, role)
            }
        }
    }

    /// No operand that is written shares a byte with another one.
    ///
    /// Except where the command may work in place and both are the same tensor. The written
    /// operand is to blame.
    static func checkOverlap(of command: Command) throws(CommandFault) {
        var writtenRoles = command.writtenRoles
        while let writtenRole = writtenRoles.popFirst() {
            guard let written = command.operands[writtenRole] else { continue }
            var others = command.roles.subtracting(RoleSet(writtenRole))
            while let otherRole = others.popFirst() {
                guard let other = command.operands[otherRole], overlap(written, other) else {
                    continue
                }
                guard writtenRole == .destination, isSamePlace(written, other),
                    partnersInPlace(of: command).contains(otherRole)
                else { throw CommandFault(.overlapping, writtenRole) }
            }
        }
    }

    private static func overlap(_ one: Tensor, _ other: Tensor) -> Bool {
        one.address < other.address + other.allocatedByteCount
            && other.address < one.address + one.allocatedByteCount
    }

    /// Same address, shape and layout; the kind, a counting matter, may differ.
    private static func isSamePlace(_ one: Tensor, _ other: Tensor) -> Bool {
        var other = other
        other.kind = one.kind
        return one == other
    }

    /// The operands that the destination may be: each of their values is read before the
    /// destination's value of the same place is written, and not again.
    private static func partnersInPlace(of command: Command) -> RoleSet {
        switch command.opcode {
        case .elementwise: RoleSet(.source) | .mask | .destinationSkip | .error
        case .interpolate: RoleSet(.source) | .target
        case .loss: RoleSet(.source)
        case .convolution, .convolutionBackward: RoleSet(.destinationSkip) | .mask
        case .compose, .optimizer, .reduce, .fill, .fence: .none
        }
    }

    /// Everything that is read was written before.
    static func checkInitialisation<Port: DatapathPort & ~Copyable>(
        of command: Command,
        on port: borrowing Port
    ) throws(CommandFault) {
        var roles = command.readRoles
        while let role = roles.popFirst() {
            guard let tensor = command.operands[role] else { continue }
            guard port.isInitialized(address: tensor.address, byteCount: tensor.byteCount) else {
                throw CommandFault(.uninitialized, role)
            }
        }
    }
}
