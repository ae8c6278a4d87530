/// A picture in memory: 8-bit red, green and blue, interleaved, rows from the top.
///
/// The numbers are sRGB-encoded as the file had them; nothing here manages colour.
/// Pixel `(x, y)` starts at index `(y * width + x) * 3`.
package struct RGBImage: Hashable, Sendable {
    /// Pixels in a row.
    package let width: Int
    /// Rows.
    package let height: Int
    /// `width * height * 3` bytes, red first.
    package internal(set) var pixels: [UInt8]

    /// Bytes of one pixel.
    package static let channelCount = 3

    /// Wraps pixels that are there already.
    ///
    /// `pixels` must hold exactly `width * height * 3` bytes of at least one pixel.
    package init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        precondition(
            pixels.count == width * height * Self.channelCount,
            "a picture has three bytes for each pixel"
        )
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Makes a picture of one colour.
    package init(width: Int, height: Int, filledWith colour: RGBColour) {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        self.width = width
        self.height = height
        pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { bytes, count in
            count = width * height * 3
            for index in stride(from: 0, to: count, by: 3) {
                bytes[index] = colour.red
                bytes[index + 1] = colour.green
                bytes[index + 2] = colour.blue
            }
        }
    }

    /// The colour at column `x`, row `y`; both must lie inside the picture.
    package subscript(x: Int, y: Int) -> RGBColour {
        get {
            let index = offset(x: x, y: y)
            return RGBColour(
                red: pixels[index],
                green: pixels[index + 1],
                blue: pixels[index + 2]
            )
        }
        set {
            let index = offset(x: x, y: y)
            pixels[index] = newValue.red
            pixels[index + 1] = newValue.green
            pixels[index + 2] = newValue.blue
        }
    }

    /// The length of the shorter side, in pixels.
    package var shorterSide: Int { min(width, height) }

    private func offset(x: Int, y: Int) -> Int {
        precondition(
            x >= 0 && x < width && y >= 0 && y < height,
            "a pixel lies inside its picture"
        )
        return (y * width + x) * Self.channelCount
    }
}

extension RGBImage: CustomStringConvertible {
    /// The size; a picture's bytes are of no use in a log.
    package var description: String { "picture of \(width) x \(height)" }
}

/// One 8-bit sRGB colour.
package struct RGBColour: Hashable, Sendable {
    /// Red, sRGB-encoded.
    package var red: UInt8
    /// Green, sRGB-encoded.
    package var green: UInt8
    /// Blue, sRGB-encoded.
    package var blue: UInt8

    /// Names the three parts.
    package init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A grey of one brightness.
    package init(grey: UInt8) {
        self.init(red: grey, green: grey, blue: grey)
    }

    /// Paper.
    package static let white = RGBColour(grey: 255)
    /// Ink.
    package static let black = RGBColour(grey: 0)
}
