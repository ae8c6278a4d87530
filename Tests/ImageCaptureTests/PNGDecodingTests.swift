import ImageCapture
import TestSupport
import Testing

/// PNGs of every kind, built by hand.
@Suite struct PNGDecodingTests {
    private static func decode(_ builder: PNGBuilder) throws -> RGBImage {
        try RGBImage(decoding: builder.bytes(), name: "test.png")
    }

    @Test(arguments: [false, true])
    func keepsEightBitColourExactly(isInterlaced: Bool) throws {
        let builder = PNGBuilder(width: 37, height: 33, isInterlaced: isInterlaced) { x, y in
            [x * 7 & 255, y * 5 & 255, (x ^ y) * 3 & 255]
        }
        let image = try Self.decode(builder)
        #expect(image.width == 37 && image.height == 33)
        for y in 0..<33 {
            for x in 0..<37 {
                let colour = image[x, y]
                let expected = builder.sample(x, y).map { UInt8($0) }
                #expect([colour.red, colour.green, colour.blue] == expected)
            }
        }
    }

    @Test(arguments: [1, 2, 4, 8, 16], [false, true])
    func stretchesGreyOfEveryDepthOverEightBits(depth: Int, isInterlaced: Bool) throws {
        let most = 1 << depth - 1
        let builder = PNGBuilder(
            width: 35,
            height: 32,
            depth: depth,
            colourType: .grey,
            isInterlaced: isInterlaced
        ) { x, y in [(x * 2111 + y * 977) & most] }
        let image = try Self.decode(builder)
        for y in 0..<32 {
            for x in 0..<35 {
                let value = builder.sample(x, y)[0]
                #expect(image[x, y] == RGBColour(grey: UInt8((value * 510 + most) / (2 * most))))
            }
        }
    }

    @Test(arguments: [1, 2, 4, 8])
    func looksUpPalettesOfEveryDepth(depth: Int) throws {
        let count = 1 << depth
        let colours = (0..<count).map { entry in
            RGBColour(red: UInt8(entry), green: UInt8(255 - entry), blue: UInt8(entry / 2))
        }
        let builder = PNGBuilder(
            width: 41,
            height: 32,
            depth: depth,
            colourType: .palette,
            palette: colours.flatMap { [$0.red, $0.green, $0.blue] }
        ) { x, y in [(x + y * 3) & (count - 1)] }
        let image = try Self.decode(builder)
        for y in 0..<32 {
            for x in 0..<41 {
                #expect(image[x, y] == colours[builder.sample(x, y)[0]])
            }
        }
    }

    @Test(arguments: [8, 16], [false, true])
    func compositesAlphaOverWhite(depth: Int, isInterlaced: Bool) throws {
        let scale = depth == 16 ? 257 : 1
        let builder = PNGBuilder(
            width: 32,
            height: 33,
            depth: depth,
            colourType: .colourAlpha,
            isInterlaced: isInterlaced
        ) { x, y in [200 * scale, y * scale, 0, x * 8 * scale] }
        let image = try Self.decode(builder)
        for y in 0..<33 {
            for x in 0..<32 {
                let alpha = x * 8
                func over(_ value: Int) -> UInt8 {
                    UInt8((value * alpha + 255 * (255 - alpha) + 127) / 255)
                }
                #expect(
                    image[x, y] == RGBColour(red: over(200), green: over(y), blue: over(0))
                )
            }
        }
    }

    @Test func compositesGreyAlphaOverWhite() throws {
        let image = try Self.decode(
            PNGBuilder(width: 32, height: 32, colourType: .greyAlpha) { x, _ in
                [10, x < 16 ? 0 : 255]
            }
        )
        #expect(image[0, 0] == .white)
        #expect(image[31, 31] == RGBColour(grey: 10))
    }

    @Test func honoursTransparencyOfPaletteAndColourKey() throws {
        let palette = try Self.decode(
            PNGBuilder(
                width: 32,
                height: 32,
                colourType: .palette,
                palette: [9, 9, 9, 20, 30, 40],
                transparency: [0]
            ) { x, _ in [x & 1] }
        )
        #expect(palette[0, 0] == .white)
        #expect(palette[1, 0] == RGBColour(red: 20, green: 30, blue: 40))
        let key = try Self.decode(
            PNGBuilder(
                width: 32,
                height: 32,
                colourType: .colour,
                transparency: [0, 1, 0, 2, 0, 3]
            ) { x, _ in x & 1 == 0 ? [1, 2, 3] : [1, 2, 4] }
        )
        #expect(key[0, 0] == .white)
        #expect(key[1, 0] == RGBColour(red: 1, green: 2, blue: 4))
    }

    @Test func paintsAPaletteIndexWithoutAColourBlack() throws {
        let builder = PNGBuilder(
            width: 32,
            height: 32,
            colourType: .palette,
            palette: [9, 9, 9, 1, 1, 1]
        ) { x, _ in [x == 5 ? 255 : 0] }
        let image = try Self.decode(builder)
        #expect(image[5, 0] == .black)
        #expect(image[6, 0] == RGBColour(grey: 9))
    }

    @Test func refusesADamagedChecksumAnywhere() throws {
        let bytes = PNGBuilder(width: 32, height: 32) { x, y in [x, y, 0] }.bytes()
        for offset in [30, bytes.count / 2, bytes.count - 14, bytes.count - 2] {
            var damaged = bytes
            damaged[offset] ^= 0x10
            do {
                _ = try RGBImage(decoding: damaged, name: "damaged.png")
                Issue.record("a damaged byte at \(offset) went unnoticed")
            } catch {
                guard case .corrupt("damaged.png", .png, _) = error else {
                    Issue.record("a damaged byte at \(offset) is called \(error)")
                    continue
                }
            }
        }
    }

    @Test func readsBackWhatItWrote() throws {
        var generator = SeededGenerator(seed: 3)
        let pixels = (0..<33 * 47 * 3).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let image = RGBImage(width: 33, height: 47, pixels: pixels)
        let bytes = try #require(image.encodedPNG())
        #expect(try RGBImage(decoding: bytes, name: "own.png") == image)
        #expect(image.encodedPNG() == bytes)
    }
}
