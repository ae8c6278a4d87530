extension NetworkGraph {
    /// One trainable tensor of the network.
    package struct Parameter: Hashable, Sendable {
        /// What the tensor does in its unit.
        package enum Role: Hashable, Sendable, CaseIterable {
            /// The convolution's kernel.
            case weight
            /// The convolution's bias.
            case bias
            /// The normalisation's scale (gamma).
            case scale
            /// The normalisation's shift (beta).
            case shift
        }

        /// The name in a PyTorch checkpoint, without the network's own prefix.
        package let name: String
        /// What the tensor does.
        package let role: Role
        /// PyTorch's shape: OIHW, IOHW when transposed, or `[C]`.
        package let shape: [Int]
        /// The index of the unit it belongs to.
        package let unitIndex: Int

        /// The number of elements.
        package var elementCount: Int { shape.reduce(1, *) }
    }

    /// Every parameter, unit by unit: weight, bias, scale, shift.
    package var parameters: [Parameter] {
        units.indices.flatMap { parameters(of: $0) }
    }

    /// The parameters of one unit; the index must be one of `units`.
    package func parameters(of unitIndex: Int) -> [Parameter] {
        let unit = units[unitIndex]
        let names = unit.parameterNames
        let perChannel = [unit.convolution.outputChannels]
        let candidates: [(Parameter.Role, String?, [Int])] = [
            (.weight, names.weight, unit.convolution.weightShape),
            (.bias, names.bias, perChannel),
            (.scale, names.scale, perChannel),
            (.shift, names.shift, perChannel),
        ]
        return candidates.compactMap { role, name, shape in
            name.map { Parameter(name: $0, role: role, shape: shape, unitIndex: unitIndex) }
        }
    }

    /// The number of trainable elements.
    package var parameterElementCount: Int {
        parameters.reduce(0) { $0 + $1.elementCount }
    }
}
