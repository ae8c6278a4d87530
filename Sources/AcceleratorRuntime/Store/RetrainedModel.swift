import ModelGraph

/// The files of a retrained model in the layout of the model it was made from.
///
/// Every part keeps its names, order, types and shapes; tensors that training does not know pass
/// through, and so do the bytes of every number that did not change. A network that the parent
/// lacks, such as a discriminator that was made for the retraining, becomes a part of its own.
package enum RetrainedModel {
    /// Puts trained weights into the parent's files.
    ///
    /// - Parameters:
    ///   - trained: What the retraining came to: a file of both networks.
    ///   - parent: The stored model that it started from.
    ///   - store: Where that one is.
    /// - Returns: Files to be imported.
    /// - Throws: `.badFile` when the networks are not those of the parent, or a weight does not fit
    ///   the type that the parent has for it.
    package static func files(
        of trained: ModelFile,
        in parent: StoredModel,
        of store: ModelStore
    ) throws(RetrainingError) -> [ModelImport.File] {
        let (networks, whole) = try networks(of: parent, store)
        let weights = networks.map { network in
            network.role == .generator ? trained.generator : trained.discriminator
        }
        var files = try files(zip(networks, weights), whole, parent, store)
        let isComplete = networks.contains { $0.role == .discriminator }
        if !isComplete, let discriminator = trained.discriminator {
            let label = NetworkArchitecture.Role.discriminator.rawValue
            files.append(try file(discriminator, label: label))
        }
        return files
    }

    /// Puts the trained weights of a translator into the parent's files.
    ///
    /// - Parameters:
    ///   - trained: What the training came to.
    ///   - parent: The stored model that it started from.
    ///   - store: Where that one is.
    /// - Returns: Files to be imported.
    /// - Throws: `.badFile` when the networks are not those of the parent, or a weight does not fit
    ///   the type that the parent has for it.
    package static func files(
        of trained: TranslatorModel,
        in parent: StoredModel,
        of store: ModelStore
    ) throws(RetrainingError) -> [ModelImport.File] {
        let (networks, whole) = try networks(of: parent, store)
        var missing = trained.kind.networks
        var weights: [ParameterSet?] = []
        for network in networks {
            let direction = trained.kind == .cycleGAN ? network.direction : nil
            let place = TranslatorNetwork(role: network.role, direction: direction)
            missing.removeAll { $0 == place }
            weights.append(trained.parameters[place])
        }
        var files = try files(zip(networks, weights), whole, parent, store)
        for network in missing {
            guard let set = trained.parameters[network] else { continue }
            files.append(try file(set, label: network.label))
        }
        return files
    }

    private static func networks(
        of parent: StoredModel,
        _ store: ModelStore
    ) throws(RetrainingError) -> ([RecognizedNetwork], Checkpoint) {
        let whole = try store.load(parent).withNetworkNames()
        do {
            return (try NetworkRecognition.recognize(whole.namedShapes).networks, whole)
        } catch {
            throw .badFile("failed to read model \(parent.name): \(error)")
        }
    }

    private static func files(
        _ trained: some Sequence<(RecognizedNetwork, ParameterSet?)>,
        _ whole: Checkpoint,
        _ parent: StoredModel,
        _ store: ModelStore
    ) throws(RetrainingError) -> [ModelImport.File] {
        var values: [String: [Float]] = [:]
        for (network, set) in trained {
            guard let set else { continue }
            for (name, stored) in network.names {
                guard let trained = set[name], trained.count == whole[stored]?.elementCount else {
                    throw .badFile(
                        "failed to put weights into \(parent.name): its \(stored) is not what was "
                            + "trained; name the model that the training started from with --parent"
                    )
                }
                values[stored] = trained
            }
        }
        var files: [ModelImport.File] = []
        for part in parent.parts { files.append(try file(part, parent, store, values)) }
        return files
    }

    private static func file(
        _ part: StoredModel.Part,
        _ parent: StoredModel,
        _ store: ModelStore,
        _ values: [String: [Float]]
    ) throws(RetrainingError) -> ModelImport.File {
        var checkpoint = try store.load(part, of: parent).withNetworkNames()
        do {
            for tensor in checkpoint.tensors {
                let name = part.label.isEmpty ? tensor.name : "\(part.label).\(tensor.name)"
                guard let values = values[name] else { continue }
                try checkpoint.replaceValues(of: tensor.name, with: values)
            }
            // The hash was that of the weights before.
            checkpoint.metadata[ModelFile.MetadataKey.weightsHash] = nil
            return ModelImport.File(
                label: part.label,
                name: part.source,
                bytes: try checkpoint.encoded(as: part.format)
            )
        } catch {
            throw .badFile("failed to put weights into \(part.source): \(error)")
        }
    }

    private static func file(
        _ set: ParameterSet,
        label: String
    ) throws(RetrainingError) -> ModelImport.File {
        do {
            let writer = try SafetensorsWriter(tensors: set.tensors(prefix: ""))
            return ModelImport.File(
                label: label,
                name: "\(label).safetensors",
                bytes: writer.bytes()
            )
        } catch {
            throw .internalFault("failed to lay out the \(label): \(error)")
        }
    }
}
