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

    /// The half-precision pattern nearest to a value, ties to even; NaN stays NaN, and what is
    /// beyond the range becomes infinite.
    static func half(_ value: Float) -> UInt16 {
        let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
        let magnitude = value.magnitude
        if value.isNaN {
            return sign | 0x7E00 | UInt16(truncatingIfNeeded: value.bitPattern >> 13) & 0x3FF
        }
        // Half of the last place above the largest finite value, 65504, rounds to infinity.
        guard magnitude < 65520 else { return sign | 0x7C00 }
        guard magnitude >= 0x1p-14 else {
            return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven))
        }
        let bits = magnitude.bitPattern - 112 << 23
        let rounding = 0xFFF + (bits >> 13 & 1)
        return sign | UInt16(truncatingIfNeeded: (bits + rounding) >> 13)
    }
}
