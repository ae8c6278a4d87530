import CImage
import ImageCapture
import TestSupport

/// Files that are, or seem to be, pictures.
enum PictureFiles {
    /// A picture that was not made.
    struct Failure: Error {}

    /// A PNG of one colour.
    static func png(side: Int, red: UInt8 = 200) throws -> [UInt8] {
        let picture = RGBImage(
            width: side,
            height: side,
            filledWith: RGBColour(red: red, green: 90, blue: 30)
        )
        guard let bytes = picture.encodedPNG() else { throw Failure() }
        return bytes
    }

    /// A JPEG of which the second half is missing.
    static func truncatedJPEG() throws -> [UInt8] {
        var random = SeededGenerator(seed: 1)
        let pixels = (0..<64 * 64 * 3).map { _ in UInt8(random.below(256)) }
        var encoded = cimage_bytes()
        var failure = cimage_failure()
        guard cimage_jpeg_encode(pixels, 64, 64, 3, 90, 0, &encoded, &failure) == 0 else {
            throw Failure()
        }
        defer { cimage_free(&encoded) }
        return Array(UnsafeBufferPointer(start: encoded.start, count: encoded.count / 2))
    }

    /// A PNG that says it has 20,000 x 20,000 pixels, and ends there.
    static let giganticPNG: [UInt8] =
        [137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13] + Array("IHDR".utf8)
        + [0, 0, 78, 32, 0, 0, 78, 32, 8, 2, 0, 0, 0, 108, 18, 209, 110]

    /// Puts two small pictures into a folder of their own, and returns its path.
    static func addPortraits(to folder: TemporaryFolder) throws -> String {
        let path = try folder.addFolder("pictures")
        for (index, red) in [UInt8(40), 220].enumerated() {
            try folder.add("pictures/\(index).png", png(side: 48, red: red))
        }
        return path
    }
}
