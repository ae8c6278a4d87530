extension CheckpointTensor {
    /// Hands out the elements as single precision, in order and in pieces.
    ///
    /// F32, F16 and BF16 are exact, F64 is rounded to nearest even; other types are refused.
    ///
    /// - Throws: `CheckpointError` naming the tensor.
    package func forEachPieceOfValues(
        _ body: ([Float]) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        guard elementType.isFloatingPoint else {
            throw failure("\(elementType.rawValue) elements cannot be read as numbers", .value)
        }
        var element = 0
        try forEachPiece { piece throws(CheckpointError) in
            var values: [Float] = []
            if let index = elementType.appendElements(of: piece, to: &values) {
                throw failure("element \(element + index) overflows single precision", .value)
            }
            element += values.count
            try body(values)
        }
    }

    /// The elements as single precision, in row-major order.
    ///
    /// - Throws: `CheckpointError` naming the tensor.
    package func values() throws(CheckpointError) -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(elementType.isFloatingPoint ? elementCount : 0)
        try forEachPieceOfValues { values throws(CheckpointError) in
            result.append(contentsOf: values)
        }
        return result
    }

    /// The same tensor with other numbers, of the same type.
    ///
    /// An element whose value in single precision is still the same keeps its bytes, so that a
    /// weight of F64 that was not trained loses no digit. Others are rounded to nearest even.
    ///
    /// - Throws: `CheckpointError` for a wrong count, or a finite number that overflows the type.
    package func replacing(with values: [Float]) throws(CheckpointError) -> CheckpointTensor {
        guard values.count == elementCount else {
            throw failure("expected \(elementCount) values, got \(values.count)")
        }
        var result: [UInt8] = []
        result.reserveCapacity(byteCount)
        var element = 0
        try forEachPiece { piece throws(CheckpointError) in
            var old: [Float] = []
            guard elementType.appendElements(of: piece, to: &old) == nil else {
                throw failure("its elements cannot be read as numbers", .value)
            }
            let size = elementType.byteCount
            for index in old.indices {
                let value = values[element + index]
                if value == old[index] {
                    let start = piece.startIndex + index * size
                    result.append(contentsOf: piece[start..<start + size])
                } else {
                    guard elementType.append(value, to: &result) else {
                        throw failure("\(value) overflows \(elementType.rawValue)", .value)
                    }
                }
            }
            element += old.count
        }
        return try CheckpointTensor(
            path: path,
            elementType: elementType,
            shape: shape,
            bytes: result
        ).named(name)
    }

    /// The same tensor under another name; the path, which an export writes, stays.
    func named(_ name: String) -> CheckpointTensor {
        var tensor = self
        tensor.name = name
        return tensor
    }
}

extension SafetensorsElementType {
    /// Appends a number rounded to this type; false when it overflows, or for integers.
    func append(_ value: Float, to bytes: inout [UInt8]) -> Bool {
        switch self {
        case .float32: appendLittleEndian(value.bitPattern, to: &bytes)
        case .float64: appendLittleEndian(Double(value).bitPattern, to: &bytes)
        case .bfloat16:
            let pattern = FloatConversion.bfloat16(value)
            appendLittleEndian(pattern, to: &bytes)
            return !(FloatConversion.float(bfloat16: pattern).isInfinite && value.isFinite)
        case .float16:
            let pattern = FloatConversion.half(value)
            appendLittleEndian(pattern, to: &bytes)
            return !(FloatConversion.float(half: pattern).isInfinite && value.isFinite)
        default: return false
        }
        return true
    }
}
