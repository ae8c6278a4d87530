package import ModelGraph

/// Turns files of weights into an entry of the store.
///
/// The tensors stay where they are in the files' bytes, so an import needs little more memory than
/// the files take. Every network has to be of a known family, and every weight finite.
package struct ModelImport: Sendable {
    /// A file of weights.
    package struct File: Sendable {
        /// What stands before its names in the model; nil to choose it where it is needed.
        package let label: String?
        /// The file's name, without folders.
        package let name: String
        /// All of it.
        package let bytes: [UInt8]

        /// Makes a file that was read.
        package init(label: String?, name: String, bytes: [UInt8]) {
            self.label = label
            self.name = name
            self.bytes = bytes
        }
    }

    /// What the model is called, and what its files do not say.
    package struct Facts: Sendable {
        /// The name in the store.
        package let name: String
        /// Names of the classes.
        package var attributes: [String]?
        /// The model it was made from.
        package var parent: String?
        /// The digest of the pictures of its retraining.
        package var pictureDigest: String?
        /// The plan of its retraining: a file's bytes.
        package var plan: [UInt8]?
        /// The report of its retraining: a file's bytes.
        package var report: [UInt8]?

        /// Facts about a model of a name.
        package init(name: String, attributes: [String]? = nil) {
            self.name = name
            self.attributes = attributes
        }
    }

    /// What is put into the store.
    package let addition: ModelStore.Addition
    /// The tensors of all files, each under its label.
    package let checkpoint: Checkpoint
    /// The networks that were recognised.
    package let networks: [RecognizedNetwork]
    /// What was in the files besides tensors; it stays in the store's copies.
    package let ignored: [Checkpoint.Ignored]

    /// Reads and recognises files; `purpose` is what messages say was to be done with them.
    ///
    /// - Throws: `.badFile` with the reason, or a list of what did not fit.
    package init(
        _ files: [File],
        _ facts: Facts,
        purpose: String = "import"
    ) throws(RetrainingError) {
        let parts = try Self.parts(files, purpose)
        var blobs = zip(parts, files).map { (hash: $0.entry.blob, bytes: $1.bytes) }
        let entries = parts.map(\.entry)
        let whole: Checkpoint
        do {
            whole = try Checkpoint(joining: parts.map { ($0.entry.label, $0.checkpoint) })
                .withNetworkNames()
            networks = try NetworkRecognition.recognize(whole.namedShapes).networks
            for network in networks { try Self.checkFinite(network, in: whole) }
        } catch {
            throw .badFile(
                "failed to \(purpose) \(files.map(\.name).joined(separator: ", ")): \(error)"
            )
        }
        ignored = whole.ignored
        checkpoint = whole
        for bytes in [facts.plan, facts.report] {
            if let bytes { blobs.append((Hexadecimal.sha256(bytes), bytes)) }
        }
        addition = ModelStore.Addition(
            model: StoredModel(
                id: StoredModel.id(of: entries),
                name: facts.name,
                family: Self.family(of: networks),
                parent: facts.parent,
                weightsHash: try WeightsHash.hexadecimal(reading: networks, of: whole),
                attributes: facts.attributes ?? ModelFile.attributes(in: whole.metadata),
                pictureDigest: facts.pictureDigest,
                plan: facts.plan.map { Hexadecimal.sha256($0) },
                report: facts.report.map { Hexadecimal.sha256($0) },
                imported: StoreFolder.timestamp(),
                parts: entries
            ),
            blobs: blobs
        )
    }

    /// Reads each file, and says what the store is to know of it.
    private static func parts(
        _ files: [File],
        _ purpose: String
    ) throws(RetrainingError) -> [(entry: StoredModel.Part, checkpoint: Checkpoint)] {
        var parts: [(entry: StoredModel.Part, checkpoint: Checkpoint)] = []
        for file in files {
            let checkpoint = try Self.checkpoint(file, purpose)
            var label = file.label ?? ""
            if file.label == nil, files.count > 1 {
                label = try Self.label(of: checkpoint, file, purpose)
            }
            guard !parts.contains(where: { $0.entry.label == label }) else {
                throw .configuration(
                    "failed to \(purpose) \(file.name): two files are called '\(label)'; "
                        + "name them, as in G_A=\(file.name)"
                )
            }
            let entry = StoredModel.Part(
                label: label,
                blob: Hexadecimal.sha256(file.bytes),
                byteCount: file.bytes.count,
                format: checkpoint.format,
                source: file.name
            )
            parts.append((entry, checkpoint))
        }
        return parts
    }

    private static func checkpoint(
        _ file: File,
        _ purpose: String
    ) throws(RetrainingError) -> Checkpoint {
        do {
            let checkpoint = try Checkpoint(decoding: file.bytes)
            try SealedTensors.refuse(checkpoint, name: file.name, purpose: purpose)
            return checkpoint
        } catch let error as RetrainingError {
            throw error
        } catch {
            throw .badFile("failed to \(purpose) \(file.name): \(error)")
        }
    }

    /// What a file without a label is called among several: what its only network does.
    private static func label(
        of checkpoint: Checkpoint,
        _ file: File,
        _ purpose: String
    ) throws(RetrainingError) -> String {
        let only: RecognizedNetwork?
        do {
            only = try checkpoint.onlyNetwork()
        } catch {
            throw .badFile("failed to \(purpose) \(file.name): \(error)")
        }
        guard let network = only else {
            throw .configuration(
                "failed to \(purpose) \(file.name): it holds several networks; give it alone"
            )
        }
        // CycleGAN's own names: latest_net_G_A.pth.
        let words = ["G_A", "G_B", "D_A", "D_B"]
        return words.first { file.name.contains("net_\($0).") } ?? network.role.rawValue
    }

    private static func checkFinite(
        _ network: RecognizedNetwork,
        in checkpoint: Checkpoint
    ) throws(CheckpointError) {
        for name in network.names.values {
            guard let tensor = checkpoint[name] else { continue }
            try tensor.forEachPieceOfValues { values throws(CheckpointError) in
                if let value = values.first(where: { !$0.isFinite }) {
                    throw tensor.failure("one of its elements is \(value)", .value)
                }
            }
        }
    }

    private static func family(of networks: [RecognizedNetwork]) -> String {
        Set(networks.map(\.family.rawValue)).sorted().joined(separator: "+")
    }
}

