package import ModelGraph

/// The networks of a CycleGAN or a pix2pix, ready to be trained.
///
/// Discriminators that a model lacks are made: only generators need to be there.
package struct TranslatorModel: Sendable {
    /// Which of the two it is.
    package let kind: TranslatorKind
    /// Rows and columns of the pictures.
    package let imageSize: Int
    /// What all generators are.
    package let generator: NetworkGraph
    /// What all discriminators are.
    package let discriminator: NetworkGraph
    /// The values of all networks.
    package private(set) var parameters: [TranslatorNetwork: ParameterSet]
    /// Networks whose weights are fresh.
    package let fresh: [TranslatorNetwork]

    /// Colours of the pictures.
    static let pictureChannels = 3

    /// Takes a model out of a checkpoint.
    ///
    /// - Parameters:
    ///   - checkpoint: The tensors.
    ///   - name: What messages call it.
    ///   - size: Rows and columns of the pictures; nil for what the file says, or what is usual
    ///     for the generator.
    ///   - seed: What discriminators that are not there are drawn from.
    /// - Throws: `.badFile` listing the networks that do not fit together, `.configuration` for
    ///   networks that can be run but not trained, or not at that size.
    package init(
        _ checkpoint: Checkpoint,
        name: String,
        imageSize size: Int?,
        seed: UInt64
    ) throws(RetrainingError) {
        try SealedTensors.refuse(checkpoint, name: name, purpose: "read model")
        let named = checkpoint.withNetworkNames()
        let parts = try TranslatorParts(named, name: name, imageSize: size)
        kind = parts.kind
        imageSize = parts.imageSize
        generator = parts.generator
        discriminator = parts.discriminator
        var parameters: [TranslatorNetwork: ParameterSet] = [:]
        var fresh: [TranslatorNetwork] = []
        for network in parts.kind.networks {
            guard let found = parts.networks[network] else {
                fresh.append(network)
                parameters[network] = ParameterSet(
                    initializingNormal: parts.discriminator,
                    seed: seed,
                    stream: network.prefix
                )
                continue
            }
            parameters[network] = try Self.parameters(of: found, in: named, name: name)
        }
        self.parameters = parameters
        self.fresh = fresh
    }

    /// The same model with other weights, and no network fresh.
    package init(_ model: TranslatorModel, parameters: [TranslatorNetwork: ParameterSet]) {
        kind = model.kind
        imageSize = model.imageSize
        generator = model.generator
        discriminator = model.discriminator
        self.parameters = parameters
        fresh = []
    }

    /// The graph of a network.
    package func graph(of network: TranslatorNetwork) -> NetworkGraph {
        network.role == .generator ? generator : discriminator
    }

    /// Digest of all weights, in the networks' order.
    package var weightsHash: String {
        WeightsHash.hexadecimal(of: kind.networks.compactMap { parameters[$0] })
    }

    private static func parameters(
        of network: RecognizedNetwork,
        in checkpoint: Checkpoint,
        name: String
    ) throws(RetrainingError) -> ParameterSet {
        do {
            return try network.parameters { stored throws(ParameterError) in
                do throws(CheckpointError) {
                    return try checkpoint[stored]?.values() ?? []
                } catch {
                    throw .checkpoint(error)
                }
            }
        } catch {
            throw .badFile("failed to read model \(name): \(error)")
        }
    }
}

// MARK: Files

extension TranslatorModel {
    /// The metadata's word for this kind of file.
    static let format = "gan-accelerator translator 1"

    /// The file: networks under their names, and what the shapes cannot say.
    package func encoded() throws(RetrainingError) -> [UInt8] {
        typealias Key = ModelFile.MetadataKey
        do {
            let writer = try SafetensorsWriter(
                tensors: kind.networks.flatMap { network in
                    parameters[network]?.tensors(prefix: network.prefix) ?? []
                },
                metadata: [
                    Key.format: Self.format,
                    Key.imageSize: "\(imageSize)",
                    Key.weightsHash: weightsHash,
                ]
            )
            return writer.bytes()
        } catch {
            throw .internalFault("failed to lay out the model: \(error)")
        }
    }

    /// The image size that the metadata of such a file say; nil for other files.
    static func imageSize(in metadata: [String: String]) -> Int? {
        guard metadata[ModelFile.MetadataKey.format] == format else { return nil }
        return metadata[ModelFile.MetadataKey.imageSize].flatMap { Int($0) }
    }
}
