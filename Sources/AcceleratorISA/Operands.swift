/// What an operand is to its command.
///
/// One command has at most one operand of a role.
public enum OperandRole: UInt8, Sendable, CaseIterable {
    // The read side of a forward pass: the prologue.
    /// Map (or image, vector) that is read.
    case source = 0
    /// Mean and inverse deviation that normalise the source.
    case sourceStatistics = 1
    case sourceScale = 2
    case sourceShift = 3
    /// Map added after the source's activation; may have a norm and an activation of its own.
    case sourceSkip = 4
    /// Written: the source after prologue and skip, the residual sum.
    case sourceSum = 5

    case weights = 6
    case bias = 7

    // The write side: the epilogue.
    /// Map that is written.
    case destination = 8
    /// Written: mean and inverse deviation, or the error sums, of the destination.
    case destinationStatistics = 9
    /// Map added in the epilogue.
    case destinationSkip = 10
    /// Map whose activation derivative multiplies the result, and whose normalised value is the
    /// x of the error sums.
    case mask = 11
    case maskStatistics = 12
    case maskScale = 13
    case maskShift = 14

    // The read side of a backward pass: the error prologue.
    /// Error with respect to the layer's output (behind its norm, before its activation).
    case error = 15
    /// The layer's convolution output, before its norm.
    case errorOutput = 16
    case errorStatistics = 17
    case errorScale = 18
    /// S1 and S2 of the error.
    case errorSums = 19

    case weightGradient = 20
    case biasGradient = 21

    // Optimizer, losses, data movement.
    case parameter = 22
    case gradient = 23
    case firstMoment = 24
    case secondMoment = 25
    /// bf16 working copy that the optimizer writes.
    case workingCopy = 26
    /// What a loss compares with: a map, or a label vector.
    case target = 27
    /// Written: the loss's value, a vector of one image; its lane 0.
    case lossValue = 28
    /// Per-image mixing factors, or labels that become constant channels.
    case labels = 29

    /// What the affine norm adds, where the error prologue takes the derivative of the activation
    /// behind it.
    case errorShift = 30
    /// Mean and inverse deviation that normalise the source's skip.
    case skipStatistics = 31
    case skipScale = 32
    case skipShift = 33

    /// Number of roles.
    public static let count = 34
}

/// A command's operands by role.
public struct OperandTable: Sendable {
    private var slots: InlineArray<34, Tensor>
    private var presence: UInt64

    /// A table with no operand.
    public init() {
        let empty = Tensor(address: 0, batch: 0, channels: 0, layout: .map, kind: .featureMap)
        slots = InlineArray(repeating: empty)
        presence = 0
    }

    /// The tensor of a role, nil when the command has none.
    public subscript(role: OperandRole) -> Tensor? {
        get {
            guard presence & (1 << UInt64(role.rawValue)) != 0 else { return nil }
            return slots[Int(role.rawValue)]
        }
        set {
            if let newValue {
                slots[Int(role.rawValue)] = newValue
                presence |= 1 << UInt64(role.rawValue)
            } else {
                presence &= ~(1 << UInt64(role.rawValue))
            }
        }
    }

    /// One bit a role, set where the table has an operand.
    public var presentRoles: UInt64 { presence }
}
