import DurableStorage
import ModelGraph
import TestSupport
import Testing

@Suite struct ExitStatusTests {
    @Test func theTableIsInTheHelp() async throws {
        let help = try await ganctl(["--help"])
        #expect(help.status == .exited(0))
        for line in [
            "0    done", "1    the answer is no", "64   the command line is wrong",
            "65   a file is not what it should be", "66   a file or folder is missing",
            "69   the device is missing", "70   this program is wrong", "74   a file could not be",
            "78   the settings do not go together", "130  interrupted; retrain and pretrain",
        ] {
            #expect(help.output.contains(line), "\(line)")
        }
    }

    @Test(arguments: [
        (["--epochs", "0"], "--epochs is 0; give at least 1"), (["--colour"], "--colour"),
        (["--epochs", "many"], "many"), (["--batch", "65"], "--batch is 65"),
        (["--critic-steps", "0"], "--critic-steps is 0"), (["--learning-rate", "2"], "2.0"),
        (["--learning-rate", "nan"], "nan"), (["--checkpoint-minutes", "0"], "above 0"),
        (["--resume", "--force"], "exclude each other"), (["--threads", "0"], "--threads is 0"),
        (["--kernels", "best"], "--kernels is 'best'"), (["--device", "usb"], "no device 'usb'"),
        (["--loss", "hinge"], "hinge"), (["--seed=-1"], "-1"),
        (["--attributes", "a,,b"], "empty or repeated"), (["--attributes", "a,a"], "repeated"),
    ])
    func aWrongCommandLine(further: [String], words: String) async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder)
        retrain.further = further
        try await expectFailure(of: retrain, status: 64, words)
    }

    @Test(arguments: [
        (["--size", "33"], "use a multiple of 4"), (["--size", "8"], "image size is 8"),
        (["--size", "36"], "or fewer layers"), (["--generator-channels", "0"], "channels is 0"),
        (["--size", "1024", "--batch", "8", "--discriminator-layers", "8"], "device DRAM"),
    ])
    func settingsThatDoNotGoTogether(further: [String], words: String) async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder)
        retrain.further = further
        try await expectFailure(of: retrain, status: 78, words)
    }

    @Test(arguments: [
        ("file,smile\n0.png,maybe\n1.png,1\n", "maybe"), ("file,smile\n0.png,1\n", "1.png"),
        ("file,smile\n0.png,1,0\n1.png,1\n", "line 2"), ("", "labels.csv"),
        ("portrait,smile\n", "labels.csv"), ("file,glasses\n0.png,1\n1.png,1\n", "smile"),
    ])
    func aWrongTableOfLabels(text: String, words: String) async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder)
        retrain.further = ["--attributes", "smile", "--labels"]
        retrain.further.append(try folder.add("labels.csv", Array(text.utf8)))
        try await expectFailure(of: retrain, status: 65, words)
    }

    @Test func aWrongModel() async throws {
        let folder = try TemporaryFolder()
        let other = ParameterSet(
            initializing: try CycleGAN.generator(channels: 4, residualBlocks: 1, imageSize: 32),
            seed: 1,
            stream: "generator"
        )
        let bytes = try SafetensorsWriter(tensors: other.tensors(prefix: "")).bytes()
        let retrain = try RetrainArguments(in: folder)
        for (name, bytes) in [
            ("text", Array("no model".utf8)), ("truncated", Array(bytes.dropLast(1000))),
            ("other-network", bytes), ("empty", []),
        ] {
            let path = try folder.add(name, bytes)
            var withModel = retrain
            withModel.further = ["--model", path]
            try await expectFailure(of: withModel, status: 65, path)
            // It can be run, and has no attributes.
            guard name != "other-network" else { continue }
            let transformed = try await ganctl([
                "transform", "--model", path, "--attributes", "a=on", retrain.images, "--output",
                retrain.output,
            ])
            #expect(transformed.status == .exited(65), "\(transformed.errors)")
            #expect(transformed.errors.contains(path))
            #expect(!exists(retrain.output))
        }
    }

    @Test func inputsThatAreMissing() async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder)
        let missing = folder.path + "/missing"
        for option in ["--model", "--labels"] {
            retrain.further = [option, missing]
            try await expectFailure(of: retrain, status: 66, missing)
        }
        retrain.further = ["--resume"]
        try await expectFailure(of: retrain, status: 66, "leave --resume out to start")
        retrain.further = []
        retrain.images = missing
        try await expectFailure(of: retrain, status: 66, "there is no such folder")
        retrain.images = try folder.addFolder("empty")
        try await expectFailure(of: retrain, status: 66, "the folder holds no files")
        retrain.images = try folder.add("file", [1])
        try await expectFailure(of: retrain, status: 66, "it is not a folder")
        let parity = try await ganctl(["parity", missing])
        #expect(parity.status == .exited(66), "\(parity.errors)")
        #expect(parity.errors.contains(missing))
    }

    @Test func foldersOfWhatCannotBeUsed() async throws {
        let folder = try TemporaryFolder()
        let retrain = try RetrainArguments(in: folder)
        for (name, bytes, words) in [
            ("cut.jpg", try PictureFiles.truncatedJPEG(), "the JPEG ends too early"),
            ("text.png", Array("a text".utf8), "it is no picture but text"),
            ("dot.png", try PictureFiles.png(side: 1), "the picture is 1 x 1"),
            ("huge.png", PictureFiles.giganticPNG, "the picture is 20000 x 20000"),
            ("empty.jpeg", [], "an empty file"),
        ] {
            var changed = retrain
            changed.images = try folder.addFolder("with-\(name)")
            try folder.add("with-\(name)/\(name)", bytes)
            let errors = try await expectFailure(of: changed, status: 66, words)
            #expect(errors.contains("\(changed.images)/\(name)'"), "\(errors)")
            #expect(errors.contains("none of the 1 files in it can be used"), "\(errors)")
        }
    }

    @Test func anOutputThatCannotBeAFolder() async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder)
        let file = try folder.add("file", [1])
        for output in [file, file + "/below"] {
            retrain.output = output
            let result = try await ganctl(retrain.words)
            #expect(result.status == .exited(74), "\(result.errors)")
            #expect(result.errors.contains(output))
        }
        #expect(try FileBytes.read(file, maximumByteCount: 9) == [1])
    }

    /// Expects one line about it, and that nothing was written.
    @discardableResult
    private func expectFailure(
        of retrain: RetrainArguments,
        status: Int32,
        _ words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let result = try await ganctl(retrain.words)
        #expect(
            result.status == .exited(status),
            "\(result.errors)",
            sourceLocation: sourceLocation
        )
        #expect(
            result.errors.contains(words),
            "\(result.errors)",
            sourceLocation: sourceLocation
        )
        #expect(result.output.isEmpty, sourceLocation: sourceLocation)
        #expect(!exists(retrain.output), sourceLocation: sourceLocation)
        return result.errors
    }
}
