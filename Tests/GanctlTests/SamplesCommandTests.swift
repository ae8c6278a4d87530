import DurableStorage
import ImageCapture
import TestSupport
import Testing

@Suite struct SamplesCommandTests {
    @Test func drawsTheSamePicturesForTheSameSeed() async throws {
        let folder = try TemporaryFolder()
        var contents: [[[UInt8]]] = []
        for (name, seed) in [("one", "4"), ("other", "4"), ("different", "5")] {
            let output = folder.path + "/deep/" + name
            let result = try await ganctl(
                ["samples", "--output", output, "--count", "2", "--size", "64", "--seed", seed]
            )
            #expect(result.status == .exited(0), "\(result.errors)")
            contents.append(
                try TemporaryFolder.names(in: output).map {
                    try FileBytes.read(output + "/" + $0, maximumByteCount: 1 << 20)
                }
            )
        }
        #expect(contents[0].count == 3)
        #expect(contents[0] == contents[1])
        #expect(contents[0] != contents[2])
    }

    @Test func theTableFitsThePictures() async throws {
        let folder = try TemporaryFolder()
        let result = try await ganctl(
            ["samples", "--output", folder.path, "--count", "2", "--size", "64"]
        )
        #expect(result.status == .exited(0), "\(result.errors)")
        let table = try LabelTable(contentsOfFile: folder.path + "/labels.csv")
        #expect(table.files == ["portrait-0001.png", "portrait-0002.png"])
        let picture = try RGBImage(contentsOfFile: folder.path + "/portrait-0002.png")
        #expect(picture.width == 64 && picture.height == 64)
    }

    @Test(arguments: [
        (["--count", "0"], "--count is 0"), (["--size", "63"], "--size is 63"),
        (["--person=-1"], "--person is below 0"), (["--condition", "fog"], "--condition is 'fog'"),
    ])
    func wrongUsesAreRefused(further: [String], words: String) async throws {
        let folder = try TemporaryFolder()
        let output = folder.path + "/output"
        let result = try await ganctl(["samples", "--output", output] + further)
        #expect(result.status == .exited(64), "\(result.errors)")
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(!exists(output))
    }
}
