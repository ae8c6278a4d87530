import DurableStorage
import ImageCapture
import ModelGraph
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

    /// A generator of CycleGAN, or one of pix2pix for pictures of 32 pixels.
    private func generator(_ norm: NormKind, isUNet: Bool = false) throws -> Checkpoint {
        try StateDictionary.checkpoint(
            of: isUNet
                ? .uNetGenerator(
                    inputChannels: 3,
                    outputChannels: 3,
                    channels: 16,
                    levels: 5,
                    norm: norm
                )
                : .residualGenerator(
                    inputChannels: 3,
                    outputChannels: 3,
                    channels: 4,
                    residualBlocks: 1,
                    norm: norm,
                    hasDropout: false
                )
        )
    }

    /// The picture that a model makes of the first one, which it has to make.
    private func picture(_ files: ModelFiles, _ words: [String]) async throws -> RGBImage {
        let output = files.folder.path + "/output"
        let result = try await files.ganctl(
            ["transform", files.folder.path + "/pictures/0.png", "--output", output, "--force"]
                + words
        )
        #expect(result.status == .exited(0), "\(words) \(result.errors)")
        return try RGBImage(contentsOfFile: output + "/0.png")
    }

    @Test func generatorsWithoutLabelsComeFromFilesAndTheStore() async throws {
        let files = try ModelFiles()
        _ = try PictureFiles.addPortraits(to: files.folder)
        let first = try generator(.instance)
        let pth = try files.folder.add("latest_net_G_A.pth", first.encoded(as: .pytorch))
        let tensors = try files.folder.add("a.safetensors", first.encoded(as: .safetensors))
        let second = try generator(.batch, isUNet: true)
        let other = try files.folder.add("latest_net_G_B.pth", second.encoded(as: .pytorch))
        let result = try await files.ganctl(["model", "import", pth, other, "--name", "pair"])
        #expect(result.status == .exited(0), "\(result.errors)")

        let size = ["--size", "32"]
        let a = try await picture(files, ["--model", pth] + size)
        #expect(a.width == 32)
        #expect(try await picture(files, ["--model", tensors] + size) == a)
        #expect(try await picture(files, ["--model", "pair", "--network", "G_A"] + size) == a)
        let b = try await picture(files, ["--model", "pair", "--network", "G_B"])
        #expect(b.width == 32 && b != a)
        #expect(try await picture(files, ["--model", other]) == b)
    }

    @Test func wrongUsesOfGeneratorsWithoutLabelsAreRefused() async throws {
        let files = try ModelFiles()
        let images = try PictureFiles.addPortraits(to: files.folder)
        let a = try files.folder.add("G_A.pth", generator(.instance).encoded(as: .pytorch))
        let b = try files.folder.add(
            "G_B.pth",
            generator(.batch, isUNet: true).encoded(as: .pytorch)
        )
        let imported = try await files.ganctl([
            "model", "import", "G_A=" + a, "G_B=" + b, "--name", "pair",
        ])
        #expect(imported.status == .exited(0), "\(imported.errors)")
        let table = try files.folder.add("labels.csv", Array("file,a\n0.png,1\n".utf8))
        let output = files.folder.path + "/output"
        for (words, status, text) in [
            (["--model", "pair"], 78, "say which one with --network: G_A, G_B"),
            (["--model", "pair", "--network", "G_C"], 78, "--network takes G_A, G_B"),
            (["--model", a, "--network", "G_A"], 78, "leave --network out"),
            (["--model", "stargan-8", "--network", "G_A"], 78, "leave --network out"),
            (["--model", a, "--attributes", "a=on"], 64, "leave --attributes out"),
            (["--model", a, "--labels", table], 64, "leave --labels out"),
            (["--model", "stargan-8"], 64, "say what to change"),
            (["--model", b, "--size", "48"], 78, "use a multiple of 32"),
        ] as [([String], Int32, String)] {
            let result = try await files.ganctl(
                ["transform", images, "--output", output] + words
            )
            #expect(result.status == .exited(status), "\(result.errors)")
            #expect(result.errors.contains(text), "\(result.errors)")
            #expect(!exists(output))
        }
    }
}
