/// A zip archive made byte by byte, so that every field can be wrong.
struct ZipFile {
    struct Entry {
        var name: String
        var content: [UInt8]
        /// 8 is deflate.
        var method: UInt16 = 0
        var flags: UInt16 = 0x0808
        var checksum: UInt32?
        /// The size the central directory gives.
        var size: UInt64?
        /// The offset the central directory gives.
        var offset: UInt64?
        /// The name in the local header.
        var localName: String?
        var hasLongSizes = false
    }

    var entries: [Entry]
    var directoryOffset: UInt64?
    var entryCount: UInt16?
    var disk: UInt16 = 0
    var comment: [UInt8] = []

    init(_ entries: [Entry]) { self.entries = entries }

    var bytes: [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let checksum = entry.checksum ?? Self.checksum(entry.content)
            let offset = entry.offset ?? UInt64(file.count)
            let name = entry.localName ?? entry.name
            file += little(0x0403_4B50 as UInt32) + little(45 as UInt16) + little(entry.flags)
            file += little(entry.method) + [UInt8](repeating: 0, count: 16)
            file += little(UInt16(name.utf8.count)) + little(0 as UInt16) + Array(name.utf8)
            file += entry.content + little(0x0807_4B50 as UInt32) + little(checksum)
            let size = entry.size ?? UInt64(entry.content.count)
            file += little(UInt32(truncatingIfNeeded: size))
            file += little(UInt32(truncatingIfNeeded: size))
            var extra: [UInt8] = []
            if entry.hasLongSizes {
                extra = little(1 as UInt16) + little(24 as UInt16) + little(size) + little(size)
                extra += little(offset)
            }
            let short = entry.hasLongSizes ? .max : UInt32(truncatingIfNeeded: size)
            directory += little(0x0201_4B50 as UInt32) + little(45 as UInt16) + little(45 as UInt16)
            directory += little(entry.flags) + little(entry.method) + little(0 as UInt32)
            directory += little(checksum) + little(short) + little(short)
            directory += little(UInt16(entry.name.utf8.count)) + little(UInt16(extra.count))
            directory += [UInt8](repeating: 0, count: 10)
            directory += little(
                entry.hasLongSizes ? .max : UInt32(truncatingIfNeeded: offset)
            )
            directory += Array(entry.name.utf8) + extra
        }
        let start = directoryOffset ?? UInt64(file.count)
        file += directory + little(0x0605_4B50 as UInt32) + little(disk) + little(disk)
        let count = entryCount ?? UInt16(entries.count)
        file += little(count) + little(count) + little(UInt32(directory.count))
        file += little(UInt32(truncatingIfNeeded: start)) + little(UInt16(comment.count)) + comment
        return file
    }

    /// CRC-32, bit by bit.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = .max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0xEDB8_8320 }
        }
        return ~sum
    }
}

/// The bytes of an integer, lowest first.
func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
    stride(from: 0, to: Integer.bitWidth, by: 8).map {
        UInt8(truncatingIfNeeded: value >> Integer($0))
    }
}

/// Instructions of a pickle, as Python's pickler puts them.
enum Pickle {
    static func text(_ text: String) -> [UInt8] {
        [0x58] + little(UInt32(text.utf8.count)) + Array(text.utf8)
    }

    static func global(_ module: String, _ name: String) -> [UInt8] {
        Array("c\(module)\n\(name)\n".utf8)
    }

    static func integer(_ value: Int32) -> [UInt8] { [0x4A] + little(value) }

    static func tuple(_ parts: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "(")] + parts.flatMap { $0 } + [UInt8(ascii: "t")]
    }

    static func call(_ function: [UInt8], _ arguments: [[UInt8]]) -> [UInt8] {
        function + tuple(arguments) + [UInt8(ascii: "R")]
    }

    static func dictionary(_ entries: [(String, [UInt8])]) -> [UInt8] {
        [0x7D, UInt8(ascii: "(")] + entries.flatMap { text($0.0) + $0.1 } + [UInt8(ascii: "u")]
    }

    /// A view of floats in the storage `key`.
    static func tensor(
        storage key: String,
        count: Int32,
        offset: Int32 = 0,
        shape: [Int32],
        strides: [Int32],
        type: String = "FloatStorage"
    ) -> [UInt8] {
        let storage = tuple([
            text("storage"), global("torch", type), text(key), text("cpu"), integer(count),
        ])
        return call(
            global("torch._utils", "_rebuild_tensor_v2"),
            [
                storage + [UInt8(ascii: "Q")], integer(offset), tuple(shape.map(integer)),
                tuple(strides.map(integer)), [0x89], [0x7D],
            ]
        )
    }

    static func program(_ value: [UInt8]) -> [UInt8] { [0x80, 2] + value + [UInt8(ascii: ".")] }
}

/// A file of torch.save: a pickle, and storages.
struct TorchFile {
    var pickle: [UInt8]
    var storages: [(key: String, bytes: [UInt8])] = []

    init(_ value: [UInt8], storages: [(String, [UInt8])] = []) {
        pickle = Pickle.program(value)
        self.storages = storages.map { (key: $0.0, bytes: $0.1) }
    }

    var archive: ZipFile {
        ZipFile(
            [ZipFile.Entry(name: "m/data.pkl", content: pickle)]
                + storages.map { ZipFile.Entry(name: "m/data/\($0.key)", content: $0.bytes) }
                + [ZipFile.Entry(name: "m/version", content: Array("3\n".utf8))]
        )
    }

    var bytes: [UInt8] { archive.bytes }

    /// A state dict of one tensor `w` of two floats.
    static var small: TorchFile {
        let tensor = Pickle.tensor(storage: "0", count: 2, shape: [2], strides: [1])
        return TorchFile(Pickle.dictionary([("w", tensor)]), storages: [("0", floats([1, -2]))])
    }

    static func floats(_ values: [Float]) -> [UInt8] { values.flatMap { little($0.bitPattern) } }
}
