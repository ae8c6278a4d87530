/// Single precision from and to the short formats, bit by bit, so that every host agrees.
enum FloatConversion {
    /// The value of a bf16 pattern; exact.
    static func float(bfloat16 pattern: UInt16) -> Float {
        Float(bitPattern: UInt32(pattern) << 16)
    }

    /// The bf16 pattern nearest to a value, ties to even; NaN stays NaN.
    static func bfloat16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        guard !value.isNaN else { return UInt16(truncatingIfNeeded: bits >> 16) | 0x0040 }
        let rounding = 0x7FFF + (bits >> 16 & 1)
        return UInt16(truncatingIfNeeded: (bits &+ rounding) >> 16)
    }

    /// The value of an IEEE half-precision pattern; exact.
    static func float(half pattern: UInt16) -> Float {
        let sign = UInt32(pattern & 0x8000) << 16
        let exponent = UInt32(pattern >> 10 & 0x1F)
        let fraction = UInt32(pattern & 0x3FF)
        switch exponent {
        case 0:
            let magnitude = Float(fraction) * 0x1p-24
            return Float(bitPattern: magnitude.bitPattern | sign)
        case 0x1F:
            return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default:
            return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
