import ModelGraph
import TestSupport
import Testing

/// Command lines of `ganctl retrain-translator` that are refused, with status and reason.
@Suite struct TranslatorRefusalTests {
    private func expectFailure(
        _ scene: TranslatorFiles,
        _ words: [String],
        status: Int32,
        _ reason: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let result = try await scene.ganctl(words)
        #expect(
            result.status == .exited(status),
            "\(result.errors)",
            sourceLocation: sourceLocation
        )
        #expect(
            result.errors.contains(reason),
            "\(result.errors)",
            sourceLocation: sourceLocation
        )
        #expect(!exists(scene.output), sourceLocation: sourceLocation)
    }

    @Test func argumentsOutOfTheirLimitsAreRefused() async throws {
        let scene = try TranslatorFiles()
        for (further, reason) in [
            (["--epochs", "0"], "--epochs is 0"), (["--pool", "-1"], "--pool"),
            (["--batch", "65"], "--batch is 65"), (["--learning-rate", "2"], "--learning-rate"),
            (["--warm-up=-3"], "--warm-up is -3"), (["--cycle-weight", "nan"], "--cycle-weight"),
            (["--checkpoint-minutes", "0"], "--checkpoint-minutes"),
            (["--resume", "--force"], "exclude each other"), (["--rolin", "some"], "--rolin"),
        ] {
            try await expectFailure(
                scene,
                scene.words(model: "m.pth", further),
                status: 64,
                reason
            )
        }
    }

    @Test func modelsThatCannotBeTrainedAreRefused() async throws {
        let scene = try TranslatorFiles()
        let parts = try scene.addCycleGAN().map(\.path)
        let batch = try scene.files.folder.add("batch.pth", Self.batchNormGenerator())
        for (model, status, reason) in [
            (scene.files.folder.path + "/none.pth", 66, "none.pth"), ("nobody", 66, "nobody"),
            (batch, 78, "batch norms, which can be run but not trained"),
            (try scene.files.addGenerator(), 65, "StarGANs are for ganctl retrain"),
            ("\(parts[0]),\(parts[2])", 65, "a CycleGAN has two generators"),
            (parts[2], 65, "a pix2pix has one"),
            ("x=\(parts[0]),y=\(parts[1])", 65, "failed to read model"),
        ] as [(String, Int32, String)] {
            try await expectFailure(scene, scene.words(model: model), status: status, reason)
        }
        let cycle = parts.joined(separator: ",")
        for (further, reason) in [
            (["--warm-up", "2"], "--warm-up is for discriminators that a model lacks"),
            (["--reconstruction-weight", "3"], "is for a pix2pix, the model is a CycleGAN"),
            (["--size", "30"], "multiple of 4"), (["--output", scene.imagesA], "--output is"),
            (["--resume"], "there is no"),
        ] {
            let status: Int32 = further == ["--resume"] ? 66 : further[0] == "--size" ? 65 : 78
            try await expectFailure(
                scene,
                scene.words(model: cycle, further),
                status: status,
                reason
            )
        }
    }

    @Test func picturesThatAreNoPairsAreRefused() async throws {
        let scene = try TranslatorFiles()
        let model = try scene.add("some.pth", TranslatorFiles.generator())
        let other = try scene.files.folder.addFolder("other")
        let words = scene.words(model: model, ["--images-b", other])
        try await expectFailure(scene, words, status: 66, "other")
        try scene.files.folder.add("other/x.png", PictureFiles.png(side: 40))
        try await expectFailure(scene, words, status: 66, "a pix2pix is trained on pairs")
        try scene.files.folder.add("other/x.jpg", PictureFiles.png(side: 40))
        try await expectFailure(scene, words, status: 65, "the same name but for the extension")
        try await expectFailure(
            scene,
            scene.words(model: model, ["--pool", "5"]),
            status: 78,
            "--pool is for a CycleGAN, the model is a pix2pix"
        )
    }

    /// A generator with batch norms: their statistics are in the file.
    private static func batchNormGenerator() throws -> [UInt8] {
        let architecture = TranslatorFiles.generator(norm: .batch)
        let (graph, folded) = try architecture.network(imageSize: 32)
        let biases = folded.compactMap { graph.units[$0.unitIndex].parameterNames.bias }
        var shapes = graph.parameters.filter { !biases.contains($0.name) }
            .map { ($0.name, $0.shape) }
        for norm in folded {
            let channels = graph.units[norm.unitIndex].convolution.outputChannels
            shapes += [norm.scaleName, norm.shiftName, norm.meanName, norm.varianceName].map {
                ($0, [channels])
            }
        }
        let tensors = try shapes.map { name, shape in
            try CheckpointTensor(
                path: [name],
                elementType: .float32,
                shape: shape,
                bytes: [UInt8](repeating: 0, count: 4 * shape.reduce(1, *))
            )
        }
        return try Checkpoint(format: .pytorch, tensors: tensors).encoded(as: .pytorch)
    }
}
