/// The Castagnoli checksum of the wire protocol: reflected, initial value and final xor all ones.
///
/// Eight bytes a step through eight tables of 256 words (8 KiB), since neither Embedded Swift nor
/// a Cortex-M has an instruction for it.
public struct CRC32C: Sendable {
    private static let polynomial: UInt32 = 0x82F6_3B78

    /// Table k holds the effect of a byte that k zero bytes follow.
    private static let tables: InlineArray<2048, UInt32> = makeTables()

    private var state: UInt32 = .max

    /// The checksum of no bytes.
    public init() {}

    /// The checksum of all bytes taken in so far.
    public var value: UInt32 { ~state }

    /// The checksum of some bytes.
    public static func checksum(of bytes: RawSpan) -> UInt32 {
        var checksum = CRC32C()
        checksum.update(with: bytes)
        return checksum.value
    }

    /// Takes in more bytes.
    public mutating func update(with bytes: RawSpan) {
        var state = state
        var offset = 0
        while offset + 8 <= bytes.byteCount {
            let word = bytes.word64(at: offset)
            let low = state ^ UInt32(truncatingIfNeeded: word)
            let high = UInt32(truncatingIfNeeded: word >> 32)
            state =
                Self.effect(of: low, 7) ^ Self.effect(of: low >> 8, 6)
                ^ Self.effect(of: low >> 16, 5) ^ Self.effect(of: low >> 24, 4)
                ^ Self.effect(of: high, 3) ^ Self.effect(of: high >> 8, 2)
                ^ Self.effect(of: high >> 16, 1) ^ Self.effect(of: high >> 24, 0)
            offset += 8
        }
        while offset < bytes.byteCount {
            state = state >> 8 ^ Self.effect(of: state ^ UInt32(bytes.byte(at: offset)), 0)
            offset += 1
        }
        self.state = state
    }

    /// The effect of a word's lowest byte that `zeroCount` zero bytes follow.
    @inline(__always)
    private static func effect(of word: UInt32, _ zeroCount: Int) -> UInt32 {
        tables[zeroCount * 256 + Int(word & 0xFF)]
    }

    private static func makeTables() -> InlineArray<2048, UInt32> {
        var tables = InlineArray<2048, UInt32>(repeating: 0)
        for byte in 0..<256 {
            var word = UInt32(byte)
            for _ in 0..<8 { word = word & 1 == 0 ? word >> 1 : word >> 1 ^ polynomial }
            tables[byte] = word
        }
        for index in 256..<2048 {
            let shorter = tables[index - 256]
            tables[index] = shorter >> 8 ^ tables[Int(shorter & 0xFF)]
        }
        return tables
    }
}
