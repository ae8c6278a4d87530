/// A picture format that is decoded here.
package enum ImageFormat: Hashable, Sendable {
    case jpeg
    case png

    /// The name people know it by.
    package var name: String {
        switch self {
        case .jpeg: "JPEG"
        case .png: "PNG"
        }
    }
}

/// What the first bytes of a file say it is.
///
/// The file's name is never asked.
enum SniffedContent: Hashable {
    case picture(ImageFormat)
    /// A picture for other programs; the payload fits after "it is".
    case foreignPicture(String)
    /// No picture; the payload fits after "it is no picture but".
    case other(String)

    /// The bytes looked at.
    ///
    /// Every signature below fits.
    static let prefixByteCount = 64

    init(of bytes: some Collection<UInt8>) {
        let head = Array(bytes.prefix(Self.prefixByteCount))
        if head.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .picture(.jpeg)
        } else if head.starts(with: PNGHeader.signature) {
            self = .picture(.png)
        } else if let name = Self.foreignName(of: head) {
            self = .foreignPicture(name)
        } else {
            self = .other(Self.likeness(of: head))
        }
    }

    private static func foreignName(of head: [UInt8]) -> String? {
        let signatures: [(String, [UInt8])] = [
            ("a GIF", Array("GIF8".utf8)),
            ("a BMP", Array("BM".utf8)),
            ("a TIFF", Array("II*\0".utf8)),
            ("a TIFF", Array("MM\0*".utf8)),
            ("a JPEG XL", [0xFF, 0x0A]),
            ("a JPEG XL", [0, 0, 0, 0x0C] + Array("JXL ".utf8)),
            ("a JPEG 2000", [0, 0, 0, 0x0C] + Array("jP  ".utf8)),
        ]
        // "BM" alone may open a text; a BMP has zeros in its reserved fields.
        for (name, signature) in signatures where head.starts(with: signature) {
            guard name == "a BMP" else { return name }
            return head.count >= 10 && head[6..<10].allSatisfy { $0 == 0 } ? name : nil
        }
        guard head.count >= 12 else { return nil }
        if head.starts(with: Array("RIFF".utf8)) && head[8..<12].elementsEqual("WEBP".utf8) {
            return "a WebP"
        }
        guard head[4..<8].elementsEqual("ftyp".utf8) else { return nil }
        switch String(decoding: head[8..<12], as: UTF8.self) {
        case "heic", "heix", "heim", "heis", "mif1", "msf1": return "a HEIC"
        case "avif", "avis": return "an AVIF"
        default: return nil
        }
    }

    private static func likeness(of head: [UInt8]) -> String {
        guard !head.isEmpty else { return "an empty file" }
        let isText = head.allSatisfy { byte in
            byte >= 0x80 || (0x20...0x7E).contains(byte) || (0x09...0x0D).contains(byte)
        }
        let isPlainText = isText && head.contains { $0 < 0x80 }
        guard !isPlainText else { return "text" }
        let digits = head.prefix(4).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "data that starts with \(digits.joined(separator: " "))"
    }
}
