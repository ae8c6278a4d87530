import ImageCapture
import TestSupport
import Testing

@Suite struct PNGWritingTests {
    @Test func writesAPictureThatCanBeReadBack() throws {
        let folder = try TemporaryFolder()
        let image = RGBImage(
            width: 40,
            height: 32,
            filledWith: RGBColour(red: 1, green: 2, blue: 3)
        )
        let path = folder.path + "/picture.png"
        try image.writePNG(to: path)
        #expect(try RGBImage(contentsOfFile: path) == image)
        #expect(try folder.names() == ["picture.png"])
    }
}
