import Crypto
import ModelGraph

/// A checkpoint's file: tensors, JSON texts as metadata, and a digest over all of it, so that a
/// flipped bit is never taken for another option.
struct SealedTensors {
    /// The tensors.
    let reader: SafetensorsReader
    /// The texts in the order of the keys asked for.
    let fields: [JSONField]

    private static let digestKey = "digest"

    /// Words of the metadata for unfinished trainings of any kind.
    static let formats = [RetrainingCheckpoint.format, TranslatorCheckpoint.format]

    /// Refuses what a model is read from if it is a checkpoint; `purpose` as in "read model".
    static func refuse(
        _ checkpoint: Checkpoint,
        name: String,
        purpose: String
    ) throws(RetrainingError) {
        guard let format = checkpoint.metadata[ModelFile.MetadataKey.format],
            formats.contains(format)
        else { return }
        throw .badFile(
            "failed to \(purpose) \(name): it is the checkpoint of an unfinished "
                + "retraining; finish it with --resume"
        )
    }

    /// Lays out a file.
    static func encoded(
        format: String,
        texts: [(key: String, document: StrictJSON)],
        tensors: [SafetensorsWriter.Tensor]
    ) throws(RetrainingError) -> [UInt8] {
        do {
            var metadata = [ModelFile.MetadataKey.format: format]
            var digest = Digest()
            for (key, document) in texts {
                let text = String(decoding: try document.serialized(), as: UTF8.self)
                metadata[key] = text
                digest.add(text)
            }
            let tensors = tensors.sorted { CanonicalParameters.areInOrder($0.name, $1.name) }
            for tensor in tensors {
                digest.begin(tensor.name, tensor.shape)
                digest.add(tensor.values)
            }
            metadata[digestKey] = digest.text
            return try SafetensorsWriter(tensors: tensors, metadata: metadata).bytes()
        } catch {
            throw .internalFault("failed to lay out the checkpoint: \(error)")
        }
    }

    /// Opens a file whose contents have the digest it says; `name` is the file's, for messages.
    init(decoding bytes: [UInt8], name: String, format: String, keys: [String]) throws {
        reader = try SafetensorsReader(bytes: bytes)
        let metadata = reader.header.metadata
        guard metadata[ModelFile.MetadataKey.format] == format else {
            throw JSONError(at: name, "it is not a checkpoint of this program")
        }
        var digest = Digest()
        for key in keys { digest.add(metadata[key] ?? "") }
        let tensors = reader.header.tensors.sorted {
            CanonicalParameters.areInOrder($0.name, $1.name)
        }
        for tensor in tensors {
            digest.begin(tensor.name, tensor.shape)
            try reader.forEachPiece(of: tensor.name) { digest.add($0) }
        }
        guard digest.text == metadata[Self.digestKey] else {
            throw JSONError(at: name, "its contents do not have the digest it says")
        }
        fields = try keys.map { key in
            try JSONField(parsing: Array((metadata[key] ?? "").utf8), document: "\(name), \(key)")
        }
    }

    /// Texts, then tensors in the order of their names.
    private struct Digest {
        private var hash = SHA256()

        mutating func add(_ text: String) {
            hash.update(data: Array("\(text.utf8.count) \(text)\n".utf8))
        }

        mutating func begin(_ name: String, _ shape: [Int]) {
            hash.update(data: CanonicalParameters.prefix(name: name, shape: shape))
        }

        mutating func add(_ values: [Float]) {
            hash.update(data: CanonicalParameters.bytes(of: values[...]))
        }

        var text: String { Hexadecimal.text(hash.finalize()) }
    }
}

// MARK: Networks

extension NetworkState {
    private static let firstPrefix = "moment1."
    private static let secondPrefix = "moment2."

    /// The tensors in a checkpoint: masters under `prefix`, moments under the same after
    /// `moment1.` and `moment2.`; zero moments are left out.
    func tensors(prefix: String) -> [SafetensorsWriter.Tensor] {
        parameters.tensors(prefix: prefix)
            + (firstMoments?.tensors(prefix: Self.firstPrefix + prefix) ?? [])
            + (secondMoments?.tensors(prefix: Self.secondPrefix + prefix) ?? [])
    }

    /// Reads back what ``tensors(prefix:)`` gave.
    init(_ file: SealedTensors, _ graph: NetworkGraph, prefix: String) throws {
        func set(_ prefix: String) throws -> ParameterSet {
            try ParameterSet(reading: file.reader, for: graph, prefix: prefix)
        }
        func moments(_ prefix: String) throws -> ParameterSet? {
            let hasAny = file.reader.header.tensors.contains { $0.name.hasPrefix(prefix) }
            return hasAny ? try set(prefix) : nil
        }
        self.init(
            parameters: try set(prefix),
            firstMoments: try moments(Self.firstPrefix + prefix),
            secondMoments: try moments(Self.secondPrefix + prefix)
        )
        guard (firstMoments == nil) == (secondMoments == nil) else {
            throw JSONError(at: prefix, "of the two moments one is missing")
        }
    }
}

// MARK: Going on

/// Whether a training may go on from a checkpoint.
enum Resumption {
    /// Refuses options, by name, that are not those saved; returns the saved ones.
    static func check(
        _ saved: JSONField,
        against fields: [(name: String, value: String)],
        name: String
    ) throws -> [String: String] {
        var values: [String: String] = [:]
        for (key, field) in try saved.members() { values[key] = try field.string() }
        let differences = fields.compactMap { field -> String? in
            let before = values[field.name] ?? "nothing"
            return before == field.value ? nil : "\(field.name) was \(before), now \(field.value)"
        }
        guard differences.isEmpty else {
            throw RetrainingError.configuration(
                "failed to resume from \(name): \(differences.joined(separator: "; ")); "
                    + "give the same options, or start over with --force"
            )
        }
        return values
    }

    /// Refuses pictures that are not those saved.
    static func check(
        _ saved: PictureManifest,
        against pictures: PictureManifest,
        name: String
    ) throws(RetrainingError) {
        guard let difference = saved.difference(from: pictures) else { return }
        throw .configuration(
            "failed to resume from \(name): the pictures differ: \(difference); "
                + "put them back, or start over with --force"
        )
    }

    /// The failure of reading a checkpoint.
    static func failure(_ error: any Error) -> RetrainingError {
        if let error = error as? RetrainingError { return error }
        return .badFile(
            "failed to resume: the checkpoint is damaged (\(error)); start over with --force"
        )
    }

    /// The options as a checkpoint has them.
    static func document(_ fields: [(name: String, value: String)]) -> StrictJSON {
        .object(
            Dictionary(fields.map { ($0.name, .string($0.value)) }) { first, _ in first }
        )
    }
}
