import ImageCapture
import Testing

@Suite struct PictureGridTests {
    private static let red = RGBColour(red: 200, green: 0, blue: 0)
    private static let blue = RGBColour(red: 0, green: 0, blue: 200)

    private static func area(of colour: RGBColour, in sheet: RGBImage) -> Int {
        stride(from: 0, to: sheet.pixels.count, by: 3).count { index in
            sheet.pixels[index] == colour.red && sheet.pixels[index + 1] == colour.green
                && sheet.pixels[index + 2] == colour.blue
        }
    }

    private static func picture(_ colour: RGBColour, side: Int) -> RGBImage {
        RGBImage(width: side, height: side, filledWith: colour)
    }

    @Test func showsEachPictureOnceAtTheCellsSize() {
        let grid = PictureGrid(
            columns: ["before", "after"],
            rows: [
                PictureGrid.Row(
                    label: "a.png",
                    pictures: [Self.picture(Self.red, side: 32), Self.picture(Self.blue, side: 50)]
                ),
                PictureGrid.Row(
                    label: "b.png",
                    pictures: [nil, Self.picture(Self.blue, side: 64)]
                ),
            ],
            cellSide: 64
        )
        let sheet = grid.composed()
        #expect(Self.area(of: Self.red, in: sheet) == 64 * 64)
        #expect(Self.area(of: Self.blue, in: sheet) == 2 * 64 * 64)
        #expect(sheet[0, 0] == .white)
        #expect(grid.composed() == sheet)
    }

    @Test func drawsLabelsAndFooterInInk() {
        var grid = PictureGrid(
            columns: ["one"],
            rows: [PictureGrid.Row(label: "", pictures: [Self.picture(Self.red, side: 64)])],
            cellSide: 64
        )
        let labelled = grid.composed()
        grid.columns = [""]
        let bare = grid.composed()
        let ink = RGBColour(grey: 32)
        #expect(Self.area(of: ink, in: bare) == 0)
        // The dots of "one" at two by two pixels: 12 for o, 12 for n, 14 for e.
        #expect(Self.area(of: ink, in: labelled) == (12 + 12 + 14) * 4)
        #expect(labelled.height > bare.height)
        grid.footer = "a note"
        #expect(Self.area(of: RGBColour(grey: 104), in: grid.composed()) > 0)
    }

    @Test func drawsCaptionsUnderThePictures() {
        func sheet(_ captions: [String]) -> RGBImage {
            let row = PictureGrid.Row(
                label: "",
                pictures: [Self.picture(Self.red, side: 64), Self.picture(Self.blue, side: 64)],
                captions: captions
            )
            return PictureGrid(columns: ["", ""], rows: [row, row], cellSide: 64).composed()
        }
        let bare = sheet([])
        #expect(sheet(["", ""]) == bare)
        let captioned = sheet(["", "one"])
        let ink = RGBColour(grey: 104)
        #expect(Self.area(of: ink, in: bare) == 0)
        // The dots of "one" at two by two pixels, under each of two rows.
        #expect(Self.area(of: ink, in: captioned) == 2 * (12 + 12 + 14) * 4)
        #expect(Self.area(of: Self.blue, in: captioned) == 2 * 64 * 64)
        #expect(captioned.height > bare.height && captioned.width == bare.width)
        // What does not fit into a cell is cut, what has no column is left out.
        let long = sheet(["a caption much longer than its picture", "", "none"])
        #expect(long.width == bare.width && Self.area(of: Self.red, in: long) == 2 * 64 * 64)
    }

    @Test(arguments: [
        "", "x", "a label much longer than any cell, with many words in it, and no end in sight",
        "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch", "été 😀 \u{0}\n", "___ - ---  ",
    ])
    func takesAnyText(text: String) {
        let sheet = PictureGrid(
            columns: [text, text],
            rows: [PictureGrid.Row(label: text, pictures: [])],
            footer: text,
            cellSide: 16
        ).composed()
        #expect(sheet.width < 1_000 && sheet.height < 1_000)
    }

    @Test func drawsASheetWithoutAnything() {
        let sheet = PictureGrid(columns: [], rows: []).composed()
        #expect(sheet.pixels.allSatisfy { $0 == 255 })
    }
}
