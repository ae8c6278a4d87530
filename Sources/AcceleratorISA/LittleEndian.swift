/// Little-endian loads of the records that cross the wire; every access is bounds-checked.
extension RawSpan {
    func byte(at offset: Int) -> UInt8 {
        unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
    }

    func word16(at offset: Int) -> UInt16 {
        UInt16(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    func word32(at offset: Int) -> UInt32 {
        UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    func word64(at offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    func float(at offset: Int) -> Float {
        Float(bitPattern: word32(at: offset))
    }

    /// Whether every byte of a range is zero.
    func isZero(_ range: Range<Int>) -> Bool {
        for offset in range where byte(at: offset) != 0 { return false }
        return true
    }
}

/// Little-endian stores of the records that cross the wire; every access is bounds-checked.
extension MutableRawSpan {
    mutating func store(_ value: UInt8, at offset: Int) {
        storeBytes(of: value, toByteOffset: offset, as: UInt8.self)
    }

    mutating func store(_ value: UInt16, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt16.self)
    }

    mutating func store(_ value: UInt32, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
    }

    mutating func store(_ value: UInt64, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt64.self)
    }

    mutating func store(_ value: Float, at offset: Int) {
        store(value.bitPattern, at: offset)
    }

    /// Writes zeros over a range.
    mutating func clear(_ range: Range<Int>) {
        for offset in range { store(UInt8(0), at: offset) }
    }
}
