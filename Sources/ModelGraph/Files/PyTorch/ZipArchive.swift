/// The table of contents of a zip archive as `torch.save` writes it, fully checked.
///
/// ```
/// | local header, data, descriptor | ... | central directory | zip64 records | end record |
/// ```
///
/// Entries are stored as they are. Compressed and encrypted ones are refused, so an archive holds
/// no more than its file does. The central directory decides; local headers have to agree.
struct ZipArchive {
    /// A stored file.
    struct Entry: Hashable {
        /// The path inside the archive.
        let name: String
        /// Where its bytes lie in the archive's file.
        let byteRange: Range<Int>
        /// The CRC-32 of its bytes.
        let checksum: UInt32
    }

    /// The entries in the order of the central directory.
    let entries: [Entry]
    private let indices: [String: Int]

    /// Entries of one archive.
    static let maximumEntryCount = 1 << 16
    /// Bytes of an entry's name.
    static let maximumNameByteCount = 1024

    /// Reads and checks the central directory and every local header.
    ///
    /// - Throws: `CheckpointError` of kind `.archive`.
    init(_ bytes: [UInt8]) throws(CheckpointError) {
        let directory = try ZipDirectory(of: bytes)
        var entries: [Entry] = []
        var indices: [String: Int] = [:]
        var spans: [Range<Int>] = []
        var position = directory.byteRange.lowerBound
        for _ in 0..<directory.entryCount {
            let record = try ZipRecord(bytes, at: &position, end: directory.byteRange.upperBound)
            let range = try record.dataRange(in: bytes, before: directory.byteRange.lowerBound)
            guard indices.updateValue(entries.count, forKey: record.name) == nil else {
                throw record.failure("the name is used twice")
            }
            entries.append(
                Entry(name: record.name, byteRange: range, checksum: record.checksum)
            )
            spans.append(record.headerOffset..<range.upperBound)
        }
        guard position == directory.byteRange.upperBound else {
            throw CheckpointError(
                .archive,
                "the central directory has bytes that belong to no entry"
            )
        }
        try Self.checkOverlap(of: spans, entries)
        self.entries = entries
        self.indices = indices
    }

    /// The entry of that name, if there is one.
    subscript(name: String) -> Entry? {
        indices[name].map { entries[$0] }
    }

    private static func checkOverlap(
        of spans: [Range<Int>],
        _ entries: [Entry]
    ) throws(CheckpointError) {
        let order = spans.indices.sorted { spans[$0].lowerBound < spans[$1].lowerBound }
        for (earlier, later) in zip(order, order.dropFirst())
        where spans[earlier].upperBound > spans[later].lowerBound {
            throw CheckpointError(
                .archive,
                at: "entry \(quoted(entries[later].name))",
                "its bytes overlap those of \(quoted(entries[earlier].name))"
            )
        }
    }
}

/// One record of the central directory.
private struct ZipRecord {
    let name: String
    let checksum: UInt32
    let headerOffset: Int
    private let nameBytes: ArraySlice<UInt8>
    private let byteCount: Int

    private static let byteCount = 46
    private static let localByteCount = 30

