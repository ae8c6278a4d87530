/// A bf16 number: the upper half of a Float's bits, the format in which the device stores maps.
public struct BFloat16: Equatable, Hashable, Sendable {
    /// Sign, 8 exponent bits, 7 fraction bits.
    public var bitPattern: UInt16

    /// The number with the given bits.
    public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

    /// The nearest bf16 number, ties to even: how files are converted.
    ///
    /// Nothing is clamped or flushed: overflow gives infinity, subnormals and the sign of zero are
    /// kept. Every NaN becomes ``nan``. What the datapath stores goes through ``quantized(_:)``.
    public init(rounding value: Float) {
        guard !value.isNaN else {
            self = .nan
            return
        }
        let bits = value.bitPattern
        let lastKeptBit = (bits >> 16) & 1
        bitPattern = UInt16(truncatingIfNeeded: (bits + 0x7FFF + lastKeptBit) >> 16)
    }

    /// The same number as a Float; exact.
    public var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }

    /// Plus zero.
    public static let zero = BFloat16(bitPattern: 0)
    /// The one NaN that the quantiser returns.
    public static let nan = BFloat16(bitPattern: 0x7FC0)
    /// Largest magnitude that the quantiser returns: 255 * 2^55.
    public static let greatestQuantized = BFloat16(bitPattern: 0x5EFF)
    /// Smallest magnitude above zero that the quantiser returns.
    public static let leastQuantizedMagnitude: Float = 0x1p-56
}

/// The quantiser Q: fp32 to the bf16 values that the datapath stores.
///
/// NaN gives 0x7FC0; magnitudes below 2^-56 give +0; magnitudes above 0x5EFF are clamped to it,
/// infinities included; everything else is rounded to nearest, ties to even. So no product or
/// partial sum of stored values is ever subnormal or infinite.
public func quantized(_ value: Float) -> BFloat16 {
    guard !value.isNaN else { return .nan }
    guard value.magnitude >= BFloat16.leastQuantizedMagnitude else { return .zero }
    guard value.magnitude <= BFloat16.greatestQuantized.float else {
        return BFloat16(
            bitPattern: BFloat16.greatestQuantized.bitPattern | (value < 0 ? 0x8000 : 0)
        )
    }
    return BFloat16(rounding: value)
}

extension Float {
    /// The value that ``quantized(_:)`` stores, as a Float.
    var throughQ: Float { quantized(self).float }
}
