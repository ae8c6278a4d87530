/// How a family's convolutions are normalised.
package enum NormKind: String, Hashable, Sendable, CaseIterable {
    /// Per image and channel, without parameters; convolutions keep their biases.
    case instance
    /// By statistics gathered in training, with scale and shift: a part of the convolution in
    /// front of it, whose bias it replaces.
    case batch
}

/// A batch norm in inference form, which a graph has in a convolution's weight and bias.
///
/// With f = scale / √(variance + epsilon): weight · f per output channel, bias shift − mean · f.
package struct FoldedNorm: Hashable, Sendable {
    /// The index of the unit that has it in.
    package let unitIndex: Int
    /// The norm's module path in the state dict, without the network's prefix.
    package let path: String

    /// Added to the variance: PyTorch's default, which a state dict does not have.
    package static let epsilon = 1e-5

    /// The norm's tensors by their names in the state dict, a value a channel each.
    package var scaleName: String { path + ".weight" }
    /// What is added last.
    package var shiftName: String { path + ".bias" }
    /// The mean that is taken away.
    package var meanName: String { path + ".running_mean" }
    /// The variance that is divided by.
    package var varianceName: String { path + ".running_var" }
    /// How many batches the statistics are of; not needed.
    package var countName: String { path + ".num_batches_tracked" }
}
