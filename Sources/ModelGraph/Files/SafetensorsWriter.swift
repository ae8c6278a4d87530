/// Writes a safetensors file: the same bytes for the same tensors, on every host.
///
/// Tensors lie in the order of their names' UTF-8 bytes; the header is padded with spaces so that
/// the first tensor starts at a multiple of 8.
package struct SafetensorsWriter: Sendable {
    /// A tensor to be written.
    package struct Tensor: Hashable, Sendable {
        /// The name, unique in the file.
        package let name: String
        /// The extents; empty for a scalar.
        package let shape: [Int]
        /// The numbers in row-major order.
        package let values: [Float]

        /// Makes a tensor; the writer checks it.
        package init(name: String, shape: [Int], values: [Float]) {
            self.name = name
            self.shape = shape
            self.values = values
        }
    }

    /// How numbers are stored.
    package enum Encoding: String, Hashable, Sendable, CaseIterable {
        /// Four bytes, exact.
        case float32
        /// Two bytes, rounded to nearest even.
        case bfloat16
    }

    private let tensors: [Tensor]
    private let encoding: Encoding
    private let head: [UInt8]

    /// Numbers encoded at a time.
    private static let pieceElementCount = 1 << 16

    /// Checks the tensors and lays the file out.
    ///
    /// - Throws: `SafetensorsError` for a repeated or reserved name, a shape that does not match
    ///   its values, or a header beyond the format's limit.
    package init(
        tensors: [Tensor],
        encoding: Encoding = .float32,
        metadata: [String: String] = [:]
    ) throws(SafetensorsError) {
        self.tensors = tensors.sorted { precedesByBytes($0.name, $1.name) }
        self.encoding = encoding
        var members: [String: StrictJSON] = [:]
        if !metadata.isEmpty {
            members[SafetensorsHeader.metadataKey] = .object(
                metadata.mapValues { .string($0) }
            )
        }
        var offset = 0
        for tensor in self.tensors {
            try Self.check(tensor)
            let end = offset + tensor.values.count * encoding.elementType.byteCount
            let entry: StrictJSON = [
                "dtype": .string(encoding.elementType.rawValue),
                "shape": .array(tensor.shape.map { .integer($0) }),
                "data_offsets": [.integer(offset), .integer(end)],
            ]
            guard members.updateValue(entry, forKey: tensor.name) == nil else {
                throw SafetensorsError(.name, tensor: tensor.name, "the name is used twice")
            }
            offset = end
        }
        head = try Self.head(of: .object(members))
    }

    /// Feeds the file to a sink, piece by piece.
    ///
    /// - Throws: what the sink throws.
    package func write<Failure: Error>(
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        try sink(head)
        for tensor in tensors {
            var start = 0
            while start < tensor.values.count {
                let end = min(start + Self.pieceElementCount, tensor.values.count)
                try sink(encoding.bytes(of: tensor.values[start..<end]))
                start = end
            }
        }
    }

    /// The whole file.
    package func bytes() -> [UInt8] {
        var file: [UInt8] = []
        write { file.append(contentsOf: $0) }
        return file
    }

    private static func check(_ tensor: Tensor) throws(SafetensorsError) {
        guard tensor.name != SafetensorsHeader.metadataKey else {
            throw SafetensorsError(.name, tensor: tensor.name, "the name is reserved for metadata")
        }
        let isNegative = tensor.shape.contains { $0 < 0 }
        guard !isNegative, product(of: tensor.shape) == tensor.values.count else {
            throw SafetensorsError(
                .shape,
                tensor: tensor.name,
                "its shape \(tensor.shape) does not hold \(tensor.values.count) values"
            )
        }
    }

    /// The length field and the header's text, padded to a multiple of 8.
    static func head(of object: StrictJSON) throws(SafetensorsError) -> [UInt8] {
        var text: [UInt8]
        do {
            text = try object.serialized()
        } catch {
            throw SafetensorsError(.headerSyntax, error.description)
        }
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        guard text.count <= SafetensorsHeader.maximumByteCount else {
            throw SafetensorsError(
                .headerLength,
                "the header would have \(text.count) bytes; "
                    + "\(SafetensorsHeader.maximumByteCount) are allowed"
            )
        }
        return littleEndianBytes(of: UInt64(text.count)) + text
    }
}

extension SafetensorsWriter.Encoding {
    fileprivate var elementType: SafetensorsElementType {
        switch self {
        case .float32: .float32
        case .bfloat16: .bfloat16
        }
    }

    fileprivate func bytes(of values: ArraySlice<Float>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * elementType.byteCount)
        for value in values {
            switch self {
            case .float32: appendLittleEndian(value.bitPattern, to: &bytes)
            case .bfloat16: appendLittleEndian(FloatConversion.bfloat16(value), to: &bytes)
            }
        }
        return bytes
    }
}

/// The bytes of an integer, lowest first.
func littleEndianBytes<Integer: FixedWidthInteger>(of value: Integer) -> [UInt8] {
    var bytes: [UInt8] = []
    appendLittleEndian(value, to: &bytes)
    return bytes
}

/// Appends the bytes of an integer, lowest first.
func appendLittleEndian<Integer: FixedWidthInteger>(_ value: Integer, to bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: Integer.bitWidth, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: value >> Integer(shift)))
    }
}
