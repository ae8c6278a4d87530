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
        bytes.withUnsafeBytes { bytes in
            Self.tables.span.withUnsafeBufferPointer { tables in
                state = Self.advance(state, over: bytes, tables: tables)
            }
        }
        self.state = state
    }

    private static func advance(
        _ start: UInt32,
        over bytes: UnsafeRawBufferPointer,
        tables: UnsafeBufferPointer<UInt32>
    ) -> UInt32 {
        var state = start
        var offset = 0
        while offset + 8 <= bytes.count {
            let word = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            )
            let low = state ^ UInt32(truncatingIfNeeded: word)
            let high = UInt32(truncatingIfNeeded: word >> 32)
            let fromLow =
                tables[7 * 256 + Int(low & 0xFF)] ^ tables[6 * 256 + Int(low >> 8 & 0xFF)]
                ^ tables[5 * 256 + Int(low >> 16 & 0xFF)] ^ tables[4 * 256 + Int(low >> 24)]
            let fromHigh =
                tables[3 * 256 + Int(high & 0xFF)] ^ tables[2 * 256 + Int(high >> 8 & 0xFF)]
                ^ tables[256 + Int(high >> 16 & 0xFF)] ^ tables[Int(high >> 24)]
            state = fromLow ^ fromHigh
            offset += 8
        }
        while offset < bytes.count {
            state = state >> 8 ^ tables[Int((state ^ UInt32(bytes[offset])) & 0xFF)]
            offset += 1
        }
        return state
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
