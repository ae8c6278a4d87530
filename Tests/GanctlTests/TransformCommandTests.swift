import DurableStorage
import ImageCapture
import TestSupport
import Testing

@Suite struct TransformCommandTests {
    /// A trained model of the attributes a and b, and the words of a command that uses it.
    private func prepare(in folder: TemporaryFolder) async throws -> (RetrainArguments, [String]) {
        var retrain = try RetrainArguments(in: folder)
        retrain.further = ["--attributes", "a,b"]
        let result = try await ganctl(retrain.words)
        #expect(result.status == .exited(0), "\(result.errors)")
        return (retrain, ["transform", "--model", retrain.output + "/model.safetensors"])
    }

    @Test func theLabelsDecideThePicture() async throws {
        let folder = try TemporaryFolder()
        let (retrain, words) = try await prepare(in: folder)
        var pictures: [String: RGBImage] = [:]
        for attributes in ["a=on", "a=on,b=off", "b=on"] {
            let output = folder.path + "/" + attributes
            let result = try await ganctl(
                words + ["--attributes", attributes, retrain.images + "/0.png", "--output", output]
            )
            #expect(result.status == .exited(0), "\(result.errors)")
            #expect(try TemporaryFolder.names(in: output) == ["0.png"])
            pictures[attributes] = try RGBImage(contentsOfFile: output + "/0.png")
        }
        #expect(pictures["a=on"] == pictures["a=on,b=off"])
        #expect(pictures["a=on"] != pictures["b=on"])
        #expect(pictures["a=on"]?.width == 32)
    }

    @Test func wrongUsesAreRefusedAndNothingIsWritten() async throws {
        let folder = try TemporaryFolder()
        let (retrain, words) = try await prepare(in: folder)
        let output = folder.path + "/transformed"
        let missing = folder.path + "/missing"
        for (further, status, text) in [
            (["--attributes", "c=on", retrain.images], 64, "it has a, b"),
            (["--attributes", "a=maybe", retrain.images], 64, "write name=on or name=off"),
            (["--attributes", "a", retrain.images], 64, "write name=on or name=off"),
            (["--attributes", "a=on"], 64, "inputs"),
            (["--attributes", "a=on", missing], 66, missing),
            (["--attributes", "a=on", "--size", "64", retrain.images], 78, "leave --size out"),
        ] as [([String], Int32, String)] {
            let result = try await ganctl(words + further + ["--output", output])
            #expect(result.status == .exited(status), "\(result.errors)")
            #expect(result.errors.contains(text), "\(result.errors)")
            #expect(!exists(output))
        }
    }

    @Test func aMissingModelIsNamedInPlainWords() async throws {
        let folder = try TemporaryFolder()
        let missing = folder.path + "/missing"
        let result = try await ganctl([
            "transform", "--model", missing, "--attributes", "a=on", folder.path, "--output",
            missing,
        ])
        #expect(result.status == .exited(66), "\(result.errors)")
        #expect(
            result.errors == "ganctl: failed to read model \(missing): no such file or directory\n"
        )
    }

    @Test func picturesThatCannotBeReadAreNamedAndTheRestIsDone() async throws {
        let folder = try TemporaryFolder()
        let (retrain, words) = try await prepare(in: folder)
        try folder.add("pictures/bad.png", Array("no picture".utf8))
        let output = folder.path + "/transformed"
        let result = try await ganctl(
            words + ["--attributes", "a=on", retrain.images, "--output", output]
        )
        #expect(result.status == .exited(65), "\(result.errors)")
        #expect(result.errors.contains("/bad.png'"))
        #expect(try TemporaryFolder.names(in: output) == ["0.png", "1.png"])
    }
}