extension WeightsHash {
    /// The digest of a StarGAN in a checkpoint, read piece by piece; nil for other networks.
    static func hexadecimal(
        reading networks: [RecognizedNetwork],
        of checkpoint: Checkpoint
    ) throws(RetrainingError) -> String? {
        let generators = networks.filter { $0.role == .generator }
        let discriminators = networks.filter { $0.role == .discriminator }
        guard networks.allSatisfy({ $0.family == .starGAN }), generators.count == 1,
            discriminators.count <= 1
        else { return nil }
        var hash = SHA256Stream()
        do {
            for network in generators + discriminators {
                let parameters = network.graph.parameters.sorted {
                    CanonicalParameters.areInOrder($0.name, $1.name)
                }
                hash.update(CanonicalParameters.head(parameterCount: parameters.count))
                for parameter in parameters {
                    let prefix = CanonicalParameters.prefix(
                        name: parameter.name,
                        shape: parameter.shape
                    )
                    hash.update(prefix)
                    let tensor = network.names[parameter.name].flatMap { checkpoint[$0] }
                    try tensor?.forEachPieceOfValues { values throws(CheckpointError) in
                        hash.update(CanonicalParameters.bytes(of: values[...]))
                    }
                }
            }
        } catch {
            throw .badFile("failed to read weights: \(error)")
        }
        return hash.hexadecimal
    }
}
