import DatapathNumerics
import Testing

@Suite struct BFloat16Tests {
    @Test func everyPatternSurvivesTheWayThroughFloat() {
        for bits in UInt16.min...UInt16.max {
            let number = BFloat16(bitPattern: bits)
            let back = BFloat16(rounding: number.float)
            let expected = number.float.isNaN ? BFloat16.nan : number
            if number.float.bitPattern != UInt32(bits) << 16 || back != expected {
                Issue.record("\(bits) became \(back.bitPattern)")
            }
        }
    }

    @Test func theQuantiserKeepsEveryPatternItMayStoreAndNoOther() {
        for bits in UInt16.min...UInt16.max {
            let stored = quantized(BFloat16(bitPattern: bits).float).bitPattern
            let sign = bits & 0x8000
            let expected: UInt16 =
                switch bits & 0x7FFF {
                case 0x7F81...: 0x7FC0
                case 0x5F00...0x7F80: sign | 0x5EFF
                case 0x2380...0x5EFF: bits
                default: 0
                }
            if stored != expected { Issue.record("\(bits) became \(stored)") }
        }
    }

    @Test(arguments: [
        // Halfway to even, below and above, just past halfway, carry into the exponent.
        (0x3F80_8000, 0x3F80), (0x3F81_8000, 0x3F82), (0x3F80_8001, 0x3F81),
        (0x3F80_7FFF, 0x3F80), (0x3FFF_8000, 0x4000), (0xBF81_8000, 0xBF82),
        // Clamped: halfway above the greatest, the largest finite, the infinities.
        (0x5EFF_0000, 0x5EFF), (0x5EFF_0001, 0x5EFF), (0x5EFF_8000, 0x5EFF),
        (0x7F7F_FFFF, 0x5EFF), (0x7F80_0000, 0x5EFF), (0xFF80_0000, 0xDEFF),
        (0xDEFF_8000, 0xDEFF),
        // Flushed: just below 2^-56, the zeros, subnormals. Kept: 2^-56 itself.
        (0x2380_0000, 0x2380), (0xA380_0000, 0xA380), (0x237F_FFFF, 0x0000),
        (0xA37F_FFFF, 0x0000), (0x8000_0000, 0x0000), (0x0000_0001, 0x0000),
        (0x807F_FFFF, 0x0000),
        // Not numbers of any sign and payload.
        (0x7FC0_0000, 0x7FC0), (0xFFC0_1234, 0x7FC0), (0x7F80_0001, 0x7FC0),
    ])
    func theQuantiserRoundsClampsAndFlushes(input: UInt32, expected: UInt16) {
        #expect(quantized(Float(bitPattern: input)).bitPattern == expected)
    }

    @Test(arguments: [
        (0x7F7F_FFFF, 0x7F80), (0xFF80_0000, 0xFF80), (0x8000_0000, 0x8000),
        (0x0000_8000, 0x0000), (0x0001_8000, 0x0002), (0x3F81_8000, 0x3F82),
        (0xFFC0_1234, 0x7FC0),
    ])
    func filesAreRoundedWithoutClampOrFlush(input: UInt32, expected: UInt16) {
        #expect(BFloat16(rounding: Float(bitPattern: input)).bitPattern == expected)
    }
}
