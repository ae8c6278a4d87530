package import ModelGraph

/// A generator of any family out of a file of weights, for changing pictures of 3 channels.
package struct PictureGenerator: Sendable {
    /// Family and sizes.
    package let architecture: NetworkArchitecture
    /// Its parameters, batch norms folded in.
    package let parameters: ParameterSet
    /// Names of its classes, in the order of the labels it reads; empty for one that reads a
    /// picture alone.
    package let attributes: [String]
    /// Side in pixels of the pictures it was made for; nil where nothing says it.
    package let imageSize: Int?

    /// The side that pictures have where nothing says one.
    package var usualImageSize: Int {
        architecture.family == .starGAN ? Self.starGANImageSize : architecture.usualImageSize
    }

    private static let starGANImageSize = 256

    /// The generator of a StarGAN.
    package init(_ model: ModelFile) {
        let configuration = model.configuration
        architecture = .starGANGenerator(
            channels: configuration.generatorChannels,
            classes: configuration.classes,
            residualBlocks: configuration.residualBlocks
        )
        parameters = model.generator
        attributes = model.attributeNames
        imageSize = model.discriminator.map { _ in configuration.imageSize }
    }

    /// Takes a generator out of a checkpoint.
    ///
    /// - Parameters:
    ///   - checkpoint: One network or several.
    ///   - name: What the model is called, for messages.
    ///   - names: Names of a StarGAN's classes, where the checkpoint has none.
    ///   - label: The label of the generator, as in `G_A`; nil for the only one.
    /// - Throws: `.badFile` for what is no generator of pictures, `.configuration` when it is not
    ///   said which one of several, or that one is not there.
    package init(
        _ checkpoint: Checkpoint,
        name: String,
        attributes names: [String]? = nil,
        network label: String? = nil
    ) throws(RetrainingError) {
        let whole = checkpoint.withNetworkNames()
        // The checkpoint of a training is refused as any other model's reader does it.
        let isUnfinished =
            whole.metadata[ModelFile.MetadataKey.format] == RetrainingCheckpoint.format
        var network: RecognizedNetwork?
        if !isUnfinished {
            let networks: [RecognizedNetwork]
            do {
                networks = try NetworkRecognition.recognize(whole.namedShapes).networks
            } catch {
                throw .badFile("failed to read model \(name): \(error)")
            }
            network = try Self.choose(label, among: networks, of: name)
        }
        guard let network, network.family != .starGAN else {
            self.init(
                try ModelFile(
                    checkpoint,
                    name: name,
                    attributes: names,
                    assuming: try Self.starGANDefaults()
                )
            )
            return
        }
        try Self.checkChannels(of: network, name)
        do {
            try self.init(network, of: whole)
        } catch {
            throw .badFile("failed to read model \(name): \(error)")
        }
    }

    /// A generator that reads a picture alone.
    private init(
        _ network: RecognizedNetwork,
        of checkpoint: Checkpoint
    ) throws(ParameterError) {
        architecture = network.architecture
        parameters = try network.parameters(of: checkpoint)
        attributes = []
        imageSize = nil
    }

    /// The network for pictures of a size.
    ///
    /// - Throws: `.configuration` for a size that it does not take.
    package func graph(imageSize: Int) throws(RetrainingError) -> NetworkGraph {
        do {
            return try architecture.network(imageSize: imageSize).graph
        } catch {
            throw .configuration("\(error)")
        }
    }

    private static func choose(
        _ label: String?,
        among networks: [RecognizedNetwork],
        of name: String
    ) throws(RetrainingError) -> RecognizedNetwork {
        let generators = networks.filter { $0.role == .generator }
        guard let first = generators.first else {
            throw .badFile(
                "failed to read model \(name): it has no generator, only "
                    + networks.map { "a \($0.family.rawValue) \($0.role.rawValue)" }
                    .joined(separator: ", ")
            )
        }
        let labels = generators.map(\.label)
        guard let label else {
            guard generators.count == 1 else {
                throw .configuration(
                    "failed to choose a generator of \(name): it has \(labels.count); say which "
                        + "one with --network: \(labels.joined(separator: ", "))"
                )
            }
            return first
        }
        guard let chosen = generators.first(where: { $0.label == label }) else {
            let choices = labels.filter { !$0.isEmpty }.joined(separator: ", ")
            throw .configuration(
                "failed to choose a generator of \(name): it has none called '\(label)'; "
                    + (choices.isEmpty
                        ? "its only one has no name: leave --network out"
                        : "--network takes \(choices)")
            )
        }
        return chosen
    }

    private static func checkChannels(
        of network: RecognizedNetwork,
        _ name: String
    ) throws(RetrainingError) {
        let graph = network.graph
        let (input, output) = (
            graph.inputChannels, graph.outputShape(of: graph.outputs[0]).channels
        )
        guard input == 3, output == 3 else {
            let label = network.label.isEmpty ? "" : " \(network.label)"
            throw .badFile(
                "failed to read model \(name): its generator\(label) makes \(output) channels of "
                    + "\(input); pictures have 3"
            )
        }
    }

    /// Sizes for what a file of a generator alone does not say; nothing depends on them.
    private static func starGANDefaults() throws(RetrainingError) -> StarGANConfiguration {
        do {
            return try StarGANConfiguration(
                imageSize: starGANImageSize,
                generatorChannels: 16,
                residualBlocks: 6,
                classes: 1,
                discriminatorChannels: 1,
                discriminatorLayers: 6
            )
        } catch {
            throw .internalFault("\(error)")
        }
    }
}

extension RecognizedNetwork {
    /// The graph's parameters out of a checkpoint with the names that the network was found by.
    func parameters(of checkpoint: Checkpoint) throws(ParameterError) -> ParameterSet {
        try parameters { name throws(ParameterError) in
            do throws(CheckpointError) {
                return try checkpoint[name]?.values() ?? []
            } catch {
                throw .checkpoint(error)
            }
        }
    }
}
