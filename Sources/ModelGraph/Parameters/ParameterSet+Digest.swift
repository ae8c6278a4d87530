/// The canonical byte stream of a set of parameters, for a digest of its contents.
///
/// The stream depends on names, shapes and values only: ``header``, the number of parameters, then
/// for each parameter in the order of the names' UTF-8 bytes: byte count of the name, name, rank,
/// extents, values. Counts and extents are 64-bit, values fp32, all little-endian.
package enum CanonicalParameters {
    /// The first bytes of the stream: what it is and which version.
    package static let header = "gan-accelerator parameters 1\n"

    /// The stream's head for a number of parameters.
    package static func head(parameterCount: Int) -> [UInt8] {
        var bytes = Array(header.utf8)
        appendLittleEndian(UInt64(parameterCount), to: &bytes)
        return bytes
    }

    /// What stands before a parameter's values.
    package static func prefix(name: String, shape: [Int]) -> [UInt8] {
        var bytes: [UInt8] = []
        appendLittleEndian(UInt64(name.utf8.count), to: &bytes)
        bytes.append(contentsOf: name.utf8)
        appendLittleEndian(UInt64(shape.count), to: &bytes)
        for extent in shape { appendLittleEndian(UInt64(extent), to: &bytes) }
        return bytes
    }

    /// Some of a parameter's values.
    package static func bytes(of values: ArraySlice<Float>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * 4)
        for value in values { appendLittleEndian(value.bitPattern, to: &bytes) }
        return bytes
    }

    /// The order of parameters in the stream.
    package static func areInOrder(_ first: String, _ second: String) -> Bool {
        precedesByBytes(first, second)
    }
}

extension ParameterSet {
    /// Feeds the set's canonical byte stream (``CanonicalParameters``) to a sink, in pieces.
    ///
    /// - Throws: what the sink throws.
    package func writeCanonicalBytes<Failure: Error>(
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        try sink(CanonicalParameters.head(parameterCount: entries.count))
        for entry in entries.sorted(by: { CanonicalParameters.areInOrder($0.name, $1.name) }) {
            try sink(CanonicalParameters.prefix(name: entry.name, shape: entry.shape))
            for start in stride(from: 0, to: entry.values.count, by: Self.pieceElementCount) {
                let end = min(start + Self.pieceElementCount, entry.values.count)
                try sink(CanonicalParameters.bytes(of: entry.values[start..<end]))
            }
        }
    }

    private static var pieceElementCount: Int { 1 << 14 }
}
