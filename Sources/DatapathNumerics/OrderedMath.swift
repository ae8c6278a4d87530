/// Elementary functions in fp32 additions, multiplications, divisions and bit operations, each
/// rounded on its own in a fixed order, so that every host computes the same bits.
///
/// The square root is IEEE's and needs no definition: `squareRoot()`.
public enum OrderedMath {
    /// Added and subtracted again, it rounds to the nearest integer, ties to even: 1.5 * 2^23.
    private static let roundingOffset: Float = 12_582_912

    /// 2 to the power of a whole number from -126 to 127; exact.
    private static func powerOfTwo(_ exponent: Float) -> Float {
        Float(bitPattern: UInt32(bitPattern: (Int32(exponent) + 127) << 23))
    }

    /// The hyperbolic tangent of the datapath: relative error below 2^-19, odd, exactly 1 in
    /// magnitude from 10 on, NaN for NaN.
    ///
    /// Below 1/16 an odd polynomial, elsewhere `1 - 2 / (exp(2a) + 1)`.
    public static func tanh(_ value: Float) -> Float {
        guard !value.isNaN else { return value }
        let magnitude = value.magnitude < 10 ? value.magnitude : 10
        let result = magnitude < 0x1p-4 ? smallTanh(magnitude) : largeTanh(magnitude)
        return Float(signOf: value, magnitudeOf: result)
    }

    /// `a - a^3 / 3 + 2 a^5 / 15`.
    private static func smallTanh(_ a: Float) -> Float {
        let square = a * a
        var term = square * 0x1.111112p-3
        term = term - 0x1.555556p-2
        term = term * square
        term = term * a
        return a + term
    }

    /// `1 - 2 / (exp(2a) + 1)`, the exponential a Taylor polynomial of degree 6 after reduction.
    private static func largeTanh(_ a: Float) -> Float {
        let doubled = a + a
        var k = doubled * 0x1.715476p+0
        k = k + roundingOffset
        k = k - roundingOffset
        let high = k * 0x1.63p-1
        var r = doubled - high
        let low = k * -0x1.bd0106p-13
        r = r - low
        var e: Float = 0x1.6c16c2p-10
        e = e * r
        e = e + 0x1.111112p-7
        e = e * r
        e = e + 0x1.555556p-5
        e = e * r
        e = e + 0x1.555556p-3
        e = e * r
        e = e + 0.5
        e = e * r
        e = e + 1
        e = e * r
        e = e + 1
        e = e * powerOfTwo(k)
        e = e + 1
        let quotient = 2 / e
        return 1 - quotient
    }

    /// The exponential, within one unit in the last place.
    ///
    /// +0 below -87 (results stay normal), infinity above 88.72283, NaN for NaN. Reduction by a
    /// multiple k of ln 2 in two parts, then `1 + (r + r * r * q(r))` with Taylor coefficients.
    public static func exp(_ value: Float) -> Float {
        guard !value.isNaN else { return value }
        guard value >= -87 else { return 0 }
        guard value <= 88.72283 else { return .infinity }
        var k = value * 0x1.715476p+0
        k = k + roundingOffset
        k = k - roundingOffset
        let high = k * 0x1.63p-1
        var r = value - high
        let low = k * -0x1.bd0106p-13
        r = r - low
        var q: Float = 0x1.a01a02p-13
        q = q * r
        q = q + 0x1.6c16c2p-10
        q = q * r
        q = q + 0x1.111112p-7
        q = q * r
        q = q + 0x1.555556p-5
        q = q * r
        q = q + 0x1.555556p-3
        q = q * r
        q = q + 0.5
        var p = r * r
        p = p * q
        p = r + p
        p = 1 + p
        // k reaches 128, one more than a power of two can hold.
        return k > 127 ? (p * 2) * powerOfTwo(k - 1) : p * powerOfTwo(k)
    }

    /// The natural logarithm, within one unit in the last place.
    ///
    /// -infinity for zeros, NaN below zero, infinity for infinity. `value = m * 2^k` with m from
    /// sqrt(1/2) to sqrt(2), f = m - 1, s = f / (2 + f), `log m = f - (f*f/2 - s * (f*f/2 + R))`,
    /// R the rest of the series of `2 * artanh(s)`.
    public static func log(_ value: Float) -> Float {
        guard value > 0 else { return value == 0 ? -.infinity : .nan }
        guard value < .infinity else { return value }
        let isSubnormal = value < Float.leastNormalMagnitude
        let bits = (isSubnormal ? value * 0x1p25 : value).bitPattern
        // 0x3F3504F3 is sqrt(1/2): subtracting it puts m between that and twice that.
        let offset = Int32(bitPattern: bits) - 0x3F35_04F3
        let exponent = offset >> 23
        let m = Float(bitPattern: UInt32(bitPattern: (offset & 0x7F_FFFF) + 0x3F35_04F3))
        let k = Float(isSubnormal ? exponent - 25 : exponent)
        let f = m - 1
        let s = f / (2 + f)
        let z = s * s
        var rest: Float = 0x1.c71c72p-3
        rest = rest * z
        rest = rest + 0x1.24924ap-2
        rest = rest * z
        rest = rest + 0x1.99999ap-2
        rest = rest * z
        rest = rest + 0x1.555556p-1
        rest = rest * z
        let halfSquare = 0.5 * (f * f)
        var correction = s * (halfSquare + rest)
        correction = correction + k * -0x1.bd0106p-13
        correction = halfSquare - correction
        correction = correction - f
        return k * 0x1.63p-1 - correction
    }

    /// The logistic function: `1 / (1 + e)` from 0 on and `e / (1 + e)` below, e = exp(-|z|).
    public static func sigmoid(_ value: Float) -> Float {
        let e = exp(-value.magnitude)
        return value >= 0 ? 1 / (1 + e) : e / (1 + e)
    }
}
