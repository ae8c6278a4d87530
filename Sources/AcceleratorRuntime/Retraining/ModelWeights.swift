import DatapathNumerics
package import ModelGraph

/// The weights of both networks of a StarGAN.
package struct ModelWeights: Sendable, Equatable {
    /// The network that makes pictures.
    package let generator: ParameterSet
    /// The network that judges them.
    package let discriminator: ParameterSet

    /// Both networks' weights.
    package init(generator: ParameterSet, discriminator: ParameterSet) {
        self.generator = generator
        self.discriminator = discriminator
    }

    /// Their digest (``WeightsHash``).
    package var hash: String {
        WeightsHash.hexadecimal(generator: generator, discriminator: discriminator)
    }

    /// The weights that a file of this encoding holds.
    ///
    /// In bf16 they are what the datapath stores of them: to the nearest, ties to even, and within
    /// the range of its quantiser. Weights that are rounded already stay as they are.
    ///
    /// - Throws: `.internalFault`, which finite weights do not come to.
    package func rounded(
        to encoding: SafetensorsWriter.Encoding
    ) throws(RetrainingError) -> ModelWeights {
        switch encoding {
        case .float32: self
        case .bfloat16:
            ModelWeights(
                generator: try generator.quantized(),
                discriminator: try discriminator.quantized()
            )
        }
    }
}

extension ParameterSet {
    /// The same parameters as the datapath stores them.
    fileprivate func quantized() throws(RetrainingError) -> ParameterSet {
        let entries = entries.map { entry in
            Entry(
                name: entry.name,
                shape: entry.shape,
                values: entry.values.map { DatapathNumerics.quantized($0).float }
            )
        }
        do {
            return try ParameterSet(entries)
        } catch {
            throw .internalFault("failed to round weights: \(error)")
        }
    }
}
