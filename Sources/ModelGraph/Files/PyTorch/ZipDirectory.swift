/// Where the central directory of a zip archive lies, by the records at the file's end.
struct ZipDirectory {
    /// The directory's bytes in the file.
    let byteRange: Range<Int>
    /// The entries it holds.
    let entryCount: Int

    private static let endByteCount = 22
    private static let locatorByteCount = 20
    private static let longEndByteCount = 56
    private static let recordByteCount = 46

    /// Finds the end record, and the zip64 one if there is one.
    ///
    /// - Throws: `CheckpointError` of kind `.archive`.
    init(of bytes: [UInt8]) throws(CheckpointError) {
        let end = try Self.endRecord(of: bytes)
        let fields = LittleEndianFields(bytes, at: end)
        var position = UInt64(fields.uint32(16))
        var byteCount = UInt64(fields.uint32(12))
        var count = UInt64(fields.uint16(10))
        var isWhole = fields.uint16(4) == 0 && fields.uint16(6) == 0
        isWhole = isWhole && fields.uint16(8) == fields.uint16(10)
        var limit = end
        if let long = try Self.longEndRecord(of: bytes, before: end) {
            let fields = LittleEndianFields(bytes, at: long)
            isWhole = fields.uint32(16) == 0 && fields.uint32(20) == 0
            isWhole = isWhole && fields.uint64(24) == fields.uint64(32)
            (count, byteCount, position) = (fields.uint64(32), fields.uint64(40), fields.uint64(48))
            limit = long
        }
        guard isWhole else {
            throw CheckpointError(.archive, "the archive is one part of several")
        }
        guard count <= UInt64(ZipArchive.maximumEntryCount) else {
            throw CheckpointError(
                .archive,
                "it is said to have \(count) entries; at most "
                    + "\(ZipArchive.maximumEntryCount) are read"
            )
        }
        let (sum, overflows) = position.addingReportingOverflow(byteCount)
        guard !overflows, sum == UInt64(limit), let start = Int(exactly: position) else {
            throw CheckpointError(
                .archive,
                "the central directory is said to be \(byteCount) bytes at \(position), "
                    + "but it has to end at \(limit)"
            )
        }
        entryCount = Int(count)
        guard entryCount * Self.recordByteCount <= limit - start else {
            throw CheckpointError(
                .archive,
                "it is said to have \(count) entries, its directory holds fewer"
            )
        }
        byteRange = start..<limit
    }

    /// The offset of the record whose comment ends with the file.
    private static func endRecord(of bytes: [UInt8]) throws(CheckpointError) -> Int {
        var offset = bytes.count - endByteCount
        let lowest = max(0, offset - Int(UInt16.max))
        while offset >= lowest {
            let fields = LittleEndianFields(bytes, at: offset)
            if fields.uint32(0) == 0x0605_4B50,
                Int(fields.uint16(20)) == bytes.count - offset - endByteCount
            {
                return offset
            }
            offset -= 1
        }
        throw CheckpointError(
            .archive,
            "the archive has no end record: the file is cut short, copy or download it again"
        )
    }

    private static func longEndRecord(
        of bytes: [UInt8],
        before end: Int
    ) throws(CheckpointError) -> Int? {
        let locator = end - locatorByteCount
        guard locator >= 0 else { return nil }
        let fields = LittleEndianFields(bytes, at: locator)
        guard fields.uint32(0) == 0x0706_4B50 else { return nil }
        guard let offset = Int(exactly: fields.uint64(8)), offset <= locator,
            locator - offset == longEndByteCount,
            LittleEndianFields(bytes, at: offset).uint32(0) == 0x0606_4B50
        else { throw CheckpointError(.archive, "the zip64 end record is malformed") }
        return offset
    }
}

/// Little-endian fields counted from a place in a file; beyond the file's end they are zero.
struct LittleEndianFields {
    private let bytes: [UInt8]
    private let origin: Int

    init(_ bytes: [UInt8], at origin: Int) {
        self.bytes = bytes
        self.origin = origin
    }

    func uint16(_ offset: Int) -> UInt16 { UInt16(truncatingIfNeeded: field(offset, 2)) }
    func uint32(_ offset: Int) -> UInt32 { UInt32(truncatingIfNeeded: field(offset, 4)) }
    func uint64(_ offset: Int) -> UInt64 { field(offset, 8) }

    private func field(_ offset: Int, _ count: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<count {
            let place = origin + offset + index
            guard bytes.indices.contains(place) else { continue }
            value |= UInt64(bytes[place]) << UInt64(8 * index)
        }
        return value
    }
}
