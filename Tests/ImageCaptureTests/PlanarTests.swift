import ImageCapture
import Testing

@Suite struct PlanarTests {
    @Test func splitsPixelsIntoPlanes() {
        let image = RGBImage(width: 2, height: 1, pixels: [0, 51, 255, 255, 0, 102])
        #expect(image.planarFloats() == [-1, 1, -0.6, -1, 1, 102 / 127.5 - 1])
    }

    @Test func returnsEveryByte() {
        let bytes = (0..<256).flatMap { [UInt8($0), UInt8(255 - $0), UInt8($0)] }
        let image = RGBImage(width: 16, height: 16, pixels: bytes)
        #expect(RGBImage(planar: image.planarFloats(), width: 16, height: 16) == image)
    }

    @Test(arguments: [
        (Float(-1.5), UInt8(0)), (-.infinity, 0), (2, 255), (.infinity, 255), (.nan, 0), (0, 128),
        (-0.0001, 127), (1, 255), (-1, 0), (0.999, 255), (0.99, 254),
    ])
    func clampsAndRounds(value: Float, byte: UInt8) {
        let image = RGBImage(planar: [value, value, value], width: 1, height: 1)
        #expect(image.pixels == [byte, byte, byte])
    }
}
