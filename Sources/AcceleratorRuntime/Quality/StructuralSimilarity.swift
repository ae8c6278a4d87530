import Glibc

/// The structural similarity of two pictures (Wang, Bovik, Sheikh and Simoncelli, IEEE Transactions
/// on Image Processing 13(4), 2004).
///
/// The variant: local statistics under a Gaussian window of 11 x 11 pixels with a deviation of 1.5,
/// weighted as populations (no n / (n - 1)); K1 = 0.01 and K2 = 0.03 on a data range of 2; the mean
/// over all windows that lie wholly inside ("valid"), of each channel by itself, then over R, G, B.
/// It is what scikit-image calls `structural_similarity(gaussian_weights=True, sigma=1.5,
/// use_sample_covariance=False)`.
package enum StructuralSimilarity {
    /// Pixels of the window's side; a picture has at least as many a side.
    package static let windowSide = 11
    /// Deviation of the Gaussian, in pixels.
    package static let deviation = 1.5

    private static let first = square(0.01 * PictureDifference.dataRange)
    private static let second = square(0.03 * PictureDifference.dataRange)

    /// The mean structural similarity: 1 for equal pictures, less for others, at least -1.
    package static func mean(_ one: [Float], _ other: [Float], size: PictureSize) -> Double {
        precondition(
            one.count == size.valueCount && other.count == size.valueCount,
            "a picture has three planes of its size"
        )
        precondition(
            min(size.width, size.height) >= windowSide,
            "a picture is at least as large as the window"
        )
        var sum = 0.0
        for plane in 0..<PictureSize.planes {
            let range = plane * size.planeCount..<(plane + 1) * size.planeCount
            sum += meanOfPlane(
                one[range].map(Double.init),
                other[range].map(Double.init),
                size
            )
        }
        return sum / Double(PictureSize.planes)
    }

    private static func meanOfPlane(
        _ one: [Double],
        _ other: [Double],
        _ size: PictureSize
    ) -> Double {
        let window = Window(size)
        let (meanOne, meanOther) = (window.averages(one), window.averages(other))
        let squareOne = window.averages(one.map(square))
        let squareOther = window.averages(other.map(square))
        let product = window.averages(zip(one, other).map { $0 * $1 })
        var sum = 0.0
        for index in meanOne.indices {
            let (a, b) = (meanOne[index], meanOther[index])
            let varianceSum = squareOne[index] - a * a + squareOther[index] - b * b
            let covariance = product[index] - a * b
            let luminance = (2 * a * b + first) / (a * a + b * b + first)
            sum += luminance * (2 * covariance + second) / (varianceSum + second)
        }
        return sum / Double(meanOne.count)
    }

    private static func square(_ value: Double) -> Double { value * value }
}

/// The Gaussian window, moved over a plane: rows first, then columns.
private struct Window {
    private let size: PictureSize
    private let weights: [Double]

    init(_ size: PictureSize) {
        self.size = size
        let side = StructuralSimilarity.windowSide
        let heights = (0..<side).map { tap in
            let distance = Double(tap - side / 2) / StructuralSimilarity.deviation
            return exp(-distance * distance / 2)
        }
        let total = heights.reduce(0, +)
        weights = heights.map { $0 / total }
    }

    /// The weighted average at every place where the window lies inside.
    func averages(_ plane: [Double]) -> [Double] {
        let (width, height) = (size.width - weights.count + 1, size.height - weights.count + 1)
        var rows = [Double](repeating: 0, count: width * size.height)
        for y in 0..<size.height {
            for x in 0..<width {
                var sum = 0.0
                for tap in weights.indices { sum += weights[tap] * plane[y * size.width + x + tap] }
                rows[y * width + x] = sum
            }
        }
        var result = [Double](repeating: 0, count: width * height)
        for y in 0..<height {
            for x in 0..<width {
                var sum = 0.0
                for tap in weights.indices { sum += weights[tap] * rows[(y + tap) * width + x] }
                result[y * width + x] = sum
            }
        }
        return result
    }
}
