import AcceleratorISA

/// A set of operand roles, one bit each; no heap behind it.
struct RoleSet: Equatable, Sendable {
    var bits: UInt64

    static let none = RoleSet(bits: 0)

    init(bits: UInt64) { self.bits = bits }

    init(_ role: OperandRole) { bits = 1 << UInt64(role.rawValue) }

    static func | (set: RoleSet, role: OperandRole) -> RoleSet {
        RoleSet(bits: set.bits | RoleSet(role).bits)
    }

    static func | (one: RoleSet, other: RoleSet) -> RoleSet {
        RoleSet(bits: one.bits | other.bits)
    }

    func contains(_ role: OperandRole) -> Bool { bits & RoleSet(role).bits != 0 }

    func subtracting(_ other: RoleSet) -> RoleSet { RoleSet(bits: bits & ~other.bits) }

    func intersection(_ other: RoleSet) -> RoleSet { RoleSet(bits: bits & other.bits) }

    /// The member of the lowest number.
    var first: OperandRole? {
        bits == 0 ? nil : OperandRole(rawValue: UInt8(bits.trailingZeroBitCount))
    }

    /// Removes the first member and returns it; nil when the set is empty.
    mutating func popFirst() -> OperandRole? {
        guard let role = first else { return nil }
        bits &= bits - 1
        return role
    }
}

extension Command {
    /// The roles this command has operands of.
    var roles: RoleSet { RoleSet(bits: operands.presentRoles) }

    func has(_ role: OperandRole) -> Bool { roles.contains(role) }

    /// The roles whose tensors this command writes.
    var writtenRoles: RoleSet {
        let written: RoleSet
        switch opcode {
        case .convolution, .elementwise:
            written = RoleSet(.destination) | .destinationStatistics | .sourceSum
        case .convolutionBackward:
            written =
                RoleSet(.destination) | .destinationStatistics | .weightGradient | .biasGradient
        case .compose, .interpolate, .reduce, .fill:
            written = RoleSet(.destination)
        case .loss:
            written = RoleSet(.destination) | .lossValue
        case .optimizer where has(.gradient):
            written = RoleSet(.parameter) | .firstMoment | .secondMoment | .workingCopy
        case .optimizer:
            written = RoleSet(.workingCopy)
        case .fence:
            written = .none
        }
        return roles.intersection(written)
    }

    /// The roles whose tensors this command reads; optimizer state and gradients that accumulate
    /// are both read and written.
    var readRoles: RoleSet {
        var updated = RoleSet.none
        if opcode == .optimizer { updated = RoleSet(.parameter) | .firstMoment | .secondMoment }
        if flags.contains(.accumulates) {
            if opcode == .convolutionBackward { updated = RoleSet(.weightGradient) }
            if opcode == .reduce { updated = RoleSet(.destination) }
        }
        if flags.contains(.accumulatesBias) { updated = updated | .biasGradient }
        return roles.subtracting(writtenRoles) | roles.intersection(updated)
    }
}
