import AcceleratorRuntime
import DurableStorage
import Glibc
import ModelGraph
import TestSupport
import Testing

/// Built-in models by name, and when random weights take their place.
@Suite struct ModelSourceTests {
    /// A retraining of one layer on two pictures, for one epoch, and the report's `startedFrom`.
    private func startedFrom(_ wishes: [String], _ folder: TemporaryFolder) async throws -> String {
        let output = folder.path + "/output"
        let words = [
            "retrain", "--images", try PictureFiles.addPortraits(to: folder), "--output", output,
            "--epochs", "1", "--hold-out", "0", "--selret", "discriminator.conv1",
        ]
        let result = try await ganctl(words + wishes)
        try #require(result.status == .exited(0), "\(result.errors)")
        let bytes = try FileBytes.read(output + "/report.json", maximumByteCount: 1 << 22)
        return try JSONField(parsing: bytes, document: "report")["startedFrom"].string()
    }

    @Test func aRetrainingStartsFromTheBuiltInModel() async throws {
        let folder = try TemporaryFolder()
        let hash = try BuiltInModel.stargan8.load().weightsHash
        let found = try await startedFrom([], folder)
        #expect(found == "built-in model stargan-8, weights \(hash)")
    }

    @Test(arguments: [
        (["--fresh", "--size", "64"], ""),
        (["--residual-blocks", "0", "--size", "64"], " (sizes were given, so not "),
        (["--size", "64"], " (not built-in model stargan-8: it is for pictures of 256 pixels)"),
        (["--attributes", "hat"], " (not built-in model stargan-8: its attributes are black_hair"),
        (["--labels"], " (not built-in model stargan-8: its attributes are black_hair"),
    ])
    func otherWishesMeanRandomWeights(wishes: [String], text: String) async throws {
        let folder = try TemporaryFolder()
        var wishes = wishes
        if wishes == ["--labels"] {
            let table = "file,hat\n0.png,1\n1.png,0\n"
            wishes.append(try folder.add("labels.csv", Array(table.utf8)))
        }
        let found = try await startedFrom(wishes, folder)
        #expect(found.hasPrefix("random weights, seed 1\(text)"), "\(found)")
        #expect(!text.isEmpty || found == "random weights, seed 1")
    }

    @Test(arguments: ["stargan-8", "stargan-16"])
    func transformsByName(name: String) async throws {
        let folder = try TemporaryFolder()
        let images = try PictureFiles.addPortraits(to: folder)
        let output = folder.path + "/output"
        let result = try await ganctl([
            "transform", "--model", name, "--attributes", "smile=on", images, "--output", output,
        ])
        #expect(result.status == .exited(0), "\(result.errors)")
        #expect(try TemporaryFolder.names(in: output) == ["0.png", "1.png"])
    }

    @Test func aFileOfThatNameIsGivenByItsPath() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.add("stargan-8", Array("no model".utf8))
        let result = try await ganctl([
            "transform", "--model", path, "--attributes", "smile=on", folder.path, "--output",
            folder.path + "/output",
        ])
        #expect(result.status == .exited(65), "\(result.errors)")
        #expect(result.errors.contains(path))
    }

    @Test func aProgramWithoutItsFolderSaysSo() async throws {
        let folder = try TemporaryFolder()
        let program = folder.path + "/ganctl"
        let bytes = try FileBytes.read(try GanctlProcess.programPath(), maximumByteCount: 1 << 31)
        try folder.add("ganctl", bytes)
        chmod(program, 0o755)
        let words = ["demo", "--output", folder.path + "/demo"]
        let result = try await GanctlProcess(words, program: program).result()
        #expect(result.status == .exited(66), "\(result.errors)")
        for text in [
            "built-in model stargan-8", folder.path, "gan-accelerator_BuiltInModels.resources",
        ] {
            #expect(result.errors.contains(text), "\(result.errors)")
        }
        #expect(!exists(folder.path + "/demo"))
    }
}
