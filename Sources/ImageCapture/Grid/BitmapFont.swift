/// A fixed-width font for printable ASCII, drawn in `bitmapFontDrawing`: no font file is needed.
struct BitmapFont: Sendable {
    /// Dots from one character to the next.
    static let advance = 6
    /// Dots from one line's top to the next.
    static let lineHeight = 11
    /// Dots of a character's drawing, the two that hang below the base line among them.
    static let glyphHeight = 9
    /// Dots from a line's top to its base line.
    static let capHeight = 7

    private static let glyphWidth = 5
    private static let glyphsPerBand = 16
    private static let firstCode: UInt8 = 0x20
    private static let lastCode: UInt8 = 0x7E

    /// The font everything is labelled with.
    static let standard = BitmapFont(drawing: bitmapFontDrawing)

    /// Rows of all glyphs from the space on, the leftmost dot in bit 4.
    private let rows: [UInt8]

    private init(drawing: String) {
        let lines = drawing.split(separator: "\n").map { Array($0.utf8) }
        var rows: [UInt8] = []
        for code in Self.firstCode...Self.lastCode {
            let index = Int(code - Self.firstCode)
            let top = index / Self.glyphsPerBand * Self.glyphHeight
            let left = index % Self.glyphsPerBand * Self.advance
            for line in lines[top..<top + Self.glyphHeight] {
                rows.append(
                    line[left..<left + Self.glyphWidth].reduce(0) { bits, dot in
                        bits << 1 | (dot == UInt8(ascii: "#") ? 1 : 0)
                    }
                )
            }
        }
        self.rows = rows
    }

    /// The character codes to draw for a text; what has no glyph becomes a question mark.
    static func codes(of text: String) -> [UInt8] {
        text.map { character in
            guard let code = character.asciiValue, code >= firstCode, code <= lastCode else {
                return UInt8(ascii: "?")
            }
            return code
        }
    }

    /// Breaks a text into lines of at most `columnCount` characters.
    ///
    /// Breaks come after a space, `_` or `-`, inside a word only where one is too long. What
    /// does not fit into `maximumLineCount` lines is cut, and two dots say so.
    static func lines(
        of text: String,
        columnCount: Int,
        maximumLineCount: Int
    ) -> [[UInt8]] {
        precondition(columnCount >= 3 && maximumLineCount > 0, "a line has room for a letter")
        let space = UInt8(ascii: " ")
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        for word in words(of: codes(of: text)) {
            let length = word.last == space ? word.count - 1 : word.count
            if !line.isEmpty && line.count + length > columnCount {
                lines.append(line)
                line = []
            }
            for code in word where !(line.isEmpty && code == space) {
                if line.count == columnCount && code != space {
                    lines.append(line)
                    line = []
                }
                line.append(code)
            }
        }
        lines.append(line)
        for index in lines.indices {
            while lines[index].last == space { lines[index].removeLast() }
        }
        guard lines.count > maximumLineCount else { return lines }
        var kept = Array(lines[..<maximumLineCount])
        kept[maximumLineCount - 1] = kept[maximumLineCount - 1].prefix(columnCount - 2) + [46, 46]
        return kept
    }

    /// The length of the longest run that is only broken by force.
    static func longestWordCount(of text: String) -> Int {
        words(of: codes(of: text)).map { word in
            word.last == UInt8(ascii: " ") ? word.count - 1 : word.count
        }.max() ?? 0
    }

    private static func words(of codes: [UInt8]) -> [[UInt8]] {
        var words: [[UInt8]] = [[]]
        for code in codes {
            words[words.count - 1].append(code)
            if Array(" _-".utf8).contains(code) { words.append([]) }
        }
        return words.filter { !$0.isEmpty }
    }

    /// Draws one line with its top left corner at `(x, y)`; what lies outside is cut off.
    func draw(
        _ codes: [UInt8],
        on image: inout RGBImage,
        x: Int,
        y: Int,
        scale: Int,
        colour: RGBColour
    ) {
        for (position, code) in codes.enumerated() {
            let left = x + position * Self.advance * scale
            for row in 0..<Self.glyphHeight {
                let bits = rows[Int(code - Self.firstCode) * Self.glyphHeight + row]
                for column in 0..<Self.glyphWidth where bits >> (4 - column) & 1 == 1 {
                    image.fill(
                        x: left + column * scale,
                        y: y + row * scale,
                        width: scale,
                        height: scale,
                        with: colour
                    )
                }
            }
        }
    }
}

extension RGBImage {
    /// Fills a rectangle; the part outside the picture is left away.
    mutating func fill(x: Int, y: Int, width: Int, height: Int, with colour: RGBColour) {
        for row in max(0, y)..<max(0, y, min(self.height, y + height)) {
            for column in max(0, x)..<max(0, x, min(self.width, x + width)) {
                self[column, row] = colour
            }
        }
    }

    /// Copies a picture with its top left corner to `(x, y)`, where it must fit.
    mutating func paste(_ picture: RGBImage, x: Int, y: Int) {
        precondition(
            x >= 0 && y >= 0 && x + picture.width <= width && y + picture.height <= height,
            "a pasted picture fits"
        )
        let rowCount = picture.width * Self.channelCount
        for row in 0..<picture.height {
            let target = ((y + row) * width + x) * Self.channelCount
            let source = row * rowCount
            pixels.replaceSubrange(
                target..<target + rowCount,
                with: picture.pixels[source..<source + rowCount]
            )
        }
    }

    /// The picture with every pixel repeated `factor` times in both directions.
    func repeated(_ factor: Int) -> RGBImage {
        guard factor > 1 else { return self }
        var enlarged: [UInt8] = []
        enlarged.reserveCapacity(pixels.count * factor * factor)
        for y in 0..<height {
            var row: [UInt8] = []
            for x in 0..<width {
                let start = (y * width + x) * Self.channelCount
                for _ in 0..<factor { row += pixels[start..<start + Self.channelCount] }
            }
            for _ in 0..<factor { enlarged += row }
        }
        return RGBImage(width: width * factor, height: height * factor, pixels: enlarged)
    }
}
