/// A sheet of pictures in rows and columns, with labels and a footer, on white.
///
/// ```
///                 original   Blond_     Smiling
///                            Hair
///   mary.jpg      [      ]   [      ]   [      ]
///   portrait_of_  [      ]   [      ]   [      ]
///   the_artist..
///   ──────────────────────────────────────────────
///   device: emulator, 512 pictures, seed 7
/// ```
package struct PictureGrid: Sendable {
    /// The labels over the columns, from the left.
    package var columns: [String]
    /// The rows, from the top.
    package var rows: [Row]
    /// A note below, broken into lines as needed; nothing is drawn for an empty one.
    package var footer: String
    /// Pixels on a side of each picture on the sheet.
    package var cellSide: Int

    /// One row of the sheet.
    package struct Row: Sendable {
        /// What stands left of the row: usually a file's name.
        package var label: String
        /// Pictures from the left; nil, or one too few, leaves a pale field.
        package var pictures: [RGBImage?]
        /// What stands under the pictures, a line each; one too few, or an empty one, is nothing.
        package var captions: [String]

        /// Names a row's parts.
        package init(label: String, pictures: [RGBImage?], captions: [String] = []) {
            self.label = label
            self.pictures = pictures
            self.captions = captions
        }
    }

    /// Names a sheet's parts.
    ///
    /// A picture whose side divides `cellSide` is shown pixel for pixel, enlarged by repetition;
    /// any other is cropped to a square and resampled. Pictures beyond the last column are left
    /// out. `cellSide` is at least 16.
    package init(columns: [String], rows: [Row], footer: String = "", cellSide: Int = 128) {
        precondition(cellSide >= 16, "a cell of a sheet has at least 16 pixels on a side")
        self.columns = columns
        self.rows = rows
        self.footer = footer
        self.cellSide = cellSide
    }

    /// Draws the sheet.
    package func composed() -> RGBImage {
        let layout = Layout(of: self)
        var sheet = RGBImage(width: layout.width, height: layout.height, filledWith: .white)
        for (index, lines) in layout.columnLabels.enumerated() {
            // Labels of fewer lines stand at the bottom, close to their pictures.
            let top = layout.top - Layout.labelGap - Layout.height(of: lines)
            let centre = layout.cellLeft(index) + cellSide / 2
            for (lineIndex, line) in lines.enumerated() {
                draw(
                    line,
                    on: &sheet,
                    x: centre - Layout.width(of: line) / 2,
                    y: top + lineIndex * Layout.lineHeight,
                    colour: Layout.ink
                )
            }
        }
        for (index, lines) in layout.rowLabels.enumerated() {
            let middle = layout.cellTop(index) + cellSide / 2
            let top = middle - Layout.height(of: lines) / 2
            for (lineIndex, line) in lines.enumerated() {
                draw(
                    line,
                    on: &sheet,
                    x: layout.left - Layout.labelGap - Layout.width(of: line),
                    y: top + lineIndex * Layout.lineHeight,
                    colour: Layout.ink
                )
            }
            for column in columns.indices {
                let pictures = rows[index].pictures
                draw(
                    column < pictures.count ? pictures[column] : nil,
                    on: &sheet,
                    x: layout.cellLeft(column),
                    y: layout.cellTop(index)
                )
            }
            drawCaptions(rows[index].captions, of: index, layout, on: &sheet)
        }
        drawFooter(layout, on: &sheet)
        return sheet
    }

    private func drawCaptions(
        _ captions: [String],
        of row: Int,
        _ layout: Layout,
        on sheet: inout RGBImage
    ) {
        for (column, caption) in captions.prefix(columns.count).enumerated() {
            guard let line = layout.captionLine(caption) else { continue }
            draw(
                line,
                on: &sheet,
                x: layout.cellLeft(column) + (cellSide - Layout.width(of: line)) / 2,
                y: layout.cellTop(row) + cellSide + Layout.captionGap,
                colour: Layout.paleInk
            )
        }
    }

    private func draw(_ picture: RGBImage?, on sheet: inout RGBImage, x: Int, y: Int) {
        // A hairline keeps white pictures apart from the paper.
        sheet.fill(
            x: x - 1,
            y: y - 1,
            width: cellSide + 2,
            height: cellSide + 2,
            with: Layout.hairline
        )
        if let picture {
            sheet.paste(fitted(picture), x: x, y: y)
        } else {
            sheet.fill(x: x, y: y, width: cellSide, height: cellSide, with: Layout.emptyField)
        }
    }

    private func fitted(_ picture: RGBImage) -> RGBImage {
        if picture.width == picture.height && cellSide % picture.width == 0 {
            return picture.repeated(cellSide / picture.width)
        }
        return picture.squareCropped(side: cellSide)
    }

    private func drawFooter(_ layout: Layout, on sheet: inout RGBImage) {
        guard !layout.footerLines.isEmpty else { return }
        sheet.fill(
            x: Layout.margin,
            y: layout.footerTop - Layout.labelGap,
            width: layout.width - 2 * Layout.margin,
            height: 1,
            with: Layout.hairline
        )
        for (index, line) in layout.footerLines.enumerated() {
            draw(
                line,
                on: &sheet,
                x: Layout.margin,
                y: layout.footerTop + index * Layout.lineHeight,
                colour: Layout.paleInk
            )
        }
    }

    private func draw(
        _ line: [UInt8],
        on sheet: inout RGBImage,
        x: Int,
        y: Int,
        colour: RGBColour
    ) {
        BitmapFont.standard.draw(
            line,
            on: &sheet,
            x: x,
            y: y,
            scale: Layout.textScale,
            colour: colour
        )
    }
}