    /// Reads the record at `position` and moves on to the next.
    init(_ bytes: [UInt8], at position: inout Int, end: Int) throws(CheckpointError) {
        let fields = LittleEndianFields(bytes, at: position)
        guard end - position >= Self.byteCount, fields.uint32(0) == 0x0201_4B50 else {
            throw CheckpointError(.archive, "the central directory is malformed")
        }
        let lengths = (Int(fields.uint16(28)), Int(fields.uint16(30)), Int(fields.uint16(32)))
        let extra = position + Self.byteCount + lengths.0
        let next = extra + lengths.1 + lengths.2
        guard next <= end else {
            throw CheckpointError(.archive, "the central directory ends within an entry")
        }
        nameBytes = bytes[position + Self.byteCount..<extra]
        guard lengths.0 <= ZipArchive.maximumNameByteCount,
            let name = String(validating: nameBytes, as: UTF8.self)
        else {
            throw CheckpointError(.archive, "the name of an entry is too long or not UTF-8")
        }
        self.name = name
        checksum = fields.uint32(16)
        var sizes = ZipSizes(
            stored: UInt64(fields.uint32(20)),
            original: UInt64(fields.uint32(24)),
            headerOffset: UInt64(fields.uint32(42))
        )
        let isReadable = sizes.extend(with: bytes[extra..<extra + lengths.1])
        let place = "entry \(quoted(name))"
        // Bits 0, 6 and 13: encrypted, strongly encrypted, hidden behind a masked header.
        guard fields.uint16(8) & 0x2041 == 0 else {
            throw CheckpointError(.archive, at: place, "it is encrypted")
        }
        let method = fields.uint16(10)
        guard method == 0, sizes.stored == sizes.original else {
            throw CheckpointError(
                .archive,
                at: place,
                "it is compressed (method \(method), \(sizes.stored) bytes that stand for "
                    + "\(sizes.original)); torch.save compresses nothing"
            )
        }
        guard isReadable, fields.uint16(34) == 0, let size = Int(exactly: sizes.original),
            let offset = Int(exactly: sizes.headerOffset), size <= bytes.count,
            offset <= bytes.count
        else {
            throw CheckpointError(.archive, at: place, "its bytes are not within the file")
        }
        byteCount = size
        headerOffset = offset
        position = next
    }

    /// Where the data lie, by the local header, which has to agree with this record.
    func dataRange(
        in bytes: [UInt8],
        before directory: Int
    ) throws(CheckpointError) -> Range<Int> {
        let fields = LittleEndianFields(bytes, at: headerOffset)
        guard directory - headerOffset >= Self.localByteCount, fields.uint32(0) == 0x0403_4B50
        else { throw failure("its local header is not within the file") }
        let nameStart = headerOffset + Self.localByteCount
        let nameEnd = nameStart + Int(fields.uint16(26))
        let start = nameEnd + Int(fields.uint16(28))
        guard start <= directory, byteCount <= directory - start else {
            throw failure("its bytes are not within the file")
        }
        // Bit 3: the sizes follow the data, as torch writes them.
        let size = fields.uint32(22)
        let isSizeRight =
            fields.uint16(6) & 8 != 0 || size == .max || UInt64(size) == UInt64(byteCount)
        guard bytes[nameStart..<nameEnd] == nameBytes, fields.uint16(8) == 0,
            fields.uint16(6) & 0x2041 == 0, isSizeRight
        else { throw failure("its local header disagrees with the central directory") }
        return start..<start + byteCount
    }

    func failure(_ fact: String) -> CheckpointError {
        CheckpointError(.archive, at: "entry \(quoted(name))", fact)
    }
}

/// The sizes of an entry, which a zip64 field may extend.
private struct ZipSizes {
    var stored: UInt64
    var original: UInt64
    var headerOffset: UInt64

    /// Takes what the extra fields say; false when a field that is needed is not there.
    mutating func extend(with extra: ArraySlice<UInt8>) -> Bool {
        let marker = UInt64(UInt32.max)
        guard original == marker || stored == marker || headerOffset == marker else {
            return true
        }
        var rest = extra
        while rest.count >= 4 {
            let head = Array(rest.prefix(4))
            let length = Int(head[2]) | Int(head[3]) << 8
            rest = rest.dropFirst(4)
            guard length <= rest.count else { return false }
            if head[0] == 1, head[1] == 0 { return read(rest.prefix(length), marker) }
            rest = rest.dropFirst(length)
        }
        return false
    }

    private mutating func read(_ field: ArraySlice<UInt8>, _ marker: UInt64) -> Bool {
        var rest = field
        func next(_ value: inout UInt64) -> Bool {
            guard value == marker else { return true }
            guard rest.count >= 8 else { return false }
            value = rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
            rest = rest.dropFirst(8)
            return true
        }
        return next(&original) && next(&stored) && next(&headerOffset)
    }
}
