/// Reads numbers at offsets that may lie outside the bytes.
struct ByteReader {
    let bytes: ArraySlice<UInt8>
    let isBigEndian: Bool

    /// The 16-bit number at an offset from the first byte, or nil where the bytes end.
    func uint16(at offset: Int) -> Int? { number(at: offset, byteCount: 2) }

    /// The 32-bit number at an offset from the first byte, or nil where the bytes end.
    func uint32(at offset: Int) -> Int? { number(at: offset, byteCount: 4) }

    private func number(at offset: Int, byteCount: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - byteCount else { return nil }
        let start = bytes.startIndex + offset
        let field = bytes[start..<start + byteCount]
        return isBigEndian
            ? field.reduce(0) { $0 << 8 | Int($1) }
            : field.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
