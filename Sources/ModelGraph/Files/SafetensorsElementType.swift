/// The element types of the safetensors format that this reader knows.
package enum SafetensorsElementType: String, Hashable, Sendable, CaseIterable {
    /// One byte, 0 or 1.
    case boolean = "BOOL"
    /// Unsigned, 8 bits.
    case unsigned8 = "U8"
    /// Signed, 8 bits.
    case signed8 = "I8"
    /// Unsigned, 16 bits.
    case unsigned16 = "U16"
    /// Signed, 16 bits.
    case signed16 = "I16"
    /// Unsigned, 32 bits.
    case unsigned32 = "U32"
    /// Signed, 32 bits.
    case signed32 = "I32"
    /// Unsigned, 64 bits.
    case unsigned64 = "U64"
    /// Signed, 64 bits.
    case signed64 = "I64"
    /// IEEE half precision.
    case float16 = "F16"
    /// The upper half of single precision.
    case bfloat16 = "BF16"
    /// IEEE single precision.
    case float32 = "F32"
    /// IEEE double precision.
    case float64 = "F64"

    /// Bytes of one element.
    package var byteCount: Int {
        switch self {
        case .boolean, .unsigned8, .signed8: 1
        case .unsigned16, .signed16, .float16, .bfloat16: 2
        case .unsigned32, .signed32, .float32: 4
        case .unsigned64, .signed64, .float64: 8
        }
    }

    /// Whether elements can be read as single-precision numbers.
    package var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }

    /// Appends little-endian elements as single precision.
    ///
    /// F32, F16 and BF16 are exact; F64 is rounded to nearest even. Bytes after the last whole
    /// element are not looked at.
    ///
    /// - Returns: the index in `bytes` of the first element whose finite value overflows single
    ///   precision, or `nil` when all went well.
    func appendElements(of bytes: ArraySlice<UInt8>, to values: inout [Float]) -> Int? {
        bytes.withUnsafeBytes { buffer in
            let count = buffer.count / byteCount
            values.reserveCapacity(values.count + count)
            for index in 0..<count {
                let offset = index * byteCount
                switch self {
                case .float32:
                    let bits = buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                    values.append(Float(bitPattern: UInt32(littleEndian: bits)))
                case .float16:
                    let bits = buffer.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
                    values.append(FloatConversion.float(half: UInt16(littleEndian: bits)))
                case .bfloat16:
                    let bits = buffer.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
                    values.append(FloatConversion.float(bfloat16: UInt16(littleEndian: bits)))
                case .float64:
                    let bits = buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    let double = Double(bitPattern: UInt64(littleEndian: bits))
                    let single = Float(double)
                    if single.isInfinite && double.isFinite { return index }
                    values.append(single)
                default:
                    return index
                }
            }
            return nil
        }
    }
}