/// Where everything stands on a sheet, in pixels.
private struct Layout {
    static let margin = 28
    static let gutter = 12
    static let labelGap = 14
    static let captionGap = 6
    static let textScale = 2
    static let lineHeight = BitmapFont.lineHeight * textScale
    static let ink = RGBColour(grey: 32)
    static let paleInk = RGBColour(grey: 104)
    static let hairline = RGBColour(grey: 216)
    static let emptyField = RGBColour(grey: 242)

    /// Characters of a row's label and of a column's word before they are broken by force.
    static let labelColumnCount = 18
    static let maximumLabelLineCount = 3
    static let maximumFooterLineCount = 6

    var columnLabels: [[[UInt8]]]
    var rowLabels: [[[UInt8]]]
    var footerLines: [[UInt8]]
    /// The left side of the first column, and from one column to the next.
    var left: Int
    var columnPitch: Int
    var cellSide: Int
    /// The top of the first row, and from one row to the next.
    var top: Int
    var rowPitch: Int
    var footerTop: Int
    var width: Int
    var height: Int

    init(of grid: PictureGrid) {
        let advance = BitmapFont.advance * Self.textScale
        cellSide = grid.cellSide
        let longestWord = grid.columns.map(BitmapFont.longestWordCount(of:)).max() ?? 0
        let wordCount = min(Self.labelColumnCount, longestWord)
        let columnWidth = max(cellSide, wordCount * advance, 3 * advance)
        columnPitch = columnWidth + Self.gutter
        columnLabels = grid.columns.map { label in
            BitmapFont.lines(
                of: label,
                columnCount: columnWidth / advance,
                maximumLineCount: Self.maximumLabelLineCount
            )
        }
        rowLabels = grid.rows.map { row in
            BitmapFont.lines(
                of: row.label,
                columnCount: Self.labelColumnCount,
                maximumLineCount: Self.maximumLabelLineCount
            )
        }
        let rowLabelWidth = rowLabels.joined().map(Self.width(of:)).max() ?? 0
        let columnLabelHeight = columnLabels.map(Self.height(of:)).max() ?? 0
        let labelColumn = rowLabelWidth > 0 ? rowLabelWidth + Self.labelGap : 0
        let labelRow = columnLabelHeight > 0 ? columnLabelHeight + Self.labelGap : 0
        // Cells are centred in columns that a long word made wider.
        left = Self.margin + labelColumn + (columnWidth - cellSide) / 2
        top = Self.margin + labelRow
        let cellsWidth = max(0, grid.columns.count * columnPitch - Self.gutter)
        width = max(2 * Self.margin + labelColumn + cellsWidth, 2 * Self.margin + 3 * advance)
        let hasCaptions = grid.rows.contains { row in row.captions.contains { !$0.isEmpty } }
        let captionHeight = hasCaptions ? Self.captionGap + Self.lineHeight : 0
        rowPitch = cellSide + captionHeight + Self.gutter
        let rowsHeight = max(0, grid.rows.count * rowPitch - Self.gutter)
        footerTop = top + rowsHeight + 2 * Self.labelGap
        footerLines =
            grid.footer.isEmpty
            ? []
            : BitmapFont.lines(
                of: grid.footer,
                columnCount: (width - 2 * Self.margin) / advance,
                maximumLineCount: Self.maximumFooterLineCount
            )
        height =
            footerLines.isEmpty
            ? top + rowsHeight + Self.margin
            : footerTop + Self.height(of: footerLines) + Self.margin
    }

    func cellLeft(_ column: Int) -> Int { left + column * columnPitch }

    func cellTop(_ row: Int) -> Int { top + row * rowPitch }

    /// A caption cut to a cell's column; nil for an empty one.
    func captionLine(_ caption: String) -> [UInt8]? {
        let advance = BitmapFont.advance * Self.textScale
        let columnCount = (columnPitch - Self.gutter) / advance
        return BitmapFont.lines(of: caption, columnCount: columnCount, maximumLineCount: 1).first
    }

    /// The width of a line's ink: the last character's gap does not count.
    static func width(of line: [UInt8]) -> Int {
        max(0, line.count * BitmapFont.advance - 1) * textScale
    }

    /// The height of lines from the first one's top to the last one's base line.
    static func height(of lines: [[UInt8]]) -> Int {
        guard !lines.allSatisfy(\.isEmpty) else { return 0 }
        return (lines.count - 1) * lineHeight + BitmapFont.capHeight * textScale
    }
}
