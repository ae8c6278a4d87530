import ImageCapture
import TestSupport
import Testing

@Suite struct ResamplingTests {
    private static func noise(_ width: Int, _ height: Int, seed: UInt64) -> RGBImage {
        var generator = SeededGenerator(seed: seed)
        let pixels = (0..<width * height * 3).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    @Test(arguments: [
        (32, 32, 32), (64, 64, 32), (97, 45, 32), (33, 70, 64), (40, 40, 256), (333, 500, 7),
        (2_000, 40, 1),
    ])
    func keepsAConstantPictureConstant(width: Int, height: Int, side: Int) {
        for grey: UInt8 in [0, 1, 127, 128, 254, 255] {
            let colour = RGBColour(red: grey, green: 255 - grey, blue: 77)
            let source = RGBImage(width: width, height: height, filledWith: colour)
            let expected = RGBImage(width: side, height: side, filledWith: colour)
            #expect(source.squareCropped(side: side) == expected)
        }
    }

    @Test func cutsTheCentreWithoutTouchingPixelsWhenTheSideFits() {
        let source = Self.noise(51, 32, seed: 1)
        let square = source.squareCropped(side: 32)
        for y in 0..<32 {
            for x in 0..<32 { #expect(square[x, y] == source[x + 9, y]) }
        }
        let upright = Self.noise(32, 40, seed: 2)
        #expect(upright.squareCropped(side: 32)[3, 0] == upright[3, 4])
    }

    /// Halving with a triangle of reach two weighs four samples 1 3 3 1: a ramp keeps its value
    /// halfway between two samples, except where the edge cuts the triangle.
    @Test func halvesARampToItsMeans() {
        var source = RGBImage(width: 64, height: 64, filledWith: .black)
        for y in 0..<64 {
            for x in 0..<64 {
                source[x, y] = RGBColour(red: UInt8(x * 4), green: UInt8(y * 4), blue: 0)
            }
        }
        let half = source.squareCropped(side: 32)
        for index in 1..<31 {
            #expect(half[index, 5].red == UInt8(index * 8 + 2))
            #expect(half[5, index].green == UInt8(index * 8 + 2))
        }
        // 3, 3, 1 of 7 over 0, 4, 8: 20 / 7 is 2.857.
        #expect(half[0, 5].red == 3)
        #expect(half[31, 5].red == 249)
    }

    @Test func doublesByInterpolatingInQuarters() {
        var source = RGBImage(width: 32, height: 32, filledWith: .black)
        for y in 0..<32 {
            for x in 0..<32 { source[x, y] = RGBColour(grey: UInt8(x * 8)) }
        }
        let double = source.squareCropped(side: 64)
        #expect(double[0, 0].red == 0)
        for index in 1..<63 {
            // Sample centres at (index + 0.5) / 2 - 0.5 of a ramp of slope 8.
            #expect(Int(double[index, 9].red) == index * 4 - 2)
        }
        #expect(double[63, 0].red == 248)
    }

    /// The formula once more, in floating point, one pixel at a time.
    @Test(arguments: [(61, 61, 24), (50, 80, 33), (33, 40, 90), (200, 100, 7)])
    func agreesWithTheFormulaWithinRounding(width: Int, height: Int, side: Int) {
        let source = Self.noise(width, height, seed: 9)
        let result = source.squareCropped(side: side)
        let extent = min(width, height)
        func weights(_ target: Int) -> [Double] {
            let scale = Double(extent) / Double(side)
            let centre = (Double(target) + 0.5) * scale
            let heights = (0..<extent).map { sample in
                max(0, 1 - abs(Double(sample) + 0.5 - centre) / max(scale, 1))
            }
            let total = heights.reduce(0, +)
            return heights.map { $0 / total }
        }
        let table = (0..<side).map(weights)
        let left = (width - extent) / 2
        let top = (height - extent) / 2
        var worst = 0.0
        for y in 0..<side {
            for x in 0..<side {
                var exact = 0.0
                for row in 0..<extent where table[y][row] > 0 {
                    for column in 0..<extent where table[x][column] > 0 {
                        let value = Double(source[left + column, top + row].green)
                        exact += value * table[y][row] * table[x][column]
                    }
                }
                worst = max(worst, abs(exact - Double(result[x, y].green)))
            }
        }
        #expect(worst <= 0.52, "half a step of rounding, and little more")
    }

    @Test func doesNotAliasAFineChequerboard() {
        var source = RGBImage(width: 256, height: 256, filledWith: .black)
        for y in 0..<256 {
            for x in 0..<256 where (x + y) & 1 == 0 { source[x, y] = .white }
        }
        let small = source.squareCropped(side: 50)
        #expect(small.pixels.allSatisfy { (124...131).contains($0) })
    }

    /// The bytes every host has to give; a change here changes what a model was trained on.
    @Test func givesTheSameBytesEverywhere() {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in Self.noise(123, 77, seed: 42).squareCropped(side: 40).pixels {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        #expect(hash == 57_050_601_088_206_734)
    }
}
