import Crypto
import ModelGraph

/// The pictures and labels of a training, told apart by their digests.
package struct PictureManifest: Sendable, Equatable {
    /// One picture.
    package struct Entry: Sendable, Equatable {
        /// The file's name.
        package let name: String
        /// SHA-256 over the crop's bytes, in hexadecimal digits.
        package let digest: String
        /// The picture's labels.
        package let labels: [Bool]
    }

    /// The pictures in order.
    package private(set) var entries: [Entry] = []

    /// No pictures.
    package init() {}

    /// Adds a picture: its decoded and cropped pixels, and its labels.
    package mutating func add(name: String, pixels: [UInt8], labels: [Bool]) {
        entries.append(Entry(name: name, digest: Hexadecimal.sha256(pixels), labels: labels))
    }

    /// SHA-256 over all names, crops and labels.
    package var digest: String {
        var text: [UInt8] = []
        for entry in entries {
            text += Array("\(entry.name.utf8.count) \(entry.name) \(entry.digest) ".utf8)
            text += Array("\(Self.text(entry.labels))\n".utf8)
        }
        return Hexadecimal.sha256(text)
    }

    /// How other pictures differ from these, in words; nil when they do not.
    package func difference(from now: PictureManifest) -> String? {
        let before = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
        let after = Dictionary(now.entries.map { ($0.name, $0) }) { first, _ in first }
        var facts: [String] = []
        for entry in entries {
            guard let other = after[entry.name] else {
                facts.append("\(entry.name) is missing")
                continue
            }
            if other.digest != entry.digest { facts.append("\(entry.name) is another picture") }
            if other.labels != entry.labels { facts.append("\(entry.name) has other labels") }
        }
        for entry in now.entries where before[entry.name] == nil {
            facts.append("\(entry.name) is new")
        }
        if facts.isEmpty, self != now { facts.append("their order changed") }
        guard !facts.isEmpty else { return nil }
        let listed = facts.prefix(4).joined(separator: ", ")
        return facts.count > 4 ? "\(listed) and \(facts.count - 4) more" : listed
    }

    private static func text(_ labels: [Bool]) -> String {
        String(labels.map { $0 ? "1" : "0" })
    }
}

extension PictureManifest {
    /// The manifest for a checkpoint.
    var document: StrictJSON {
        .array(
            entries.map { entry in
                [.string(entry.name), .string(entry.digest), .string(Self.text(entry.labels))]
            }
        )
    }

    /// Reads back what ``document`` wrote.
    init(_ field: JSONField) throws(JSONError) {
        for element in try field.elements() {
            let parts = try element.elements()
            guard parts.count == 3 else { throw element.failure("expected three strings") }
            entries.append(
                Entry(
                    name: try parts[0].string(),
                    digest: try parts[1].string(),
                    labels: try parts[2].string().map { $0 == "1" }
                )
            )
        }
    }
}
