extension ParameterSet {
    /// The first bytes of the canonical stream: what it is and which version.
    package static let canonicalHeader = "gan-accelerator parameters 1\n"

    /// Feeds the set's canonical byte stream to a sink, for a digest of the contents.
    ///
    /// The stream depends on names, shapes and values only, not on the order of the entries:
    /// `canonicalHeader`, the number of parameters, then for each parameter in the order of the
    /// names' UTF-8 bytes: byte count of the name, name, rank, extents, values. Counts and
    /// extents are 64-bit, values fp32, all little-endian.
    ///
    /// - Throws: what the sink throws.
    package func writeCanonicalBytes<Failure: Error>(
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var bytes = Array(Self.canonicalHeader.utf8)
        appendLittleEndian(UInt64(entries.count), to: &bytes)
        for entry in entries.sorted(by: { precedesByBytes($0.name, $1.name) }) {
            appendLittleEndian(UInt64(entry.name.utf8.count), to: &bytes)
            bytes.append(contentsOf: entry.name.utf8)
            appendLittleEndian(UInt64(entry.shape.count), to: &bytes)
            for extent in entry.shape { appendLittleEndian(UInt64(extent), to: &bytes) }
            for value in entry.values {
                appendLittleEndian(value.bitPattern, to: &bytes)
                if bytes.count >= Self.pieceByteCount {
                    try sink(bytes)
                    bytes.removeAll(keepingCapacity: true)
                }
            }
        }
        try sink(bytes)
    }

    private static var pieceByteCount: Int { 1 << 16 }
}
