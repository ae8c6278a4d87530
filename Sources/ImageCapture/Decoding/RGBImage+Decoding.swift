import CImage
import DurableStorage

extension RGBImage {
    /// What shows through where a picture is transparent: white, as on paper and in most viewers.
    package static let background: UInt8 = 255

    /// Reads and decodes a picture file.
    ///
    /// Only regular files are read. See `init(decoding:name:minimumSide:)`.
    package init(contentsOfFile path: String, minimumSide: Int? = nil) throws(ImageError) {
        let bytes = try FileBytes.read(picture: path)
        try self.init(decoding: bytes, name: path, minimumSide: minimumSide)
    }

    /// Decodes a JPEG or PNG, told apart by their first bytes, and turns it upright.
    ///
    /// - JPEG: baseline and progressive, grey, colour, CMYK and YCCK (each ink multiplied with
    ///   black, without a colour profile). Whatever libjpeg warns about is an error.
    /// - PNG: every depth, colour type, tRNS and interlacing. Sixteen bits are rounded to eight;
    ///   transparency is composited over `background` on the encoded numbers; gAMA and iCCP are
    ///   not applied. Of an animation, the still picture counts.
    /// - Orientation from EXIF (APP1, eXIf) is applied; a damaged EXIF block means upright.
    ///
    /// `name` stands for the picture in errors. With `minimumSide`, a JPEG is scaled down while
    /// it is decoded, to a half, quarter or eighth, as far as its shorter side keeps at least
    /// that many pixels; twice the side it will be resampled to leaves the resampler its choice.
    /// `ImageLimits` are checked on the header, before anything is allocated.
    package init(
        decoding bytes: [UInt8],
        name: String,
        minimumSide: Int? = nil
    ) throws(ImageError) {
        switch SniffedContent(of: bytes) {
        case .picture(.jpeg):
            self = try Self.jpeg(bytes, path: name, minimumSide: minimumSide)
        case .picture(.png):
            self = try Self.png(bytes, path: name)
        case .foreignPicture(let format):
            throw .unsupported(path: name, format: format)
        case .other(let found):
            throw .notAnImage(path: name, found: found)
        }
    }

    private static func jpeg(
        _ bytes: [UInt8],
        path: String,
        minimumSide: Int?
    ) throws(ImageError) -> RGBImage {
        let header = try JPEGHeader(of: bytes, path: path)
        try ImageLimits.check(width: header.width, height: header.height, of: path)
        let shorterSide = min(header.width, header.height)
        let divisor =
            [8, 4, 2].first { divisor in
                minimumSide.map { ceilingQuotient(shorterSide, divisor) >= $0 } ?? false
            } ?? 1
        let layout = cimage_jpeg_layout(
            width: Int32(header.width),
            height: Int32(header.height),
            divisor: Int32(divisor),
            has_four_inks: header.componentCount == 4 ? 1 : 0,
            has_inverted_inks: header.hasAdobeMarker ? 1 : 0
        )
        let stored = try decoded(
            width: ceilingQuotient(header.width, divisor),
            height: ceilingQuotient(header.height, divisor),
            format: .jpeg,
            path: path
        ) { pixels, failure in
            cimage_jpeg_decode(bytes, bytes.count, layout, pixels, &failure)
        }
        return header.orientation.upright(stored)
    }

    private static func png(_ bytes: [UInt8], path: String) throws(ImageError) -> RGBImage {
        let header = try PNGHeader(of: bytes, path: path)
        try ImageLimits.check(width: header.width, height: header.height, of: path)
        let stored = try decoded(
            width: header.width,
            height: header.height,
            format: .png,
            path: path
        ) { pixels, failure in
            cimage_png_decode(
                bytes,
                bytes.count,
                UInt32(header.width),
                UInt32(header.height),
                background,
                pixels,
                &failure
            )
        }
        return PNGHeader.orientation(of: bytes).upright(stored)
    }

    /// Lets a codec fill fresh pixels, and turns its status into an error.
    private static func decoded(
        width: Int,
        height: Int,
        format: ImageFormat,
        path: String,
        by codec: (UnsafeMutablePointer<UInt8>?, inout cimage_failure) -> Int32
    ) throws(ImageError) -> RGBImage {
        var failure = cimage_failure()
        var status = Int32(CIMAGE_CORRUPT.rawValue)
        let byteCount = width * height * channelCount
        let pixels = [UInt8](unsafeUninitializedCapacity: byteCount) { target, count in
            status = codec(target.baseAddress, &failure)
            count = status == Int32(CIMAGE_OK.rawValue) ? byteCount : 0
        }
        switch UInt32(bitPattern: status) {
        case CIMAGE_OK.rawValue:
            return RGBImage(width: width, height: height, pixels: pixels)
        case CIMAGE_TRUNCATED.rawValue:
            throw .truncated(path: path, format: format, reason: failure.text)
        case CIMAGE_OUT_OF_MEMORY.rawValue:
            throw .outOfMemory(path: path)
        default:
            throw .corrupt(path: path, format: format, reason: failure.text)
        }
    }

    private static func ceilingQuotient(_ dividend: Int, _ divisor: Int) -> Int {
        (dividend + divisor - 1) / divisor
    }
}

extension cimage_failure {
    /// The codec's own words.
    var text: String {
        withUnsafeBytes(of: message) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
