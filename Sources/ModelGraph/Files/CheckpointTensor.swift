/// One tensor of a checkpoint: a view of bytes that many tensors may share.
package struct CheckpointTensor: Sendable {
    /// What the tensor is called: by default the keys to it, joined with dots.
    package var name: String
    /// The keys of the nested dictionaries on the way to it, which is what an export writes.
    package let path: [String]
    /// The type of its elements.
    package let elementType: SafetensorsElementType
    /// The extents; empty for a scalar.
    package let shape: [Int]
    /// The product of the extents.
    package let elementCount: Int
    /// The bytes it lies in, those of a whole file.
    private let bytes: [UInt8]
    /// The byte of `bytes` at which its first element begins.
    private let byteOffset: Int
    /// Elements from one to the next in each direction; nil where they follow each other.
    private let strides: [Int]?

    /// Bytes handed out at a time.
    package static let pieceByteCount = 1 << 16

    /// A tensor in bytes of its own, or of a file, from `byteOffset` on.
    ///
    /// `strides` count elements; nil, or those of a row-major tensor, say that elements follow
    /// each other.
    ///
    /// - Throws: `CheckpointError` when not all its elements lie within `limit`.
    package init(
        path: [String],
        elementType: SafetensorsElementType,
        shape: [Int],
        strides: [Int]? = nil,
        bytes: [UInt8],
        byteOffset: Int = 0,
        limit: Range<Int>? = nil
    ) throws(CheckpointError) {
        self.path = path
        name = path.joined(separator: ".")
        self.elementType = elementType
        self.shape = shape
        self.bytes = bytes
        self.byteOffset = byteOffset
        let place = "tensor \(quoted(path.joined(separator: ".")))"
        guard shape.allSatisfy({ $0 >= 0 }), let count = product(of: shape) else {
            throw CheckpointError(.tensor, at: place, "its shape \(shape) is absurd")
        }
        elementCount = count
        let limit = limit ?? bytes.indices
        guard limit.lowerBound >= 0, limit.upperBound <= bytes.count,
            byteOffset >= limit.lowerBound, byteOffset <= limit.upperBound
        else {
            throw CheckpointError(.tensor, at: place, "its bytes are not within the file")
        }
        let strides = strides ?? Self.rowMajorStrides(of: shape)
        guard let span = Self.span(shape: shape, strides: strides, count: count),
            span <= (limit.upperBound - byteOffset) / elementType.byteCount
        else {
            throw CheckpointError(
                .tensor,
                at: place,
                "its shape \(shape) with strides \(strides) reaches beyond its bytes"
            )
        }
        // A stride of 0 repeats elements: a few bytes would stand for any number of them.
        guard count <= limit.count / elementType.byteCount else {
            throw CheckpointError(
                .tensor,
                at: place,
                "its \(count) elements repeat fewer that are stored; call contiguous() on it "
                    + "before saving"
            )
        }
        let isRowMajor = zip(shape, zip(strides, Self.rowMajorStrides(of: shape)))
            .allSatisfy { extent, pair in extent <= 1 || pair.0 == pair.1 }
        self.strides = isRowMajor || count == 0 ? nil : strides
    }

    /// Bytes of all elements.
    package var byteCount: Int { elementCount * elementType.byteCount }

    /// Hands out the elements' little-endian bytes in row-major order, in pieces.
    ///
    /// Each piece holds whole elements and at most `pieceByteCount` bytes.
    ///
    /// - Throws: what `body` throws.
    package func forEachPiece<Failure: Error>(
        _ body: (ArraySlice<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        let size = elementType.byteCount
        let step = Self.pieceByteCount / size
        var start = 0
        while start < elementCount {
            let end = min(start + step, elementCount)
            if let strides {
                try body(gathered(start..<end, strides)[...])
            } else {
                try body(bytes[byteOffset + start * size..<byteOffset + end * size])
            }
            start = end
        }
    }

    /// The elements' bytes in row-major order.
    package var contiguousBytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(byteCount)
        forEachPiece { result.append(contentsOf: $0) }
        return result
    }

    /// An error about this tensor.
    package func failure(
        _ fact: String,
        _ kind: CheckpointError.Kind = .tensor
    ) -> CheckpointError {
        CheckpointError(kind, at: "tensor \(quoted(name))", fact)
    }

    /// The same tensor with one more key before the others.
    package func nested(under key: String) -> CheckpointTensor {
        CheckpointTensor(self, name: "\(key).\(name)", path: [key] + path)
    }

    private init(_ other: CheckpointTensor, name: String, path: [String]) {
        self.name = name
        self.path = path
        (elementType, shape) = (other.elementType, other.shape)
        (elementCount, bytes) = (other.elementCount, other.bytes)
        (byteOffset, strides) = (other.byteOffset, other.strides)
    }

    private func gathered(_ elements: Range<Int>, _ strides: [Int]) -> [UInt8] {
        let size = elementType.byteCount
        var result: [UInt8] = []
        result.reserveCapacity(elements.count * size)
        for element in elements {
            var (rest, place) = (element, 0)
            for axis in shape.indices.reversed() {
                let (quotient, index) = rest.quotientAndRemainder(dividingBy: shape[axis])
                place += index * strides[axis]
                rest = quotient
            }
            let start = byteOffset + place * size
            result.append(contentsOf: bytes[start..<start + size])
        }
        return result
    }

    /// The strides of a tensor whose elements follow each other, the last extent's fastest.
    static func rowMajorStrides(of shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() {
            // Only of a shape that holds no element can this overflow; then nothing is read.
            strides[axis] =
                strides[axis + 1].multipliedReportingOverflow(by: shape[axis + 1])
                .partialValue
        }
        return strides
    }

    /// Elements from the first to the last one, or nil for negative strides and overflow.
    private static func span(shape: [Int], strides: [Int], count: Int) -> Int? {
        guard shape.count == strides.count else { return nil }
        guard count > 0 else { return 0 }
        var last = 0
        for (extent, stride) in zip(shape, strides) {
            guard stride >= 0 else { return nil }
            let (reach, overflows) = stride.multipliedReportingOverflow(by: extent - 1)
            let (sum, exceeds) = last.addingReportingOverflow(reach)
            if overflows || exceeds { return nil }
            last = sum
        }
        return last == .max ? nil : last + 1
    }
}
