import ImageCapture
import TestSupport
import Testing

@Suite struct LabelTableTests {
    private static func error(_ text: String) -> LabelTableError? {
        do throws(LabelTableError) {
            _ = try LabelTable(parsing: text, name: "t.csv")
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: ["\n", "\r\n", "\r"], ["", "\u{FEFF}"])
    func readsCSVWithAnyLineEnd(lineEnd: String, mark: String) throws {
        let text = ["file,Smiling,Young", "a.jpg,1,0", "b.jpg,-1,1", "", ""]
            .joined(separator: lineEnd)
        let table = try LabelTable(parsing: mark + text)
        #expect(table.attributes == ["Smiling", "Young"])
        #expect(table.files == ["a.jpg", "b.jpg"])
        #expect(
            try table.labels(forFile: "a.jpg", attributes: ["Young", "Smiling"]) == [false, true]
        )
        #expect(try table.labels(forFile: "b.jpg", attributes: ["Young"]) == [true])
        #expect(table.contains(file: "b.jpg") && !table.contains(file: "c.jpg"))
    }

    @Test(arguments: [
        ("1", true), ("+1", true), ("on", true), ("TRUE", true), ("Yes", true), ("0", false),
        ("-1", false), ("off", false), ("False", false), ("NO", false), (" 1 ", true),
        ("\"on\"", true),
    ])
    func understandsEverySpelling(spelling: String, value: Bool) throws {
        let table = try LabelTable(parsing: "file,a\nx,\(spelling)\n")
        #expect(try table.labels(forFile: "x", attributes: ["a"]) == [value])
    }

    @Test func readsQuotedFields() throws {
        let text = """
            file,"a, or b","say ""x\"""
            "with, comma.png" , 1 , "0"
            "two
            lines.png",0,1
            last.png,1,1
            """
        let table = try LabelTable(parsing: text)
        #expect(table.attributes == ["a, or b", "say \"x\""])
        #expect(table.files == ["with, comma.png", "two\nlines.png", "last.png"])
    }

    @Test func readsCelebAsForm() throws {
        let text = """
            3
            5_o_Clock_Shadow Arched_Eyebrows Attractive
            000001.jpg -1  1  1
            000002.jpg -1 -1  1
            000003.jpg  1 -1 -1

            """
        let table = try LabelTable(parsing: text)
        #expect(table.attributes == ["5_o_Clock_Shadow", "Arched_Eyebrows", "Attractive"])
        let labels = try table.labels(
            forFile: "000003.jpg",
            attributes: ["Attractive", "5_o_Clock_Shadow"]
        )
        #expect(labels == [false, true])
    }

    @Test(arguments: [
        ("", LabelTableError.empty(table: "t.csv")),
        ("\n \n", .empty(table: "t.csv")),
        ("file,a\n", .empty(table: "t.csv")),
        ("3\n", .empty(table: "t.csv")),
        ("a.jpg,1\nb.jpg,0\n", .missingFileColumn(table: "t.csv", line: 1, found: "a.jpg")),
        ("file,a,\nx,1,0\n", .unnamedColumn(table: "t.csv", line: 1, column: 3)),
        (
            "\nfile,a,b,a\nx,1,0,1\n",
            .duplicateAttribute(table: "t.csv", line: 2, column: 4, attribute: "a")
        ),
        ("file\nx\n", .rowLength(table: "t.csv", line: 1, expected: 2, found: 1)),
        ("file,a,b\nx,1,0\ny,1\n", .rowLength(table: "t.csv", line: 3, expected: 3, found: 2)),
        ("file,a\nx,1,0\n", .rowLength(table: "t.csv", line: 2, expected: 2, found: 3)),
        ("file,a\n,1\n", .unnamedFile(table: "t.csv", line: 2)),
        (
            "file,a\nx,1\ny,0\nx,1\n",
            .duplicateFile(table: "t.csv", line: 4, file: "x", firstLine: 2)
        ),
        (
            "file,a,b\nx,1,2\n",
            .unknownValue(table: "t.csv", line: 2, column: 3, attribute: "b", value: "2")
        ),
        (
            "file,a\n\"x\ny\",1\nz,maybe\n",
            .unknownValue(table: "t.csv", line: 4, column: 2, attribute: "a", value: "maybe")
        ),
        ("file,a\nx,\"1\n", .misplacedQuote(table: "t.csv", line: 2, column: 2)),
        ("file,a\nx,1\"\n", .misplacedQuote(table: "t.csv", line: 2, column: 2)),
        ("file,a\n\"x\"y,1\n", .misplacedQuote(table: "t.csv", line: 2, column: 1)),
        ("2\na b\nx 1 1\n", .rowCount(table: "t.csv", expected: 2, found: 1)),
        ("1\na b\nx 1\n", .rowLength(table: "t.csv", line: 3, expected: 3, found: 2)),
    ])
    func namesLineAndColumnOfAMistake(text: String, expected: LabelTableError) {
        let error = Self.error(text)
        #expect(error == expected)
        let message = error?.description ?? ""
        #expect(message.hasPrefix("failed to read labels from 't.csv'"))
        if let line = expected.line { #expect(message.contains("line \(line)")) }
    }

    @Test func namesAttributesAndFilesItDoesNotHave() throws {
        let table = try LabelTable(parsing: "file,a,b\nx,1,0\n", name: "t.csv")
        #expect(
            throws: LabelTableError.noSuchAttribute(
                table: "t.csv",
                attribute: "c",
                known: ["a", "b"]
            )
        ) { try table.check(attributes: ["a", "c"]) }
        #expect(throws: LabelTableError.noSuchFile(table: "t.csv", file: "y")) {
            try table.labels(forFile: "y", attributes: ["a"])
        }
    }

    @Test func readsFilesAndRefusesWhatIsNoText() throws {
        let folder = try TemporaryFolder()
        let path = try folder.add("labels.csv", Array("file,a\nx,1\n".utf8))
        #expect(try LabelTable(contentsOfFile: path).files == ["x"])
        let binary = try folder.add("binary.csv", [0x66, 0xFF, 0xFE, 0x0A])
        #expect(
            throws: LabelTableError.unreadable(table: binary, reason: "it is not UTF-8 text")
        ) { try LabelTable(contentsOfFile: binary) }
        #expect(throws: LabelTableError.self) {
            try LabelTable(contentsOfFile: folder.path + "/none.csv")
        }
    }

    @Test func survivesRandomText() {
        var generator = SeededGenerator(seed: 8)
        let pieces = ["file", ",", "\"", "\n", "\r", "a", "1", "0", " ", "x.png", "-1", "\t", "é"]
        for _ in 0..<3_000 {
            let count = Int.random(in: 0..<30, using: &generator)
            let text = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }
                .joined()
            _ = Self.error("file,a\n" + text)
            _ = Self.error(text)
        }
    }
}
