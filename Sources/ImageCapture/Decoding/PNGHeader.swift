/// What a PNG says about itself before a pixel is decoded.
struct PNGHeader {
    /// The eight bytes every PNG starts with.
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Pixels in a stored row, before any turning.
    var width: Int
    /// Stored rows.
    var height: Int

    /// Reads IHDR, which comes first in every PNG.
    init(of bytes: [UInt8], path: String) throws(ImageError) {
        let reader = ByteReader(bytes: bytes[...], isBigEndian: true)
        guard let byteCount = reader.uint32(at: 8), let kind = reader.uint32(at: 12),
            let width = reader.uint32(at: 16), let height = reader.uint32(at: 20)
        else {
            throw .truncated(path: path, format: .png, reason: "inside the header")
        }
        guard byteCount == 13 && kind == Self.code("IHDR") else {
            throw .corrupt(path: path, format: .png, reason: "it does not start with IHDR")
        }
        guard width > 0 && height > 0 else {
            throw .corrupt(path: path, format: .png, reason: "the header gives no size")
        }
        self.width = width
        self.height = height
    }

    /// Looks for an eXIf chunk, before or behind the pixels.
    ///
    /// The bytes may be damaged.
    static func orientation(of bytes: [UInt8]) -> ImageOrientation {
        let reader = ByteReader(bytes: bytes[...], isBigEndian: true)
        var offset = signature.count
        while let byteCount = reader.uint32(at: offset), let kind = reader.uint32(at: offset + 4),
            byteCount <= bytes.count - offset - 8
        {
            let start = offset + 8
            if kind == code("eXIf") {
                return ImageOrientation(tiff: bytes[start..<start + byteCount])
            }
            // The payload is followed by four bytes of CRC.
            offset = start + byteCount + 4
        }
        return .rowTopColumnLeft
    }

    private static func code(_ name: StaticString) -> Int {
        name.withUTF8Buffer { $0.reduce(0) { $0 << 8 | Int($1) } }
    }
}
