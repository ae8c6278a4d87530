/// A PNG put together by hand: any colour type and depth, stored deflate blocks, no filter.
///
/// It shares no code with the decoder under test, nor with libpng.
struct PNGBuilder {
    enum ColourType: UInt8 {
        case grey = 0
        case colour = 2
        case palette = 3
        case greyAlpha = 4
        case colourAlpha = 6

        var channelCount: Int {
            switch self {
            case .grey, .palette: 1
            case .greyAlpha: 2
            case .colour: 3
            case .colourAlpha: 4
            }
        }
    }

    var width: Int
    var height: Int
    var depth = 8
    var colourType = ColourType.colour
    var isInterlaced = false
    var palette: [UInt8] = []
    var transparency: [UInt8] = []
    var orientation: [UInt8]?
    /// The channels of a pixel, each in `0..<1 << depth`.
    var sample: (_ x: Int, _ y: Int) -> [Int]

    /// The whole file.
    func bytes() -> [UInt8] {
        var file = Self.signature + header()
        if !palette.isEmpty { file += Self.chunk("PLTE", palette) }
        if !transparency.isEmpty { file += Self.chunk("tRNS", transparency) }
        if let orientation { file += Self.chunk("eXIf", orientation) }
        file += Self.chunk("IDAT", Self.zlib(scanlines()))
        return file + Self.chunk("IEND", [])
    }

    /// Signature and IHDR, nothing behind them.
    func headerOnly() -> [UInt8] { Self.signature + header() }

    static let signature: [UInt8] = [137, 80, 78, 71, 13, 10, 26, 10]

    private func header() -> [UInt8] {
        Self.chunk(
            "IHDR",
            Self.bigEndian(UInt32(width)) + Self.bigEndian(UInt32(height))
                + [UInt8(depth), colourType.rawValue, 0, 0, isInterlaced ? 1 : 0]
        )
    }

    private func scanlines() -> [UInt8] {
        guard isInterlaced else { return pass(x: 0, y: 0, stepX: 1, stepY: 1) }
        // Adam7: the seven grids of PNG's section 8.2.
        let grids = [
            (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4),
            (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
        ]
        return grids.flatMap { pass(x: $0.0, y: $0.1, stepX: $0.2, stepY: $0.3) }
    }

    private func pass(x startX: Int, y startY: Int, stepX: Int, stepY: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        guard startX < width else { return bytes }
        for y in stride(from: startY, to: height, by: stepY) {
            bytes.append(0)
            var pending = 0
            var bitCount = 0
            for x in stride(from: startX, to: width, by: stepX) {
                for value in sample(x, y) {
                    pending = pending << depth | value
                    bitCount += depth
                    while bitCount >= 8 {
                        bytes.append(UInt8(truncatingIfNeeded: pending >> (bitCount - 8)))
                        bitCount -= 8
                        pending &= (1 << bitCount) - 1
                    }
                }
            }
            if bitCount > 0 { bytes.append(UInt8(truncatingIfNeeded: pending << (8 - bitCount))) }
        }
        return bytes
    }

    static func chunk(_ name: String, _ payload: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + payload
        return bigEndian(UInt32(payload.count)) + body + bigEndian(crc32(body))
    }

    static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func zlib(_ data: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var offset = 0
        repeat {
            let count = min(65_535, data.count - offset)
            stream.append(offset + count == data.count ? 1 : 0)
            for number in [count, count ^ 0xFFFF] {
                stream += [UInt8(number & 255), UInt8(number >> 8)]
            }
            stream += data[offset..<offset + count]
            offset += count
        } while offset < data.count
        var low: UInt32 = 1
        var high: UInt32 = 0
        for byte in data {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return stream + bigEndian(high << 16 | low)
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = .max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
