/// What a JPEG's markers say before the first scan.
struct JPEGHeader {
    /// Pixels in a stored row, before any turning.
    var width: Int
    /// Stored rows.
    var height: Int
    /// 1 grey, 3 colour, 4 inks.
    var componentCount: Int
    /// The EXIF block's word, or upright.
    var orientation: ImageOrientation
    /// Whether Adobe's APP14 is there: its inks are stored inverted.
    var hasAdobeMarker: Bool

    /// Walks the marker segments up to the first start of scan.
    init(of bytes: [UInt8], path: String) throws(ImageError) {
        let reader = ByteReader(bytes: bytes[...], isBigEndian: true)
        var orientation: ImageOrientation?
        var hasAdobeMarker = false
        var frame: Frame?
        var offset = 2
        while true {
            let segment = try Self.segment(at: offset, reader: reader, path: path)
            let payload = bytes[segment.payload]
            switch segment.marker {
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                // libjpeg refuses a second frame; the first one is what is checked here.
                if frame == nil {
                    frame = try Self.frame(segment.marker, of: payload, path: path)
                }
            case 0xE1 where payload.starts(with: Array("Exif\0\0".utf8)):
                orientation = orientation ?? ImageOrientation(tiff: payload.dropFirst(6))
            case 0xEE where payload.starts(with: Array("Adobe".utf8)):
                hasAdobeMarker = true
            case 0xDA:
                guard let frame else {
                    throw .corrupt(
                        path: path,
                        format: .jpeg,
                        reason: "a scan comes before the frame"
                    )
                }
                width = frame.width
                height = frame.height
                componentCount = frame.componentCount
                self.orientation = orientation ?? .rowTopColumnLeft
                self.hasAdobeMarker = hasAdobeMarker
                return
            default: break
            }
            offset = segment.payload.upperBound
        }
    }

    private struct Segment {
        var marker: UInt8
        var payload: Range<Int>
    }

    private struct Frame {
        var width: Int
        var height: Int
        var componentCount: Int
    }

    private static func segment(
        at start: Int,
        reader: ByteReader,
        path: String
    ) throws(ImageError) -> Segment {
        let bytes = reader.bytes
        let cut = ImageError.truncated(
            path: path,
            format: .jpeg,
            reason: "inside the header"
        )
        guard start < bytes.count else { throw cut }
        guard bytes[start] == 0xFF else {
            throw .corrupt(path: path, format: .jpeg, reason: "no marker where one belongs")
        }
        // Any number of fill bytes may stand before a marker's code.
        var offset = start
        while offset < bytes.count && bytes[offset] == 0xFF { offset += 1 }
        guard offset < bytes.count else { throw cut }
        let marker = bytes[offset]
        guard marker >= 0xC0 && !(0xD0...0xD9).contains(marker) else {
            throw .corrupt(path: path, format: .jpeg, reason: "a marker out of place")
        }
        guard let byteCount = reader.uint16(at: offset + 1) else { throw cut }
        guard byteCount >= 2 else {
            throw .corrupt(path: path, format: .jpeg, reason: "a segment without a length")
        }
        guard offset + 1 + byteCount <= bytes.count else { throw cut }
        return Segment(marker: marker, payload: offset + 3..<offset + 1 + byteCount)
    }

    private static func frame(
        _ marker: UInt8,
        of payload: ArraySlice<UInt8>,
        path: String
    ) throws(ImageError) -> Frame {
        let reader = ByteReader(bytes: payload, isBigEndian: true)
        guard let precision = payload.first, let height = reader.uint16(at: 1),
            let width = reader.uint16(at: 3), payload.count >= 6
        else {
            throw .corrupt(path: path, format: .jpeg, reason: "the frame header is too short")
        }
        let componentCount = Int(payload[payload.startIndex + 5])
        // Baseline, extended and progressive, with Huffman or arithmetic coding.
        guard [0xC0, 0xC1, 0xC2, 0xC9, 0xCA].contains(marker) else {
            throw .unsupported(path: path, format: "a lossless or hierarchical JPEG")
        }
        guard precision == 8 else {
            throw .unsupported(path: path, format: "a JPEG of \(precision) bits a sample")
        }
        guard [1, 3, 4].contains(componentCount) else {
            throw .unsupported(path: path, format: "a JPEG of \(componentCount) components")
        }
        guard width > 0 && height > 0 else {
            throw .corrupt(path: path, format: .jpeg, reason: "the header gives no size")
        }
        return Frame(width: width, height: height, componentCount: componentCount)
    }
}
