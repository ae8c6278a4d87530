import ImageCapture
import Testing

/// The eight ways a camera can be held.
@Suite struct ImageOrientationTests {
    /// A corner or an edge of the upright picture.
    enum Side: Sendable {
        case top, bottom, left, right
    }

    /// EXIF's own table: where the first row and the first column belong.
    struct Turn: Sendable, CustomTestStringConvertible {
        var tag: UInt8
        var firstRow: Side
        var firstColumn: Side

        var testDescription: String { "orientation \(tag)" }
    }

    static let turns = [
        Turn(tag: 1, firstRow: .top, firstColumn: .left),
        Turn(tag: 2, firstRow: .top, firstColumn: .right),
        Turn(tag: 3, firstRow: .bottom, firstColumn: .right),
        Turn(tag: 4, firstRow: .bottom, firstColumn: .left),
        Turn(tag: 5, firstRow: .left, firstColumn: .top),
        Turn(tag: 6, firstRow: .right, firstColumn: .top),
        Turn(tag: 7, firstRow: .right, firstColumn: .bottom),
        Turn(tag: 8, firstRow: .left, firstColumn: .bottom),
    ]

    private static let width = 48
    private static let height = 32

    /// Places one stored pixel in the upright picture by what the table says.
    private static func place(_ x: Int, _ y: Int, by turn: Turn) -> (x: Int, y: Int) {
        var place = (x: 0, y: 0)
        for (side, distance, extent) in [
            (turn.firstRow, y, height), (turn.firstColumn, x, width),
        ] {
            switch side {
            case .top: place.y = distance
            case .bottom: place.y = extent - 1 - distance
            case .left: place.x = distance
            case .right: place.x = extent - 1 - distance
            }
        }
        return place
    }

    private static func check(_ image: RGBImage, _ turn: Turn, tolerance: Int) {
        let isTurned = turn.tag >= 5
        #expect(image.width == (isTurned ? height : width))
        #expect(image.height == (isTurned ? width : height))
        guard image.width * image.height == width * height else { return }
        var worst = 0
        for y in 0..<height {
            for x in 0..<width {
                let place = place(x, y, by: turn)
                let colour = image[place.x, place.y]
                worst = max(worst, abs(Int(colour.red) - x * 5), abs(Int(colour.green) - y * 7))
            }
        }
        #expect(worst <= tolerance)
    }

    @Test(arguments: turns, [false, true])
    func turnsAJPEGUpright(turn: Turn, isBigEndian: Bool) throws {
        let stored = try JPEGBuilder.bytes(width: Self.width, height: Self.height, quality: 100) {
            [UInt8($0 * 5), UInt8($1 * 7), 100]
        }
        let tiff = JPEGBuilder.tiff(orientation: turn.tag, isBigEndian: isBigEndian)
        let bytes = JPEGBuilder.adding(tiff, to: stored)
        Self.check(try RGBImage(decoding: bytes, name: "turned.jpg"), turn, tolerance: 14)
    }

    @Test(arguments: turns)
    func turnsAPNGUpright(turn: Turn) throws {
        let builder = PNGBuilder(
            width: Self.width,
            height: Self.height,
            orientation: JPEGBuilder.tiff(orientation: turn.tag, isBigEndian: true)
        ) { x, y in [x * 5, y * 7, 0] }
        let image = try RGBImage(decoding: builder.bytes(), name: "turned.png")
        Self.check(image, turn, tolerance: 0)
    }

    @Test(arguments: [UInt8(0), 9, 255])
    func leavesAPictureWithAnUnknownTagUpright(tag: UInt8) throws {
        let builder = PNGBuilder(
            width: Self.width,
            height: Self.height,
            orientation: JPEGBuilder.tiff(orientation: tag, isBigEndian: false)
        ) { x, y in [x * 5, y * 7, 0] }
        let image = try RGBImage(decoding: builder.bytes(), name: "unknown.png")
        Self.check(image, Self.turns[0], tolerance: 0)
    }

    @Test func leavesAPictureWithADamagedBlockUpright() throws {
        let stored = try JPEGBuilder.bytes(width: Self.width, height: Self.height, quality: 100) {
            [UInt8($0 * 5), UInt8($1 * 7), 100]
        }
        let whole = JPEGBuilder.tiff(orientation: 6, isBigEndian: false)
        for count in 0..<30 {
            let bytes = JPEGBuilder.adding(Array(whole[..<count]), to: stored)
            let image = try RGBImage(decoding: bytes, name: "damaged.jpg")
            Self.check(image, Self.turns[0], tolerance: 14)
        }
        // A directory that points at itself, and one far outside.
        for offset: UInt8 in [0, 4, 200, 255] {
            var block = whole
            block[4] = offset
            block[7] = offset
            let bytes = JPEGBuilder.adding(block, to: stored)
            let image = try RGBImage(decoding: bytes, name: "damaged.jpg")
            Self.check(image, Self.turns[0], tolerance: 14)
        }
    }
}
