/// Writes a zip archive as `torch.save` does: entries stored as they are, each one's bytes at a
/// multiple of 64, sizes in a descriptor after them, and zip64 records at the end.
///
/// The same entries give the same bytes. Archives beyond 4 GiB are refused.
struct ZipWriter {
    private(set) var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var entryCount = 0

    private static let alignment = 64
    private static let version: UInt16 = 45
    /// Bit 3, sizes after the data; bit 11, the name is UTF-8.
    private static let flags: UInt16 = 0x0808

    /// An archive that will have about so many bytes.
    init(reserving byteCount: Int = 0) {
        bytes.reserveCapacity(byteCount)
    }

    /// Appends an entry whose bytes come in pieces.
    ///
    /// - Throws: `CheckpointError` beyond 4 GiB.
    mutating func append(
        _ name: String,
        pieces: ((ArraySlice<UInt8>) -> Void) -> Void
    ) throws(CheckpointError) {
        let header = bytes.count
        let dataStart = header + 30 + name.utf8.count + 4
        let padding = (Self.alignment - dataStart % Self.alignment) % Self.alignment
        appendHeader(name, signature: 0x0403_4B50, sums: [0, 0, 0], extra: 4 + padding)
        // Torch's own padding field: 'FB', then as many bytes as it takes.
        bytes.append(contentsOf: "FB".utf8)
        appendLittleEndian(UInt16(padding), to: &bytes)
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "Z"), count: padding))
        let start = bytes.count
        var checksum = CRC32()
        pieces { piece in
            checksum.update(piece)
            bytes.append(contentsOf: piece)
        }
        guard let size = UInt32(exactly: bytes.count - start),
            let offset = UInt32(exactly: header), bytes.count < UInt32.max
        else { throw CheckpointError(.archive, "it would have more than 4 GiB") }
        for sum in [0x0807_4B50, checksum.value, size, size] {
            appendLittleEndian(sum, to: &bytes)
        }
        appendRecord(name, sums: [checksum.value, size, size], offset: offset)
        entryCount += 1
    }

    /// Appends an entry.
    mutating func append(_ name: String, _ content: [UInt8]) throws(CheckpointError) {
        try append(name) { $0(content[...]) }
    }

    /// The archive, with its directory and the records at its end.
    consuming func finished() -> [UInt8] {
        let position = UInt64(bytes.count)
        let long = position + UInt64(directory.count)
        bytes.append(contentsOf: directory)
        appendLittleEndian(0x0606_4B50 as UInt32, to: &bytes)
        appendLittleEndian(44 as UInt64, to: &bytes)
        for version in [Self.version, Self.version] { appendLittleEndian(version, to: &bytes) }
        appendLittleEndian(0 as UInt64, to: &bytes)
        let count = UInt64(entryCount)
        for field in [count, count, UInt64(directory.count), position] {
            appendLittleEndian(field, to: &bytes)
        }
        appendLittleEndian(0x0706_4B50 as UInt32, to: &bytes)
        appendLittleEndian(0 as UInt32, to: &bytes)
        appendLittleEndian(long, to: &bytes)
        appendLittleEndian(1 as UInt32, to: &bytes)
        appendLittleEndian(0x0605_4B50 as UInt32, to: &bytes)
        let short = UInt16(clamping: entryCount)
        for field in [0, 0, short, short] { appendLittleEndian(field, to: &bytes) }
        appendLittleEndian(UInt32(clamping: directory.count), to: &bytes)
        appendLittleEndian(UInt32(clamping: position), to: &bytes)
        appendLittleEndian(0 as UInt16, to: &bytes)
        return bytes
    }

    private mutating func appendHeader(
        _ name: String,
        signature: UInt32,
        sums: [UInt32],
        extra: Int
    ) {
        appendLittleEndian(signature, to: &bytes)
        // Version, flags, method 0, time and date, as torch leaves them.
        for field in [0, Self.flags, 0, 0, 0] { appendLittleEndian(field, to: &bytes) }
        for sum in sums { appendLittleEndian(sum, to: &bytes) }
        appendLittleEndian(UInt16(name.utf8.count), to: &bytes)
        appendLittleEndian(UInt16(extra), to: &bytes)
        bytes.append(contentsOf: name.utf8)
    }

    private mutating func appendRecord(_ name: String, sums: [UInt32], offset: UInt32) {
        appendLittleEndian(0x0201_4B50 as UInt32, to: &directory)
        for field in [0, 0, Self.flags, 0, 0, 0] { appendLittleEndian(field, to: &directory) }
        for sum in sums { appendLittleEndian(sum, to: &directory) }
        // Name, extra and comment lengths, disk, internal attributes.
        for field in [UInt16(name.utf8.count), 0, 0, 0, 0] {
            appendLittleEndian(field, to: &directory)
        }
        appendLittleEndian(0 as UInt32, to: &directory)
        appendLittleEndian(offset, to: &directory)
        directory.append(contentsOf: name.utf8)
    }
}
