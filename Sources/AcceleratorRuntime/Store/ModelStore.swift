import DurableStorage
import Glibc
package import ModelGraph

/// Models in a folder: files by their content, what is known of each, and which one is active.
///
/// ```
/// blobs/SHA-256      a file of weights, a plan or a report, named by its content
/// entries/ID.json    one model (``StoredModel``), written after its blobs
/// active.json        the active model, and those that were active before it
/// lock               held while something changes
/// ```
///
/// Every file is written whole or not at all, and synchronised. Nothing that is read is trusted:
/// a blob that has not its hash, or an entry that does not agree with its name, is reported.
package struct ModelStore: Sendable {
    /// The folder.
    package let path: String
    /// Milliseconds that a change waits for those of others before it gives up.
    let patience: Int

    /// Most bytes of a file of weights.
    package static let maximumBlobByteCount = 2 << 30
    private static let maximumEntryByteCount = 1 << 20

    /// A store in a folder, which is made when the first model comes.
    ///
    /// A change waits `patience` milliseconds at most until those of other tasks and programs are
    /// done.
    package init(path: String, patience: Int = 10_000) {
        self.path = path
        self.patience = patience
    }

    /// An entry that cannot be read: its file and why.
    package struct Damage: Sendable, Equatable {
        /// The file's path.
        package let file: String
        /// What is wrong with it.
        package let reason: String
    }

    /// The models and what is damaged, models by the time they came, then by name.
    ///
    /// A model whose blobs are missing or of another length is among the damaged ones too.
    ///
    /// - Throws: `.fileSystem` when the folder cannot be read.
    package func list() throws(RetrainingError) -> (models: [StoredModel], damages: [Damage]) {
        var models: [StoredModel] = []
        var damages: [Damage] = []
        for name in try StoreFolder.names(in: folder("entries")) where name.hasSuffix(".json") {
            let file = folder("entries") + "/" + name
            do throws(RetrainingError) {
                let model = try entry(String(name.dropLast(5)))
                models.append(model)
                if let reason = shortage(of: model) {
                    damages.append(Damage(file: file, reason: reason))
                }
            } catch {
                damages.append(Damage(file: file, reason: "\(error)"))
            }
        }
        models.sort { ($0.imported, $0.name) < ($1.imported, $1.name) }
        return (models, damages)
    }

    /// The model of a name, an id or the beginning of one, or the word `active`.
    ///
    /// - Throws: `.missingFile` when there is none, `.configuration` when there are several.
    package func find(_ reference: String) throws(RetrainingError) -> StoredModel {
        let (models, damages) = try list()
        if reference == Self.activeWord {
            guard let id = try activity().active else {
                throw .missingFile(
                    "failed to find the active model: none is active in \(path); "
                        + "activate one with ganctl model activate"
                )
            }
            return try entry(id)
        }
        if let model = models.first(where: { $0.name == reference }) { return model }
        let isBeginning = reference.utf8.count >= Self.shortestReference
        let matches = models.filter { isBeginning && $0.id.hasPrefix(reference) }
        guard matches.count < 2 else {
            throw .configuration(
                "failed to choose a model: \(matches.count) ids begin with \(reference); "
                    + "give more of it"
            )
        }
        if let match = matches.first { return match }
        let hint = damages.isEmpty ? "" : "; \(damages.count) damaged entries were left aside"
        throw .missingFile(
            "failed to find model \(reference): there is no such name or id in \(path)\(hint); "
                + "ganctl model list shows what there is"
        )
    }

    /// Reads a model's tensors, all parts together, each under its label.
    ///
    /// - Throws: `.badFile` for a blob that is damaged.
    package func load(_ model: StoredModel) throws(RetrainingError) -> Checkpoint {
        var checkpoints: [(label: String, checkpoint: Checkpoint)] = []
        for part in model.parts { checkpoints.append((part.label, try load(part, of: model))) }
        do {
            return try Checkpoint(joining: checkpoints)
        } catch {
            throw .badFile("failed to read model \(model.name): \(error)")
        }
    }

    /// Reads one part of a model.
    ///
    /// - Throws: `.badFile` for a blob that is damaged.
    package func load(
        _ part: StoredModel.Part,
        of model: StoredModel
    ) throws(RetrainingError) -> Checkpoint {
        let bytes = try blob(part.blob, of: model)
        do {
            return try Checkpoint(decoding: bytes)
        } catch {
            throw .badFile("failed to read model \(model.name): \(error)")
        }
    }

    /// The bytes of a blob, whose hash is compared.
    ///
    /// - Throws: `.badFile` when it is missing or damaged.
    package func blob(
        _ hash: String,
        of model: StoredModel
    ) throws(RetrainingError) -> [UInt8] {
        let file = blobFile(hash)
        let bytes: [UInt8]
        do throws(FileBytes.Failure) {
            bytes = try FileBytes.read(file, maximumByteCount: Self.maximumBlobByteCount)
        } catch {
            throw .badFile("failed to read model \(model.name): \(file): \(error)")
        }
        guard Hexadecimal.sha256(bytes) == hash else {
            throw .badFile(
                "failed to read model \(model.name): \(file) is damaged, its bytes do not have its "
                    + "hash; remove the model with --force and import it again"
            )
        }
        return bytes
    }

    // MARK: Files

    static let activeWord = "active"
    private static let shortestReference = 6

    /// Whether a text is a SHA-256 in lower-case hexadecimal digits.
    static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    func folder(_ name: String) -> String { "\(path)/\(name)" }
    func blobFile(_ hash: String) -> String { "\(path)/blobs/\(hash)" }
    func entryFile(_ id: String) -> String { "\(path)/entries/\(id).json" }

    /// Reads one entry.
    func entry(_ id: String) throws(RetrainingError) -> StoredModel {
        let file = entryFile(id)
        do {
            let bytes = try FileBytes.read(file, maximumByteCount: Self.maximumEntryByteCount)
            let model = try StoredModel(decoding: bytes, document: file)
            guard model.id == id else {
                throw RetrainingError.badFile("\(file): it is the entry of another id")
            }
            return model
        } catch let error as RetrainingError {
            throw error
        } catch {
            throw .badFile("failed to read entry \(file): \(error)")
        }
    }

    /// Why a model's blobs cannot be what it needs, without reading them.
    private func shortage(of model: StoredModel) -> String? {
        for part in model.parts {
            var status = stat()
            guard stat(blobFile(part.blob), &status) == 0 else {
                return "its file \(blobFile(part.blob)) is missing"
            }
            guard status.st_size == part.byteCount else {
                return "its file \(blobFile(part.blob)) has \(status.st_size) bytes, "
                    + "not \(part.byteCount)"
            }
        }
        return nil
    }
}

extension Checkpoint {
    /// Several checkpoints as one, each under its label.
    ///
    /// - Throws: `CheckpointError` when labels do not keep names apart.
    package init(
        joining parts: [(label: String, checkpoint: Checkpoint)]
    ) throws(CheckpointError) {
        if parts.count == 1, let (label, checkpoint) = parts.first, label.isEmpty {
            self = checkpoint
            return
        }
        var tensors: [CheckpointTensor] = []
        var ignored: [Ignored] = []
        var versions: [ModuleVersions] = []
        var metadata: [String: String] = [:]
        for (label, checkpoint) in parts {
            ignored += checkpoint.ignored
            versions += checkpoint.versions.map { state in
                let path = label.isEmpty ? state.path : [label] + state.path
                return ModuleVersions(path: path, modules: state.modules)
            }
            metadata.merge(checkpoint.metadata) { first, _ in first }
            for tensor in checkpoint.withNetworkNames().tensors {
                tensors.append(label.isEmpty ? tensor : tensor.nested(under: label))
            }
        }
        try self.init(
            format: parts.first?.checkpoint.format ?? .safetensors,
            tensors: tensors,
            metadata: metadata,
            versions: versions,
            ignored: ignored
        )
    }
}
