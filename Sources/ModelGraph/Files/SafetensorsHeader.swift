/// The table of contents of a safetensors file, fully checked.
///
/// ```
/// | 8 bytes: N, little-endian | N bytes: JSON object, padded with spaces | tensors, no holes |
/// ```
package struct SafetensorsHeader: Hashable, Sendable {
    /// One tensor of the file.
    package struct Tensor: Hashable, Sendable {
        /// The name, unique in the file.
        package let name: String
        /// The type of its elements.
        package let elementType: SafetensorsElementType
        /// The extents; empty for a scalar.
        package let shape: [Int]
        /// The product of the extents.
        package let elementCount: Int
        /// Where its bytes lie, counted from the start of the file.
        package let byteRange: Range<Int>
    }

    /// The tensors in the order of their bytes in the file.
    package let tensors: [Tensor]
    /// The free-form strings stored under `__metadata__`.
    package let metadata: [String: String]
    /// The indices of `tensors` by name.
    private let indices: [String: Int]

    /// Bytes of the length field.
    package static let prefixByteCount = 8
    /// The longest header the format allows.
    package static let maximumByteCount = 100_000_000
    /// The key that holds the metadata instead of a tensor.
    package static let metadataKey = "__metadata__"

    /// The header's length in bytes, from the first eight bytes of the file.
    ///
    /// - Throws: `SafetensorsError` when it exceeds the limit or the file.
    package static func byteCount(
        prefix: [UInt8],
        fileByteCount: Int
    ) throws(SafetensorsError) -> Int {
        guard prefix.count == prefixByteCount, fileByteCount >= prefixByteCount else {
            throw SafetensorsError(
                .headerLength,
                "the file has \(fileByteCount) bytes, the length field alone takes 8"
            )
        }
        let length = prefix.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard length >= 2, length <= UInt64(maximumByteCount) else {
            throw SafetensorsError(
                .headerLength,
                "the header is said to have \(length) bytes; 2...\(maximumByteCount) are allowed"
            )
        }
        guard length <= UInt64(fileByteCount - prefixByteCount) else {
            throw SafetensorsError(
                .headerLength,
                "the header is said to have \(length) bytes, the file has \(fileByteCount)"
            )
        }
        return Int(length)
    }

    /// Checks a header's text against the length of the file it stands in.
    ///
    /// - Throws: `SafetensorsError` naming the tensor and the fact.
    package init(decoding text: [UInt8], fileByteCount: Int) throws(SafetensorsError) {
        let dataOffset = Self.prefixByteCount + text.count
        guard dataOffset <= fileByteCount else {
            throw SafetensorsError(.headerLength, "the header is longer than the file")
        }
        guard text.first == UInt8(ascii: "{") else {
            throw SafetensorsError(.headerSyntax, "the header does not begin with '{'")
        }
        let members: [(key: String, field: JSONField)]
        do {
            members = try JSONField(parsing: text, document: "header").members()
        } catch {
            throw SafetensorsError(.headerSyntax, error.description)
        }
        var metadata: [String: String] = [:]
        var tensors: [Tensor] = []
        for (name, field) in members {
            do {
                if name == Self.metadataKey {
                    for (key, value) in try field.members() { metadata[key] = try value.string() }
                    continue
                }
            } catch {
                throw SafetensorsError(.headerSyntax, error.description)
            }
            let entry = TensorEntry(name: name, field: field)
            tensors.append(
                try entry.tensor(dataOffset: dataOffset, byteCount: fileByteCount - dataOffset)
            )
        }
        // Names came sorted; a stable order of ranges keeps empty tensors deterministic.
        tensors.sort { first, second in
            let (a, b) = (first.byteRange, second.byteRange)
            if a.lowerBound != b.lowerBound { return a.lowerBound < b.lowerBound }
            if a.upperBound != b.upperBound { return a.upperBound < b.upperBound }
            return precedesByBytes(first.name, second.name)
        }
        try Self.checkCoverage(of: dataOffset..<fileByteCount, by: tensors)
        self.tensors = tensors
        self.metadata = metadata
        self.indices = Dictionary(
            tensors.indices.map { (tensors[$0].name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The tensor of that name, if there is one.
    package subscript(name: String) -> Tensor? {
        indices[name].map { tensors[$0] }
    }

    /// The shapes by name, for recognising what a file holds.
    package var shapes: [String: [Int]] {
        indices.mapValues { tensors[$0].shape }
    }

    private static func checkCoverage(
        of bytes: Range<Int>,
        by tensors: [Tensor]
    ) throws(SafetensorsError) {
        var end = bytes.lowerBound
        for tensor in tensors {
            let start = tensor.byteRange.lowerBound
            guard start == end else {
                throw SafetensorsError(
                    .offsets,
                    tensor: tensor.name,
                    start < end
                        ? "its bytes overlap those of another tensor"
                        : "\(start - end) bytes before it belong to no tensor"
                )
            }
            end = tensor.byteRange.upperBound
        }
        guard end == bytes.upperBound else {
            throw SafetensorsError(
                .offsets,
                "\(bytes.upperBound - end) bytes at the end belong to no tensor"
            )
        }
    }
}

/// One member of the header on its way to a checked tensor.
private struct TensorEntry {
    let name: String
    let field: JSONField

    func tensor(
        dataOffset: Int,
        byteCount: Int
    ) throws(SafetensorsError) -> SafetensorsHeader.Tensor {
        try checking(.headerSyntax) { () throws(JSONError) in
            try field.requireOnly(["dtype", "shape", "data_offsets"])
        }
        let typeName = try checking(.headerSyntax) { () throws(JSONError) in
            try field["dtype"].string()
        }
        guard let elementType = SafetensorsElementType(rawValue: typeName) else {
            throw failure(.elementType, "the element type \(typeName) is not supported")
        }
        let shape = try integers("shape", kind: .shape)
        let offsets = try integers("data_offsets", kind: .offsets)
        guard offsets.count == 2, offsets[0] <= offsets[1], offsets[1] <= byteCount else {
            throw failure(
                .offsets,
                "its offsets are \(offsets); expected a begin and an end within \(byteCount) bytes"
            )
        }
        guard let elementCount = product(of: shape),
            let needed = product(of: [elementCount, elementType.byteCount])
        else {
            throw failure(.shape, "the size of its shape \(shape) overflows")
        }
        guard needed == offsets[1] - offsets[0] else {
            throw failure(
                .shape,
                "its shape \(shape) of \(typeName) takes \(needed) bytes, "
                    + "its offsets span \(offsets[1] - offsets[0])"
            )
        }
        return SafetensorsHeader.Tensor(
            name: name,
            elementType: elementType,
            shape: shape,
            elementCount: elementCount,
            byteRange: dataOffset + offsets[0]..<dataOffset + offsets[1]
        )
    }

    private func integers(
        _ key: String,
        kind: SafetensorsError.Kind
    ) throws(SafetensorsError) -> [Int] {
        try checking(kind) { () throws(JSONError) in
            var integers: [Int] = []
            for element in try field[key].elements() {
                integers.append(try element.integer(in: 0...Int.max))
            }
            return integers
        }
    }

    private func checking<Value>(
        _ kind: SafetensorsError.Kind,
        _ body: () throws(JSONError) -> Value
    ) throws(SafetensorsError) -> Value {
        do {
            return try body()
        } catch {
            throw failure(kind, error.description)
        }
    }

    private func failure(_ kind: SafetensorsError.Kind, _ fact: String) -> SafetensorsError {
        SafetensorsError(kind, tensor: name, fact)
    }
}

/// The product of non-negative factors, or `nil` when it overflows on the way.
func product(of factors: [Int]) -> Int? {
    var product = 1
    for factor in factors {
        let (next, overflows) = product.multipliedReportingOverflow(by: factor)
        if overflows { return nil }
        product = next
    }
    return product
}
