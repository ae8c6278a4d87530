/// What a picture may be at most and must be at least, checked before anything is allocated.
package enum ImageLimits {
    /// Shortest side of a picture worth training on, in pixels.
    package static let minimumSide = 32

    /// Most pixels a picture may hold: 100 megapixels, 300 MB once decoded.
    ///
    /// A camera of today makes 12 to 60 megapixels. A progressive JPEG costs as much again
    /// for its coefficients while it is decoded.
    package static let maximumPixelCount = 100_000_000

    /// Most bytes a picture file may hold.
    ///
    /// A 16-bit RGBA picture of 30 megapixels fits.
    package static let maximumFileByteCount = 256 << 20

    /// Most bytes a table of labels may hold.
    ///
    /// CelebA's, with 202 599 rows, has 26 MB.
    package static let maximumTableByteCount = 256 << 20

    /// Most bytes a file name may have in the file systems we write to.
    static let maximumNameByteCount = 255

    /// Throws when a picture of this size is not to be decoded.
    static func check(width: Int, height: Int, of path: String) throws(ImageError) {
        guard width >= minimumSide && height >= minimumSide else {
            throw .tooSmall(path: path, width: width, height: height)
        }
        // Both sides are below 2^32, so the product only fits when divided instead.
        guard width <= maximumPixelCount / height else {
            throw .tooLarge(path: path, width: width, height: height)
        }
    }
}
