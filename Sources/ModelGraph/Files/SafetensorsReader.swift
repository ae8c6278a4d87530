/// Reads a safetensors file: the header at once, tensors on demand.
///
/// Bytes come through a closure, so a file need not be in memory. Over a mapped file it is
/// `{ range in Array(map[range]) }`, where `map` is the `UnsafeRawBufferPointer`.
package struct SafetensorsReader {
    /// Fetches a range of the file's bytes; asked only for ranges within the file.
    package typealias ByteSource = (Range<Int>) throws(SafetensorsError) -> [UInt8]

    /// The checked table of contents.
    package let header: SafetensorsHeader
    private let source: ByteSource

    /// Bytes fetched at a time: what reading needs besides the values themselves.
    package static let pieceByteCount = 1 << 20

    /// Reads and checks the header.
    ///
    /// - Throws: `SafetensorsError` for a malformed file, or whatever `source` throws.
    package init(
        fileByteCount: Int,
        source: @escaping ByteSource
    ) throws(SafetensorsError) {
        self.source = source
        let prefixEnd = min(SafetensorsHeader.prefixByteCount, max(0, fileByteCount))
        let prefix = try Self.fetch(0..<prefixEnd, from: source)
        let length = try SafetensorsHeader.byteCount(prefix: prefix, fileByteCount: fileByteCount)
        let text = try Self.fetch(prefixEnd..<prefixEnd + length, from: source)
        header = try SafetensorsHeader(decoding: text, fileByteCount: fileByteCount)
    }

    /// Reads and checks a whole file that is in memory.
    ///
    /// - Throws: `SafetensorsError` for a malformed file.
    package init(bytes: [UInt8]) throws(SafetensorsError) {
        try self.init(fileByteCount: bytes.count) { (range) throws(SafetensorsError) in
            Array(bytes[range])
        }
    }

    /// The numbers of a tensor in row-major order.
    ///
    /// F32, F16 and BF16 are exact, F64 is rounded to nearest even; other types are refused.
    ///
    /// - Throws: `SafetensorsError` naming the tensor.
    package func values(of name: String) throws(SafetensorsError) -> [Float] {
        var values: [Float] = []
        if let tensor = header[name] { values.reserveCapacity(tensor.elementCount) }
        try forEachPiece(of: name) { values.append(contentsOf: $0) }
        return values
    }

    /// Hands out the numbers of a tensor in order, at most `pieceByteCount` bytes at a time.
    ///
    /// - Throws: `SafetensorsError` naming the tensor.
    package func forEachPiece(
        of name: String,
        _ body: ([Float]) -> Void
    ) throws(SafetensorsError) {
        guard let tensor = header[name] else {
            throw SafetensorsError(.name, tensor: name, "there is no such tensor in the file")
        }
        let type = tensor.elementType
        guard type.isFloatingPoint else {
            throw SafetensorsError(
                .elementType,
                tensor: name,
                "\(type.rawValue) elements cannot be read as fp32 numbers"
            )
        }
        var start = tensor.byteRange.lowerBound
        while start < tensor.byteRange.upperBound {
            let end = min(start + Self.pieceByteCount, tensor.byteRange.upperBound)
            let bytes = try Self.fetch(start..<end, from: source)
            var piece: [Float] = []
            if let index = type.appendElements(of: bytes[...], to: &piece) {
                let element = (start - tensor.byteRange.lowerBound) / type.byteCount + index
                throw SafetensorsError(
                    .value,
                    tensor: name,
                    "element \(element) overflows single precision"
                )
            }
            body(piece)
            start = end
        }
    }

    private static func fetch(
        _ range: Range<Int>,
        from source: ByteSource
    ) throws(SafetensorsError) -> [UInt8] {
        let bytes = try source(range)
        guard bytes.count == range.count else {
            throw SafetensorsError(
                .unreadable,
                "asked for \(range.count) bytes at \(range.lowerBound), got \(bytes.count)"
            )
        }
        return bytes
    }
}
