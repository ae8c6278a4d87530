extension PickleMachine {
    /// Runs an instruction that makes a number, a text or nothing; false for any other.
    mutating func executeScalar(_ opcode: UInt8) throws(CheckpointError) -> Bool {
        switch opcode {
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.boolean(true))
        case 0x89: stack.append(.boolean(false))
        case UInt8(ascii: "J"):
            let pattern = UInt32(truncatingIfNeeded: try integer(byteCount: 4))
            stack.append(.integer(Int(Int32(bitPattern: pattern))))
        case UInt8(ascii: "K"): stack.append(.integer(try integer(byteCount: 1)))
        case UInt8(ascii: "M"): stack.append(.integer(try integer(byteCount: 2)))
        case 0x8A: try pushLong(byteCount: try integer(byteCount: 1))
        case 0x8B: try pushLong(byteCount: try integer(byteCount: 4))
        case UInt8(ascii: "G"):
            let pattern = bytes[try bytes(count: 8)].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            stack.append(.number(Double(bitPattern: pattern)))
        case UInt8(ascii: "X"): try pushText(byteCount: try integer(byteCount: 4))
        case 0x8C, UInt8(ascii: "U"): try pushText(byteCount: try integer(byteCount: 1))
        case UInt8(ascii: "T"): try pushText(byteCount: try integer(byteCount: 4))
        case 0x8D: try pushText(byteCount: try integer(byteCount: 8))
        case UInt8(ascii: "C"): try skipBytes(count: try integer(byteCount: 1))
        case UInt8(ascii: "B"): try skipBytes(count: try integer(byteCount: 4))
        case 0x8E: try skipBytes(count: try integer(byteCount: 8))
        default: return false
        }
        return true
    }

    /// The next byte.
    mutating func byte() throws(CheckpointError) -> UInt8 {
        guard position < end else { throw failure("it ends too soon") }
        position += 1
        return bytes[position - 1]
    }

    /// The range of the next bytes in the file.
    mutating func bytes(count: Int) throws(CheckpointError) -> Range<Int> {
        guard count >= 0, count <= end - position else { throw failure("it ends too soon") }
        position += count
        return position - count..<position
    }

    /// An unsigned little-endian integer; one of eight bytes has to fit in `Int`.
    mutating func integer(byteCount: Int) throws(CheckpointError) -> Int {
        let pattern = bytes[try bytes(count: byteCount)].reversed()
            .reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard let value = Int(exactly: pattern) else { throw failure("a length is absurd") }
        return value
    }

    /// The rest of a line: a module or a name.
    mutating func line() throws(CheckpointError) -> String {
        guard let newline = bytes[position..<end].firstIndex(of: 0x0A) else {
            throw failure("it ends too soon")
        }
        let text = String(decoding: bytes[position..<newline], as: UTF8.self)
        position = newline + 1
        return text
    }

    /// A text of the pickle.
    func text(_ span: PickleSpan) -> String {
        String(decoding: bytes[span.range], as: UTF8.self)
    }

    mutating func readProtocol() throws(CheckpointError) {
        let version = try byte()
        guard 2...5 ~= version else {
            throw failure("protocol \(version) is not read; torch.save writes 2")
        }
    }

    private mutating func pushText(byteCount: Int) throws(CheckpointError) {
        let range = try bytes(count: byteCount)
        // Limits.byteCount bounds lengths, but the pickle may lie anywhere in a large file.
        guard let start = Int32(exactly: range.lowerBound) else {
            throw failure("it lies more than 2 GiB into the file")
        }
        guard String(validating: bytes[range], as: UTF8.self) != nil else {
            throw failure("a text is not UTF-8")
        }
        stack.append(.string(PickleSpan(start: start, count: Int32(range.count))))
    }

    private mutating func skipBytes(count: Int) throws(CheckpointError) {
        _ = try bytes(count: count)
        stack.append(.opaque)
    }

    /// A signed integer of any length; beyond 64 bits nothing in a state dict depends on it.
    private mutating func pushLong(byteCount: Int) throws(CheckpointError) {
        let range = try bytes(count: byteCount)
        guard byteCount <= 8 else { return stack.append(.opaque) }
        let isNegative = byteCount > 0 && bytes[range.upperBound - 1] & 0x80 != 0
        let pattern = bytes[range].reversed()
            .reduce(isNegative ? .max : 0 as UInt64) { $0 << 8 | UInt64($1) }
        stack.append(.integer(Int(bitPattern: UInt(pattern))))
    }
}
