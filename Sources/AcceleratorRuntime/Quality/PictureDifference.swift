import Glibc

/// Rows and columns of a picture held as three planes R, G, B of `height * width` numbers.
package struct PictureSize: Sendable, Hashable {
    /// Columns, in pixels.
    package let width: Int
    /// Rows, in pixels.
    package let height: Int

    /// A size of at least one pixel.
    package init(width: Int, height: Int) {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        self.width = width
        self.height = height
    }

    /// A square.
    package init(side: Int) { self.init(width: side, height: side) }

    /// Numbers of one plane.
    package var planeCount: Int { width * height }

    /// Numbers of a picture: three planes.
    package var valueCount: Int { 3 * planeCount }

    /// Planes of a picture.
    static let planes = 3
}

/// How far two pictures are apart, value by value.
///
/// Values are in -1...1, so the range of the data is 2. Sums are taken in double precision in the
/// order of the values: the same bits on every host.
package enum PictureDifference {
    /// The range of a picture's values: from -1 to 1.
    package static let dataRange = 2.0

    /// The mean of |a - b| over all values: 0 for equal pictures, at most 2.
    package static func meanAbsolute(_ one: [Float], _ other: [Float]) -> Double {
        mean(one, other) { abs($0) }
    }

    /// The mean of (a - b)² over all values.
    package static func meanSquare(_ one: [Float], _ other: [Float]) -> Double {
        mean(one, other) { $0 * $0 }
    }

    /// Peak signal-to-noise ratio in dB: `10 log10(range² / meanSquare)` with a range of 2.
    ///
    /// Infinite for equal pictures.
    package static func peakSignalToNoise(_ one: [Float], _ other: [Float]) -> Double {
        10 * log10(dataRange * dataRange / meanSquare(one, other))
    }

    private static func mean(
        _ one: [Float],
        _ other: [Float],
        of term: (Double) -> Double
    ) -> Double {
        precondition(one.count == other.count, "pictures of different sizes are not comparable")
        precondition(!one.isEmpty, "a picture has at least one pixel")
        var sum = 0.0
        for index in one.indices { sum += term(Double(one[index]) - Double(other[index])) }
        return sum / Double(one.count)
    }
}
