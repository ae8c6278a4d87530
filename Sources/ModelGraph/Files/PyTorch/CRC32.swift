/// The checksum of zip archives: polynomial 0x04C11DB7 reflected, initial and final inversion.
struct CRC32 {
    private var register: UInt32 = 0xFFFF_FFFF

    /// The checksum of all bytes so far.
    var value: UInt32 { ~register }

    /// Takes more bytes, eight at a time.
    mutating func update(_ bytes: ArraySlice<UInt8>) {
        var sum = register
        bytes.withUnsafeBytes { source in
            Self.tables.withUnsafeBufferPointer { tables in
                var offset = 0
                while offset + 8 <= source.count {
                    let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    let mixed = UInt64(littleEndian: word) ^ UInt64(sum)
                    sum = 0
                    for index in 0..<8 {
                        let byte = Int(truncatingIfNeeded: mixed >> UInt64(8 * index)) & 0xFF
                        sum ^= tables[(7 - index) << 8 | byte]
                    }
                    offset += 8
                }
                while offset < source.count {
                    sum = tables[Int((sum ^ UInt32(source[offset])) & 0xFF)] ^ sum >> 8
                    offset += 1
                }
            }
        }
        register = sum
    }

    /// The checksum of some bytes.
    static func value(of bytes: ArraySlice<UInt8>) -> UInt32 {
        var checksum = CRC32()
        checksum.update(bytes)
        return checksum.value
    }

    /// Table `n` is what a byte does to the sum `n` bytes later.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var sum = UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0xEDB8_8320 }
            tables[byte] = sum
        }
        for index in 256..<8 * 256 {
            let earlier = tables[index - 256]
            tables[index] = earlier >> 8 ^ tables[Int(earlier & 0xFF)]
        }
        return tables
    }()
}
