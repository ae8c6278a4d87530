/// A network that a state dict turned out to hold.
package struct RecognizedNetwork: Hashable, Sendable {
    /// The direction of a pair of generators, or of what a discriminator judges.
    package enum Direction: String, Hashable, Sendable, CaseIterable {
        /// Generates b from a; judges b.
        case a
        /// Generates a from b; judges a.
        case b
    }

    /// Family and sizes.
    package let architecture: NetworkArchitecture
    /// Which of two directions it works in; nil where its names do not say.
    package let direction: Direction?
    /// What stands before the network's names, such as `netG_A.module.`; empty for nothing.
    package let prefix: String
    /// The network for the wanted image size.
    package let graph: NetworkGraph
    /// Batch norms that the graph has in its weights and biases.
    package let foldedNorms: [FoldedNorm]
    /// Names in the state dict by the graph's parameter names.
    ///
    /// A bias that comes from a folded norm alone is none of the state dict's.
    package let names: [String: String]
    /// Entries that are there but carry nothing the network needs, sorted: running statistics of
    /// instance norms, which normalise by what they see, and counts of batches.
    package let ignorableNames: [String]

    /// What the network is called: its prefix without wrappers, such as `netG_A`; may be empty.
    package var label: String { NetworkPrefix.label(of: prefix) }
    /// The family.
    package var family: NetworkArchitecture.Family { architecture.family }
    /// What the network does.
    package var role: NetworkArchitecture.Role { architecture.role }
    /// Whether the network can be trained: none of its norms are folded in.
    package var isTrainable: Bool { foldedNorms.isEmpty && !architecture.isFolded }
}

/// The networks of a state dict.
package struct RecognizedNetworks: Hashable, Sendable {
    /// The networks, sorted by prefix.
    package let networks: [RecognizedNetwork]

    /// The first network of a role, of a direction if one is given.
    package func first(
        _ role: NetworkArchitecture.Role,
        _ direction: RecognizedNetwork.Direction? = nil
    ) -> RecognizedNetwork? {
        networks.first {
            $0.role == role && (direction == nil || $0.direction == direction)
        }
    }

    /// Everything that may be left alone, sorted.
    package var ignorableNames: [String] {
        networks.flatMap(\.ignorableNames).sorted(by: precedesByBytes)
    }
}

// MARK: - Parameters

extension RecognizedNetwork {
    /// The graph's parameters out of the state dict's, batch norms folded in.
    ///
    /// - Parameter read: gives a tensor's values, in PyTorch's order, by its name in the state
    ///   dict.
    /// - Returns: A value for every parameter of the graph.
    /// - Throws: `ParameterError.parameter` for a value that is not finite, or a tensor of the
    ///   wrong number of values; what `read` throws.
    package func parameters(
        reading read: (String) throws(ParameterError) -> [Float]
    ) throws(ParameterError) -> ParameterSet {
        var values: [String: [Float]] = [:]
        for (name, stored) in names { values[name] = try read(stored) }
        for norm in foldedNorms { try fold(norm, into: &values, reading: read) }
        var entries: [ParameterSet.Entry] = []
        for parameter in graph.parameters {
            guard let values = values[parameter.name] else {
                throw .parameter(name: parameter.name, fact: "nothing in the file makes it")
            }
            entries.append(.init(name: parameter.name, shape: parameter.shape, values: values))
        }
        return try ParameterSet(entries)
    }

    private func fold(
        _ norm: FoldedNorm,
        into values: inout [String: [Float]],
        reading read: (String) throws(ParameterError) -> [Float]
    ) throws(ParameterError) {
        let unit = graph.units[norm.unitIndex]
        let convolution = unit.convolution
        let channels = convolution.outputChannels
        func perChannel(_ name: String) throws(ParameterError) -> [Double] {
            let values = try read(prefix + name)
            guard values.count == channels else {
                throw .parameter(
                    name: prefix + name,
                    fact: "expected \(channels) values, got \(values.count)"
                )
            }
            return values.map(Double.init)
        }
        let scale = try perChannel(norm.scaleName)
        let shift = try perChannel(norm.shiftName)
        let mean = try perChannel(norm.meanName)
        let variance = try perChannel(norm.varianceName)
        let factors = zip(scale, variance).map { $0 / ($1 + FoldedNorm.epsilon).squareRoot() }
        let taps = convolution.kernel * convolution.kernel
        guard var weight = values[unit.parameterNames.weight],
            weight.count == channels * convolution.inputChannels * taps,
            let bias = unit.parameterNames.bias
        else {
            throw .parameter(
                name: unit.parameterNames.weight,
                fact: "it is not what its norm needs"
            )
        }
        for place in weight.indices {
            let channel =
                convolution.isTransposed
                ? place / taps % channels : place / (taps * convolution.inputChannels)
            weight[place] = Float(Double(weight[place]) * factors[channel])
        }
        values[unit.parameterNames.weight] = weight
        values[bias] = (0..<channels).map { Float(shift[$0] - mean[$0] * factors[$0]) }
    }
}
