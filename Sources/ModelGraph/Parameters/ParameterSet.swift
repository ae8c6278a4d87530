/// The values of a network's parameters, in the network's order.
///
/// Names are those of the network, without a file's prefix. Every value is finite.
package struct ParameterSet: Hashable, Sendable {
    /// One parameter with its values.
    package struct Entry: Hashable, Sendable {
        /// The name, unique in the set.
        package let name: String
        /// PyTorch's shape.
        package let shape: [Int]
        /// The values in row-major order.
        package fileprivate(set) var values: [Float]

        /// Makes an entry; the set checks it.
        package init(name: String, shape: [Int], values: [Float]) {
            self.name = name
            self.shape = shape
            self.values = values
        }
    }

    /// The parameters in order.
    package private(set) var entries: [Entry]
    /// The indices of `entries` by name.
    private let indices: [String: Int]

    /// Checks that names differ, shapes hold the values, and every value is finite.
    ///
    /// - Throws: `ParameterError.parameter` naming the first entry that fails.
    package init(_ entries: [Entry]) throws(ParameterError) {
        var indices: [String: Int] = [:]
        for (index, entry) in entries.enumerated() {
            guard indices.updateValue(index, forKey: entry.name) == nil else {
                throw .parameter(name: entry.name, fact: "the name is used twice")
            }
            let isNegative = entry.shape.contains { $0 < 0 }
            guard !isNegative, product(of: entry.shape) == entry.values.count else {
                throw .parameter(
                    name: entry.name,
                    fact: "its shape \(entry.shape) does not hold \(entry.values.count) values"
                )
            }
            try Self.checkFinite(entry.values, of: entry.name)
        }
        self.entries = entries
        self.indices = indices
    }

    /// Takes entries that are valid by the way they were made.
    init(valid entries: [Entry]) {
        self.entries = entries
        self.indices = Dictionary(
            entries.indices.map { (entries[$0].name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Reads a network's parameters from a file in which each name carries `prefix`.
    ///
    /// The file has to hold exactly the network's parameters under the prefix, besides running
    /// statistics of norms, which are ignored; names without the prefix are another network's.
    ///
    /// - Throws: `ParameterError` listing what is missing, unexpected or of the wrong shape.
    package init(
        reading reader: SafetensorsReader,
        for graph: NetworkGraph,
        prefix: String
    ) throws(ParameterError) {
        try self.init(shapes: reader.header.shapes, for: graph, prefix: prefix) {
            name throws(ParameterError) in
            do throws(SafetensorsError) {
                return try reader.values(of: name)
            } catch {
                throw .file(error)
            }
        }
    }

    /// Reads a network's parameters from a checkpoint in which each name carries `prefix`.
    ///
    /// - Throws: `ParameterError` like the reading of a safetensors file.
    package init(
        reading checkpoint: Checkpoint,
        for graph: NetworkGraph,
        prefix: String
    ) throws(ParameterError) {
        try self.init(shapes: checkpoint.shapes, for: graph, prefix: prefix) {
            name throws(ParameterError) in
            do throws(CheckpointError) {
                return try checkpoint[name]?.values() ?? []
            } catch {
                throw .checkpoint(error)
            }
        }
    }

    private init(
        shapes: [String: [Int]],
        for graph: NetworkGraph,
        prefix: String,
        reading values: (String) throws(ParameterError) -> [Float]
    ) throws(ParameterError) {
        let found = shapes.filter { $0.key.hasPrefix(prefix) }
        let networks = [(prefix: prefix, graph: graph)]
        if let mismatch = ParameterMismatch.compare(found, with: networks).mismatch {
            throw .mismatch(mismatch)
        }
        var entries: [Entry] = []
        for parameter in graph.parameters {
            let values = try values(prefix + parameter.name)
            entries.append(
                Entry(name: parameter.name, shape: parameter.shape, values: values)
            )
        }
        try self.init(entries)
    }

    /// The values of a parameter, or `nil` if the set has none of that name.
    package subscript(name: String) -> [Float]? {
        indices[name].map { entries[$0].values }
    }

    /// Replaces the values of a parameter.
    ///
    /// - Throws: `ParameterError.parameter` for an unknown name, a wrong count or a value that is
    ///   not finite.
    package mutating func replaceValues(
        of name: String,
        with values: [Float]
    ) throws(ParameterError) {
        guard let index = indices[name] else {
            throw .parameter(name: name, fact: "the set has no such parameter")
        }
        let expected = entries[index].values.count
        guard values.count == expected else {
            throw .parameter(
                name: name,
                fact: "expected \(expected) values, got \(values.count)"
            )
        }
        try Self.checkFinite(values, of: name)
        entries[index].values = values
    }

    /// The parameters as tensors of a file, each name with `prefix` before it.
    package func tensors(prefix: String) -> [SafetensorsWriter.Tensor] {
        entries.map {
            SafetensorsWriter.Tensor(name: prefix + $0.name, shape: $0.shape, values: $0.values)
        }
    }

    private static func checkFinite(_ values: [Float], of name: String) throws(ParameterError) {
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw .parameter(name: name, fact: "element \(index) is \(values[index])")
        }
    }
}
