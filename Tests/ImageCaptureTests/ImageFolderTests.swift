import Glibc
import ImageCapture
import TestSupport
import Testing

@Suite struct ImageFolderTests {
    private static let png = PNGBuilder(width: 32, height: 32) { x, y in [x, y, 9] }.bytes()

    private static func error(_ path: String) -> ImageError? {
        do throws(ImageError) {
            _ = try ImageFolder(path: path)
            return nil
        } catch {
            return error
        }
    }

    @Test func tellsMissingEmptyAndForeignFoldersApart() throws {
        let folder = try TemporaryFolder()
        let missing = folder.path + "/missing"
        #expect(Self.error(missing) == .folderMissing(path: missing))
        let file = try folder.add("file", [1])
        #expect(Self.error(file) == .notAFolder(path: file))
        let empty = try folder.addFolder("empty")
        #expect(Self.error(empty) == .folderEmpty(path: empty))
        let hidden = try TemporaryFolder()
        try hidden.add(".hidden.png", Self.png)
        try hidden.addFolder("nested.png")
        #expect(Self.error(hidden.path) == .folderEmpty(path: hidden.path))
    }

    @Test func yieldsEveryFileInTheOrderOfItsBytes() throws {
        let folder = try TemporaryFolder()
        for name in ["b.png", "a.png", "Z.png", "10.png", "9.png", "é.png"] {
            try folder.add(name, Self.png)
        }
        let names = try ImageFolder(path: folder.path).map(\.name)
        #expect(names == ["10.png", "9.png", "Z.png", "a.png", "b.png", "é.png"])
    }

    @Test func judgesFilesByTheirBytesAndNamesThoseItSkips() throws {
        let folder = try TemporaryFolder()
        try folder.add("1-picture.txt", Self.png)
        try folder.add(
            "2-jpeg.png",
            try JPEGBuilder.bytes(width: 32, height: 32) { _, _ in [1, 2, 3] }
        )
        let text = try folder.add("3-text.PNG", Array("not a picture".utf8))
        let cut = try folder.add("4-cut.png", Array(Self.png.dropLast(20)))
        let notes = try folder.add("5-notes.txt", Array("hello".utf8))
        let table = try folder.add("6-labels.csv", Array("file,a\n".utf8))
        let gif = try folder.add("7-animation.gif", Array("GIF89a......".utf8))
        let pipe = folder.path + "/8-pipe.png"
        try #require(mkfifo(pipe, 0o600) == 0)
        let link = folder.path + "/9-link.jpg"
        try #require(symlink("nowhere", link) == 0)

        let outcomes = try ImageFolder(path: folder.path).map(\.outcome)
        try #require(outcomes.count == 9)
        for outcome in outcomes[..<2] {
            guard case .picture(let image) = outcome else {
                Issue.record("a picture was skipped: \(outcome)")
                continue
            }
            #expect(image.width == 32)
        }
        #expect(outcomes[2] == .skipped(.notAnImage(path: text, found: "text")))
        guard case .skipped(.truncated(cut, .png, _)) = outcomes[3] else {
            Issue.record("a cut picture is called \(outcomes[3])")
            return
        }
        #expect(outcomes[4] == .ignored(.notAnImage(path: notes, found: "text")))
        #expect(outcomes[5] == .ignored(.notAnImage(path: table, found: "text")))
        #expect(outcomes[6] == .skipped(.unsupported(path: gif, format: "a GIF")))
        let pipeReason = "it is not an ordinary file"
        #expect(outcomes[7] == .skipped(.unreadable(path: pipe, reason: pipeReason)))
        let linkReason = "no such file or directory"
        #expect(outcomes[8] == .skipped(.unreadable(path: link, reason: linkReason)))
    }

    @Test func saysWhyAFileWithAForeignNameCannotBeOpened() throws {
        let folder = try TemporaryFolder()
        let foreign: [CChar] = [-1, -2] + ".png".utf8CString
        let path = folder.path.utf8CString.dropLast() + [CChar(UInt8(ascii: "/"))] + foreign
        let descriptor = open(Array(path), O_CREAT, 0o600)
        #expect(descriptor >= 0)
        close(descriptor)
        defer { unlink(Array(path)) }
        let entry = try #require(Array(try ImageFolder(path: folder.path)).first)
        guard case .skipped(.unreadable(_, "its name is not valid UTF-8")) = entry.outcome else {
            Issue.record("it is called \(entry.outcome)")
            return
        }
    }
}
