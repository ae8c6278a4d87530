/// How a stored picture is turned to be looked at: the EXIF tag 0x0112.
///
/// The raw values are EXIF's. "Row" and "column" in the cases say where the first stored row
/// and the first stored column belong in the upright picture (EXIF 2.32, section 4.6.4).
enum ImageOrientation: UInt8, CaseIterable {
    case rowTopColumnLeft = 1
    case rowTopColumnRight = 2
    case rowBottomColumnRight = 3
    case rowBottomColumnLeft = 4
    case rowLeftColumnTop = 5
    case rowRightColumnTop = 6
    case rowRightColumnBottom = 7
    case rowLeftColumnBottom = 8

    /// Reads the tag from a TIFF block, as APP1 and eXIf hold it.
    ///
    /// A block that makes no sense counts as upright: it is a note beside the picture.
    init(tiff: ArraySlice<UInt8>) {
        self = Self.tag(in: tiff) ?? .rowTopColumnLeft
    }

    private static func tag(in tiff: ArraySlice<UInt8>) -> ImageOrientation? {
        let isBigEndian: Bool
        if tiff.starts(with: [0x4D, 0x4D, 0x00, 0x2A]) {
            isBigEndian = true
        } else if tiff.starts(with: [0x49, 0x49, 0x2A, 0x00]) {
            isBigEndian = false
        } else {
            return nil
        }
        let reader = ByteReader(bytes: tiff, isBigEndian: isBigEndian)
        guard let directory = reader.uint32(at: 4),
            let entryCount = reader.uint16(at: directory)
        else { return nil }
        for entryIndex in 0..<entryCount {
            let entry = directory + 2 + entryIndex * 12
            guard let tag = reader.uint16(at: entry) else { return nil }
            guard tag == 0x0112 else { continue }
            // Type 3 is SHORT, and there is one.
            guard reader.uint16(at: entry + 2) == 3, reader.uint32(at: entry + 4) == 1,
                let value = reader.uint16(at: entry + 8)
            else { return nil }
            return UInt8(exactly: value).flatMap(ImageOrientation.init(rawValue:))
        }
        return nil
    }

    /// Whether the upright picture is as wide as the stored one is high.
    var swapsSides: Bool { rawValue >= 5 }

    /// Whether, after the sides were swapped if they are, left and right change places.
    private var mirrorsColumns: Bool {
        switch self {
        case .rowTopColumnRight, .rowBottomColumnRight, .rowRightColumnTop,
            .rowRightColumnBottom:
            true
        default: false
        }
    }

    private var mirrorsRows: Bool {
        switch self {
        case .rowBottomColumnRight, .rowBottomColumnLeft, .rowRightColumnBottom,
            .rowLeftColumnBottom:
            true
        default: false
        }
    }

    /// Turns a stored picture upright.
    func upright(_ stored: RGBImage) -> RGBImage {
        guard self != .rowTopColumnLeft else { return stored }
        let width = swapsSides ? stored.height : stored.width
        let height = swapsSides ? stored.width : stored.height
        // Steps through the stored picture for one step right and one step down.
        var columnStep = swapsSides ? stored.width * 3 : 3
        var rowStep = swapsSides ? 3 : stored.width * 3
        var start = 0
        if mirrorsColumns {
            start += (width - 1) * columnStep
            columnStep = -columnStep
        }
        if mirrorsRows {
            start += (height - 1) * rowStep
            rowStep = -rowStep
        }
        let source = stored.pixels
        let pixels = [UInt8](unsafeUninitializedCapacity: source.count) { target, count in
            source.withUnsafeBufferPointer { source in
                var written = 0
                for y in 0..<height {
                    var read = start + y * rowStep
                    for _ in 0..<width {
                        target[written] = source[read]
                        target[written + 1] = source[read + 1]
                        target[written + 2] = source[read + 2]
                        written += 3
                        read += columnStep
                    }
                }
                count = written
            }
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }
}
