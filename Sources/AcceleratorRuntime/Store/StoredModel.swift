package import ModelGraph

/// What the store knows of a model: one JSON file, whose name is the model's id.
package struct StoredModel: Sendable, Equatable {
    /// One file of the model, as it was imported or derived.
    package struct Part: Sendable, Equatable {
        /// What stands before its names in the model, such as `generator`; empty for nothing.
        package let label: String
        /// SHA-256 of the file, which is also the blob's name.
        package let blob: String
        /// Bytes of the file.
        package let byteCount: Int
        /// What kind of file it is.
        package let format: Checkpoint.Format
        /// The name of the file it came from.
        package let source: String
    }

    /// A file that belongs to the model: its SHA-256, which is also the blob's name.
    package typealias Blob = String

    /// SHA-256 over the parts' labels and blobs: the same weights have the same id.
    package let id: String
    /// The name, unique in the store.
    package let name: String
    /// The family, for example `stargan`.
    package let family: String
    /// The id of the model that was retrained; nil for one that came from elsewhere.
    package let parent: String?
    /// The hash of a StarGAN's weights (``WeightsHash``), which reports name; nil for others.
    package let weightsHash: String?
    /// Names of the classes, where they are known.
    package let attributes: [String]?
    /// The digest of the pictures it was retrained on.
    package let pictureDigest: String?
    /// The plan of its retraining.
    package let plan: Blob?
    /// The report of its retraining.
    package let report: Blob?
    /// When it was put into the store: UTC, as in `2026-01-31T12:00:00Z`.
    package let imported: String
    /// The files, in the order they were given.
    package let parts: [Part]

    /// The blobs that the entry needs.
    package var blobs: [Blob] { parts.map(\.blob) + [plan, report].compactMap { $0 } }

    /// Bytes of all parts.
    package var byteCount: Int { parts.reduce(0) { $0 + $1.byteCount } }

    /// The id that a model of these parts has.
    package static func id(of parts: [Part]) -> String {
        let text = parts.map { "\($0.label) \($0.blob)\n" }.joined()
        return Hexadecimal.sha256(Array("gan-accelerator stored model 1\n\(text)".utf8))
    }
}

extension StoredModel {
    private static let schema = 1

    /// The entry's file.
    package var document: StrictJSON {
        func text(_ value: String?) -> StrictJSON { value.map { .string($0) } ?? .null }
        let parts = parts.map { part -> StrictJSON in
            [
                "label": .string(part.label),
                "blob": .string(part.blob),
                "byteCount": .integer(part.byteCount),
                "format": .string(part.format.rawValue),
                "source": .string(part.source),
            ]
        }
        return [
            "schema": .integer(Self.schema),
            "id": .string(id),
            "name": .string(name),
            "family": .string(family),
            "parent": text(parent),
            "weightsHash": text(weightsHash),
            "attributes": attributes.map { .array($0.map { .string($0) }) } ?? .null,
            "pictureDigest": text(pictureDigest),
            "plan": text(plan),
            "report": text(report),
            "imported": .string(imported),
            "parts": .array(parts),
        ]
    }

    /// Reads an entry's file; ids and hashes have to look like such and to agree.
    ///
    /// - Throws: `JSONError` naming the file and the key.
    package init(decoding bytes: [UInt8], document: String) throws(JSONError) {
        let root = try JSONField(parsing: bytes, document: document)
        let schema = try root["schema"]
        guard try schema.integer() == Self.schema else {
            throw schema.failure("expected \(Self.schema); use the ganctl that wrote it")
        }
        func text(_ key: String) throws(JSONError) -> String? {
            let field = try root[key]
            return field.value == .null ? nil : try field.string()
        }
        func hash(_ field: JSONField) throws(JSONError) -> String {
            let text = try field.string()
            guard ModelStore.isHash(text) else { throw field.failure("it is no SHA-256") }
            return text
        }
        func optionalHash(_ key: String) throws(JSONError) -> String? {
            let field = try root[key]
            return field.value == .null ? nil : try hash(field)
        }
        var parts: [Part] = []
        for part in try root["parts"].elements() {
            let format = try part["format"]
            guard let known = Checkpoint.Format(rawValue: try format.string()) else {
                throw format.failure("it is an unknown format")
            }
            parts.append(
                Part(
                    label: try part["label"].string(),
                    blob: try hash(try part["blob"]),
                    byteCount: try part["byteCount"].integer(in: 0...Int.max),
                    format: known,
                    source: try part["source"].string()
                )
            )
        }
        let id = try hash(try root["id"])
        guard id == Self.id(of: parts) else {
            throw try root["id"].failure("it is not that of the parts")
        }
        let names = try root["attributes"]
        var attributes: [String]?
        if names.value != .null {
            attributes = []
            for element in try names.elements() { attributes?.append(try element.string()) }
        }
        self.init(
            id: id,
            name: try root["name"].string(),
            family: try root["family"].string(),
            parent: try optionalHash("parent"),
            weightsHash: try optionalHash("weightsHash"),
            attributes: attributes,
            pictureDigest: try text("pictureDigest"),
            plan: try optionalHash("plan"),
            report: try optionalHash("report"),
            imported: try root["imported"].string(),
            parts: parts
        )
    }
}
