import CImage
import ImageCapture
import Testing

@Suite struct JPEGDecodingTests {
    private static func differs(_ colour: RGBColour, _ red: Int, _ green: Int, _ blue: Int) -> Int {
        max(
            abs(Int(colour.red) - red),
            max(abs(Int(colour.green) - green), abs(Int(colour.blue) - blue))
        )
    }

    @Test(arguments: [false, true])
    func decodesSmoothColour(isProgressive: Bool) throws {
        let bytes = try JPEGBuilder.bytes(width: 67, height: 45, isProgressive: isProgressive) {
            [UInt8($0 * 3), UInt8($1 * 4), 128]
        }
        let image = try RGBImage(decoding: bytes, name: "smooth.jpg")
        #expect(image.width == 67 && image.height == 45)
        for y in 0..<45 {
            for x in 0..<67 {
                #expect(Self.differs(image[x, y], x * 3, y * 4, 128) < 12)
            }
        }
    }

    @Test func decodesGrey() throws {
        let bytes = try JPEGBuilder.bytes(width: 40, height: 40, channelCount: 1) { x, _ in
            [UInt8(x * 5)]
        }
        let image = try RGBImage(decoding: bytes, name: "grey.jpg")
        for x in 0..<40 {
            let colour = image[x, 20]
            #expect(colour.red == colour.green && colour.green == colour.blue)
            #expect(Self.differs(colour, x * 5, x * 5, x * 5) < 6)
        }
    }

    /// The encoder writes Adobe's marker, so its inks count as inverted: 255 is bare paper.
    @Test func printsInvertedInks() throws {
        let bytes = try JPEGBuilder.bytes(width: 64, height: 64, channelCount: 4) { x, _ in
            x < 32 ? [255, 128, 64, 255] : [255, 128, 64, 128]
        }
        let image = try RGBImage(decoding: bytes, name: "inks.jpg")
        #expect(Self.differs(image[8, 8], 255, 128, 64) < 8)
        #expect(Self.differs(image[56, 8], 128, 64, 32) < 8)
    }

    @Test func printsPlainInksWithoutAdobesMarker() throws {
        let bytes = try JPEGBuilder.bytes(width: 64, height: 64, channelCount: 4) { _, _ in
            [100, 100, 100, 255]
        }
        // Overwriting the marker's name leaves four components that libjpeg takes for CMYK.
        let name = try #require(
            bytes.indices.first { bytes[$0...].starts(with: Array("Adobe".utf8)) }
        )
        var plain = bytes
        plain[name] = UInt8(ascii: "a")
        let image = try RGBImage(decoding: plain, name: "plain.jpg")
        #expect(image[8, 8].red < 8, "full black ink leaves nothing of the others")
    }

    @Test(arguments: [
        (minimumSide: 240, divisor: 1), (minimumSide: 121, divisor: 1),
        (minimumSide: 120, divisor: 2), (minimumSide: 61, divisor: 2),
        (minimumSide: 60, divisor: 4), (minimumSide: 30, divisor: 8), (minimumSide: 1, divisor: 8),
    ])
    func scalesDownNoFurtherThanAsked(minimumSide: Int, divisor: Int) throws {
        let bytes = try JPEGBuilder.bytes(width: 320, height: 240) { x, y in
            [UInt8(x / 2), UInt8(y), 77]
        }
        let image = try RGBImage(decoding: bytes, name: "large.jpg", minimumSide: minimumSide)
        #expect(image.width == 320 / divisor && image.height == 240 / divisor)
        let x = image.width / 2
        let y = image.height / 2
        #expect(Self.differs(image[x, y], 80, 120, 77) < 10)
    }

    @Test func roundsOddSidesUpWhenScaling() throws {
        let bytes = try JPEGBuilder.bytes(width: 321, height: 243) { _, _ in [1, 2, 3] }
        let image = try RGBImage(decoding: bytes, name: "odd.jpg", minimumSide: 40)
        #expect(image.width == 81 && image.height == 61)
        let smaller = try RGBImage(decoding: bytes, name: "odd.jpg", minimumSide: 31)
        #expect(smaller.width == 41 && smaller.height == 31)
    }

    @Test(arguments: [
        (marker: UInt8(0xC3), precision: UInt8(8), components: UInt8(3), word: "lossless"),
        (marker: 0xC1, precision: 12, components: 3, word: "12 bits"),
        (marker: 0xC0, precision: 8, components: 2, word: "2 components"),
    ])
    func namesVariantsItDoesNotRead(
        marker: UInt8,
        precision: UInt8,
        components: UInt8,
        word: String
    ) throws {
        var bytes = try JPEGBuilder.bytes(width: 64, height: 64) { _, _ in [1, 2, 3] }
        let frame = try #require(
            bytes.indices.first { bytes[$0...].starts(with: [0xFF, 0xC0, 0]) }
        )
        bytes[frame + 1] = marker
        bytes[frame + 4] = precision
        bytes[frame + 9] = components
        do {
            _ = try RGBImage(decoding: bytes, name: "variant.jpg")
            Issue.record("it was decoded")
        } catch {
            guard case .unsupported("variant.jpg", let format) = error else {
                Issue.record("it is called \(error)")
                return
            }
            #expect(format.contains(word))
        }
    }

    @Test func refusesWhatTheCodecOnlyWarnsAbout() throws {
        let bytes = try JPEGBuilder.bytes(width: 128, height: 128) { x, y in
            [UInt8(x * y & 255), UInt8(x), UInt8(y)]
        }
        // A restart marker nobody announced, in the middle of the coded data.
        let middle = bytes.count * 3 / 4
        let damaged = Array(bytes[..<middle]) + [0xFF, 0xD3] + Array(bytes[middle...])
        do {
            _ = try RGBImage(decoding: damaged, name: "warned.jpg")
            Issue.record("a warning was swallowed")
        } catch {
            guard case .corrupt("warned.jpg", .jpeg, let reason) = error else {
                Issue.record("it is called \(error)")
                return
            }
            #expect(!reason.isEmpty)
        }
    }
}
