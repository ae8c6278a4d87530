/// A picture split into bands of detail, from fine to coarse.
///
/// The pyramid of Burt and Adelson (1983), as Karras, Aila, Laine and Lehtinen (ICLR 2018) compare
/// pictures.
/// Each level is what a halving of the picture loses; the last one is what is left. The filter is
/// 1 4 6 4 1 over 16 along each axis, the picture mirrored about its outermost pixels.
package struct LaplacianPyramid: Sendable {
    /// One band: three planes.
    package struct Level: Sendable {
        /// Rows and columns.
        package let size: PictureSize
        /// `3 * height * width` values in planes.
        package let values: [Float]
    }

    /// The bands, the finest first.
    package let levels: [Level]

    /// The smallest side of a level, in pixels.
    package static let smallestSide = 16

    /// The sizes of a picture's levels: halved while both sides are even and stay at least
    /// ``smallestSide``.
    package static func sizes(of size: PictureSize) -> [PictureSize] {
        var sizes = [size]
        var (width, height) = (size.width, size.height)
        while width % 2 == 0, height % 2 == 0, min(width, height) / 2 >= smallestSide {
            (width, height) = (width / 2, height / 2)
            sizes.append(PictureSize(width: width, height: height))
        }
        return sizes
    }

    /// Splits a picture.
    package init(_ picture: [Float], size: PictureSize) {
        precondition(picture.count == size.valueCount, "a picture has three planes of its size")
        let sizes = Self.sizes(of: size)
        var levels: [Level] = []
        var values = picture
        for (index, size) in sizes.enumerated() {
            guard index + 1 < sizes.count else {
                levels.append(Level(size: size, values: values))
                break
            }
            let (halved, smoothed) = Self.halved(values, size)
            let detail = zip(values, smoothed).map { $0 - $1 }
            levels.append(Level(size: size, values: detail))
            values = halved
        }
        self.levels = levels
    }

    /// A picture of half the sides, and that one brought back to the full sides.
    private static func halved(
        _ values: [Float],
        _ size: PictureSize
    ) -> (halved: [Float], smoothed: [Float]) {
        var halved: [Float] = []
        var smoothed: [Float] = []
        for plane in 0..<PictureSize.planes {
            let source = Array(values[plane * size.planeCount..<(plane + 1) * size.planeCount])
            let filtered = filter(source, size)
            var half: [Float] = []
            var spread = [Float](repeating: 0, count: size.planeCount)
            for y in stride(from: 0, to: size.height, by: 2) {
                for x in stride(from: 0, to: size.width, by: 2) {
                    let value = filtered[y * size.width + x]
                    half.append(value)
                    // Three of four pixels are zero: four times the value keeps the brightness.
                    spread[y * size.width + x] = 4 * value
                }
            }
            halved += half
            smoothed += filter(spread, size)
        }
        return (halved, smoothed)
    }

    private static func filter(_ plane: [Float], _ size: PictureSize) -> [Float] {
        let (width, height) = (size.width, size.height)
        var rows = [Float](repeating: 0, count: plane.count)
        let columns = MirroredTaps(width)
        for y in 0..<height {
            for x in 0..<width {
                let taps = columns.places[x]
                rows[y * width + x] = weighted(
                    plane[y * width + taps.0],
                    plane[y * width + taps.1],
                    plane[y * width + x],
                    plane[y * width + taps.2],
                    plane[y * width + taps.3]
                )
            }
        }
        var result = rows
        let lines = MirroredTaps(height)
        for y in 0..<height {
            let taps = lines.places[y]
            for x in 0..<width {
                result[y * width + x] = weighted(
                    rows[taps.0 * width + x],
                    rows[taps.1 * width + x],
                    rows[y * width + x],
                    rows[taps.2 * width + x],
                    rows[taps.3 * width + x]
                )
            }
        }
        return result
    }

    private static func weighted(
        _ a: Float,
        _ b: Float,
        _ c: Float,
        _ d: Float,
        _ e: Float
    ) -> Float {
        ((a + e) + 4 * (b + d) + 6 * c) * 0.0625
    }
}

/// The two places before and after each place of an axis, mirrored about the outermost ones.
private struct MirroredTaps {
    let places: [(Int, Int, Int, Int)]

    init(_ count: Int) {
        func mirrored(_ place: Int) -> Int {
            guard count > 1 else { return 0 }
            let folded = abs(place)
            return folded < count ? folded : max(0, 2 * (count - 1) - folded)
        }
        places = (0..<count).map {
            (mirrored($0 - 2), mirrored($0 - 1), mirrored($0 + 1), mirrored($0 + 2))
        }
    }
}
