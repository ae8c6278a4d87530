import CImage
package import DurableStorage

extension RGBImage {
    /// The picture as the bytes of an 8-bit sRGB PNG, or nil when there is no memory for them.
    package func encodedPNG() -> [UInt8]? {
        var failure = cimage_failure()
        var encoded = cimage_bytes()
        let status = cimage_png_encode(
            pixels,
            UInt32(width),
            UInt32(height),
            &encoded,
            &failure
        )
        guard status == Int32(CIMAGE_OK.rawValue) else { return nil }
        defer { cimage_free(&encoded) }
        return Array(UnsafeBufferPointer(start: encoded.start, count: encoded.count))
    }

    /// Writes the picture as a PNG file, whole or not at all (see `AtomicFile`).
    package func writePNG(to path: String) throws(FileWriteError) {
        guard let bytes = encodedPNG() else {
            throw FileWriteError(path: path, cause: .system(reason: "not enough memory"))
        }
        try AtomicFile.write(bytes, to: path)
    }
}
