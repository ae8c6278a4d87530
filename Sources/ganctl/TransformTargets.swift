import AcceleratorRuntime
import ImageCapture

/// What pictures shall show: the named changes over what a table says of each, or over nothing.
struct TransformTargets {
    private let names: [String]
    private let changes: [Int: Bool]
    private let table: LabelTable?
    /// Classes that no change decides, and their names: what the table is asked for.
    private let open: [(index: Int, name: String)]

    /// Reads the changes, written `a=on,b=off`, and the table; a generator without classes takes
    /// neither, any other at least one of them.
    init(_ generator: PictureGenerator, labels: String?, changes text: String?) throws {
        let names = generator.attributes
        guard !names.isEmpty || labels == nil && text == nil else {
            throw CommandFailure(
                .usage,
                "the model reads a picture alone, it has no attributes to choose; leave "
                    + "\(text == nil ? "--labels" : "--attributes") out"
            )
        }
        guard names.isEmpty || labels != nil || text != nil else {
            throw CommandFailure(
                .usage,
                "say what to change: give --attributes, --labels or both; the model has "
                    + names.joined(separator: ", ")
            )
        }
        let changes = try Self.changes(text ?? "", of: names)
        let open = names.enumerated().filter { changes[$0.offset] == nil }
            .map { (index: $0.offset, name: $0.element) }
        (self.names, self.changes, self.open) = (names, changes, open)
        do throws(LabelTableError) {
            table = try labels.map { path throws(LabelTableError) in
                try LabelTable(contentsOfFile: path)
            }
            try table?.check(attributes: open.map(\.name))
        } catch {
            if case .unreadable = error { throw CommandFailure(.noInput, "\(error)") }
            throw CommandFailure(.badData, "\(error)")
        }
    }

    private static func changes(_ text: String, of names: [String]) throws -> [Int: Bool] {
        var changes: [Int: Bool] = [:]
        let states = ["on": true, "off": false]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) where text != "" {
            // The last sign counts: a name may hold one, a state does not.
            let sign = part.lastIndex(of: "=") ?? part.endIndex
            let name = String(part[..<sign])
            guard sign < part.endIndex, let state = states[String(part[sign...].dropFirst())] else {
                throw CommandFailure(
                    .usage,
                    "--attributes has '\(part)'; write name=on or name=off with commas between"
                )
            }
            guard let index = names.firstIndex(of: name) else {
                throw CommandFailure(
                    .usage,
                    "the model has no attribute '\(name)'; it has \(names.joined(separator: ", "))"
                )
            }
            guard changes.updateValue(state, forKey: index) == nil else {
                throw CommandFailure(
                    .usage,
                    "--attributes names '\(name)' twice; say once what it shall be"
                )
            }
        }
        return changes
    }

    /// The classes of one picture's result.
    func labels(ofFile file: String) throws(LabelTableError) -> [Bool] {
        var result = names.indices.map { changes[$0] ?? false }
        guard let table else { return result }
        let known = try table.labels(forFile: file, attributes: open.map(\.name))
        for (entry, value) in zip(open, known) { result[entry.index] = value }
        return result
    }
}
