import AcceleratorDriver
import AcceleratorRuntime
import ModelGraph
import RetrainingCompiler
import TestSupport
import Testing

/// Generators of any family out of users' files, changing pictures.
@Suite struct PictureGeneratorTests {
    private static func residual(
        _ norm: NormKind,
        inputChannels: Int = 3
    ) -> NetworkArchitecture {
        .residualGenerator(
            inputChannels: inputChannels,
            outputChannels: 3,
            channels: 4,
            residualBlocks: 1,
            norm: norm,
            hasDropout: norm == .batch
        )
    }

    private static func uNet(_ norm: NormKind) -> NetworkArchitecture {
        .uNetGenerator(inputChannels: 3, outputChannels: 3, channels: 16, levels: 5, norm: norm)
    }

    @Test(arguments: [residual(.instance), residual(.batch), uNet(.instance), uNet(.batch)])
    func aGeneratorWithoutLabelsIsItsForwardPass(architecture: NetworkArchitecture) async throws {
        let generator = try PictureGenerator(
            StateDictionary.checkpoint(of: architecture, prefix: "netG_A.module."),
            name: "model"
        )
        #expect(generator.attributes == [] && generator.imageSize == nil)
        let graph = try generator.graph(imageSize: 32)
        let network = DoubleNetwork(graph, generator.parameters)
        var random = SeededGenerator(seed: 5)
        let image = random.image(graph.inputShape)

        let device = try await TestDevice.open()
        let plan = try ForwardPlan(
            graph,
            batch: 1,
            capabilities: device.accelerator.capabilities
        )
        try await device.write(network.parameters, to: plan.network)
        try await device.write(image.values, to: plan.images)
        try await device.accelerator.submit(plan.setUp.commands + plan.program.commands)
        let forward = try await device.read(plan.outputs[0])

        let transformer = try await Transformer(
            device.accelerator,
            generator: graph,
            parameters: generator.parameters
        )
        let got = try await transformer.transform(image.values.map(Float.init), to: [])
        #expect(got == forward)
        await #expect(throws: RetrainingError.self) {
            _ = try await transformer.transform(image.values.map(Float.init), to: [true])
        }
        let want = network(image)[0].values
        let squares = zip(got, want).reduce(0) {
            $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1)
        }
        let far = (squares / want.reduce(0) { $0 + $1 * $1 }).squareRoot()
        #expect(far < 0.03, "\(far)")
        await device.accelerator.close()
    }

    /// Several networks as one state dict.
    private func joined(_ parts: [(String, NetworkArchitecture)]) throws -> Checkpoint {
        try Checkpoint(
            format: .pytorch,
            tensors: parts.flatMap { prefix, architecture in
                try StateDictionary.checkpoint(of: architecture, prefix: prefix).tensors
            }
        )
    }

    @Test func oneOfSeveralGeneratorsIsChosenByItsLabel() throws {
        let checkpoint = try joined([
            ("G_A.", Self.residual(.instance)), ("G_B.module.", Self.uNet(.batch)),
            ("D_A.", .patchDiscriminator(inputChannels: 3, channels: 4, layers: 3, norm: .batch)),
        ])
        let first = try PictureGenerator(checkpoint, name: "pair", network: "G_A")
        #expect(first.architecture == Self.residual(.instance))
        #expect(first.usualImageSize == 256)
        let second = try PictureGenerator(checkpoint, name: "pair", network: "G_B")
        #expect(second.architecture == Self.uNet(.batch))
        #expect(second.usualImageSize == 32)
        for (label, words) in [
            (nil, "it has 2; say which one with --network: G_A, G_B"),
            ("D_A", "it has none called 'D_A'; --network takes G_A, G_B"),
        ] {
            let error = #expect(throws: RetrainingError.self) {
                _ = try PictureGenerator(checkpoint, name: "pair", network: label)
            }
            #expect(error.map { "\($0)" }?.contains(words) == true, "\(error as Any)")
        }
    }

    @Test func whatMakesNoPicturesOfPicturesIsRefused() throws {
        for (parts, label, words) in [
            ([("", Self.residual(.instance))], "G", "leave --network out"),
            ([("G.", Self.residual(.instance, inputChannels: 4))], nil, "makes 3 channels of 4"),
            (
                [("", .patchDiscriminator(inputChannels: 3, channels: 4, layers: 3, norm: .batch))],
                nil, "it has no generator, only a patchgan discriminator"
            ),
        ] as [([(String, NetworkArchitecture)], String?, String)] {
            let checkpoint = try joined(parts)
            let error = #expect(throws: RetrainingError.self) {
                _ = try PictureGenerator(checkpoint, name: "model", network: label)
            }
            #expect(error.map { "\($0)" }?.contains(words) == true, "\(error as Any)")
        }
        let generator = try PictureGenerator(joined([("", Self.uNet(.batch))]), name: "model")
        let error = #expect(throws: RetrainingError.self) {
            _ = try generator.graph(imageSize: 48)
        }
        #expect(error.map { "\($0)" }?.contains("use a multiple of 32") == true)
    }

    @Test func aStarGANKeepsItsLabels() throws {
        let architecture = NetworkArchitecture.starGANGenerator(
            channels: 4,
            classes: 3,
            residualBlocks: 1
        )
        let generator = try PictureGenerator(
            joined([("G.", architecture)]),
            name: "model",
            attributes: ["a", "b", "c"],
            network: "G"
        )
        #expect(generator.architecture == architecture)
        #expect(generator.attributes == ["a", "b", "c"])
        #expect(generator.usualImageSize == 256 && generator.imageSize == nil)
    }
}
