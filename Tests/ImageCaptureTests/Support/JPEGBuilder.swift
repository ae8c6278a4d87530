import CImage

/// JPEGs for tests, made by libturbojpeg, and the EXIF block cameras put into them.
enum JPEGBuilder {
    struct Failure: Error {
        var message: String
    }

    /// Encodes 1 (grey), 3 (RGB) or 4 (CMYK) bytes a pixel.
    static func bytes(
        width: Int,
        height: Int,
        channelCount: Int = 3,
        quality: Int = 95,
        isProgressive: Bool = false,
        sample: (_ x: Int, _ y: Int) -> [UInt8]
    ) throws -> [UInt8] {
        let pixels = (0..<height).flatMap { y in (0..<width).flatMap { x in sample(x, y) } }
        var encoded = cimage_bytes()
        var failure = cimage_failure()
        let status = cimage_jpeg_encode(
            pixels,
            Int32(width),
            Int32(height),
            Int32(channelCount),
            Int32(quality),
            isProgressive ? 1 : 0,
            &encoded,
            &failure
        )
        guard status == 0 else { throw Failure(message: "status \(status)") }
        defer { cimage_free(&encoded) }
        return Array(UnsafeBufferPointer(start: encoded.start, count: encoded.count))
    }

    /// A TIFF block with the orientation behind another tag, in either byte order.
    static func tiff(orientation: UInt8, isBigEndian: Bool) -> [UInt8] {
        func number(_ value: Int, _ byteCount: Int) -> [UInt8] {
            let little = (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
            return isBigEndian ? little.reversed() : little
        }
        var block = Array((isBigEndian ? "MM" : "II").utf8)
        block += number(42, 2) + number(8, 4) + number(2, 2)
        // ImageWidth as LONG, then Orientation as SHORT in the first half of its field.
        block += number(0x0100, 2) + number(4, 2) + number(1, 4) + number(640, 4)
        block += number(0x0112, 2) + number(3, 2) + number(1, 4)
        return block + number(Int(orientation), 2) + [0, 0] + number(0, 4)
    }

    /// Puts an APP1 segment behind the start-of-image marker.
    static func adding(_ tiff: [UInt8], to jpeg: [UInt8]) -> [UInt8] {
        let payload = Array("Exif\0\0".utf8) + tiff
        let byteCount = payload.count + 2
        let segment = [0xFF, 0xE1, UInt8(byteCount >> 8), UInt8(byteCount & 255)] + payload
        return Array(jpeg[..<2]) + segment + Array(jpeg[2...])
    }
}
