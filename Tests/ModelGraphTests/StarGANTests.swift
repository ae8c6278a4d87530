import ModelGraph
import Testing

@Suite struct StarGANTests {
    @Test func generatorHasTheNamesAndShapesOfThePyTorchModule() throws {
        let graph = try StarGAN.generator(
            channels: 8,
            classes: 3,
            residualBlocks: 2,
            imageSize: 32
        )
        expectParameters(
            of: graph,
            [
                ("main.0.weight", [8, 6, 7, 7]), ("main.1.weight", [8]), ("main.1.bias", [8]),
                ("main.3.weight", [16, 8, 4, 4]), ("main.4.weight", [16]),
                ("main.4.bias", [16]), ("main.6.weight", [32, 16, 4, 4]),
                ("main.7.weight", [32]), ("main.7.bias", [32]),
                ("main.9.main.0.weight", [32, 32, 3, 3]), ("main.9.main.1.weight", [32]),
                ("main.9.main.1.bias", [32]), ("main.9.main.3.weight", [32, 32, 3, 3]),
                ("main.9.main.4.weight", [32]), ("main.9.main.4.bias", [32]),
                ("main.10.main.0.weight", [32, 32, 3, 3]), ("main.10.main.1.weight", [32]),
                ("main.10.main.1.bias", [32]), ("main.10.main.3.weight", [32, 32, 3, 3]),
                ("main.10.main.4.weight", [32]), ("main.10.main.4.bias", [32]),
                ("main.11.weight", [32, 16, 4, 4]), ("main.12.weight", [16]),
                ("main.12.bias", [16]), ("main.14.weight", [16, 8, 4, 4]),
                ("main.15.weight", [8]), ("main.15.bias", [8]),
                ("main.17.weight", [3, 8, 7, 7]),
            ]
        )
    }

    @Test func discriminatorHasTheNamesAndShapesOfThePyTorchModule() throws {
        let graph = try StarGAN.discriminator(imageSize: 32, channels: 8, classes: 3, layers: 3)
        expectParameters(
            of: graph,
            [
                ("main.0.weight", [8, 3, 4, 4]), ("main.0.bias", [8]),
                ("main.2.weight", [16, 8, 4, 4]), ("main.2.bias", [16]),
                ("main.4.weight", [32, 16, 4, 4]), ("main.4.bias", [32]),
                ("conv1.weight", [1, 32, 3, 3]), ("conv2.weight", [3, 32, 4, 4]),
            ]
        )
    }

    @Test func generatorReturnsToTheImageSize() throws {
        let graph = try StarGAN.generator(
            channels: 8,
            classes: 3,
            residualBlocks: 2,
            imageSize: 32
        )
        let shapes = graph.units.indices.map { graph.outputShape(of: $0).description }
        let block = Array(repeating: "32x8x8", count: 5)
        #expect(
            shapes == ["8x32x32", "16x16x16"] + block + ["16x16x16", "8x32x32", "3x32x32"]
        )
        #expect(graph.units.last?.activation == .tanh)
        #expect(graph.units[0].activation == .relu)
        #expect(graph.units[4].residual == .unit(2))
        #expect(graph.units[4].activation == .none)
        #expect(graph.units[6].residual == .unit(4))
        #expect(graph.units.allSatisfy { !$0.convolution.hasBias })
        #expect(graph.units.dropLast().allSatisfy { $0.normalization?.epsilon == 1e-5 })
        #expect(graph.units.last?.normalization == nil)
    }

    @Test func discriminatorEndsInTwoHeadsOnOneTrunk() throws {
        let graph = try StarGAN.discriminator(imageSize: 32, channels: 8, classes: 3, layers: 3)
        #expect(graph.outputs == [3, 4])
        #expect(graph.outputShape(of: 3).description == "1x4x4")
        #expect(graph.outputShape(of: 4).description == "3x1x1")
        #expect(graph.units[3].source == .unit(2))
        #expect(graph.units[4].source == .unit(2))
        #expect(graph.units[0].activation == .leakyRelu(slope: 0.01))
        #expect(graph.units[3].activation == .none)
    }

    @Test func publishedGeneratorCostsAboutFortyGigaMACs() throws {
        let graph = try StarGAN.generator(
            channels: 64,
            classes: 5,
            residualBlocks: 6,
            imageSize: 256
        )
        // 7x7 in, two halvings, twelve 3x3 in the blocks, two doublings, 7x7 out.
        let pixels = 256 * 256
        let stem = 64 * 8 * 49 * pixels
        let scaling = 128 * 64 * 16 * pixels / 4 + 256 * 128 * 16 * pixels / 16
        let blocks = 12 * 256 * 256 * 9 * pixels / 16
        let image = 3 * 64 * 49 * pixels
        #expect(graph.forwardMACCount == stem + 2 * scaling + blocks + image)
        #expect(graph.forwardMACCount == 39_841_693_696)
        #expect(graph.parameterElementCount == 8_430_528)
    }

    @Test(arguments: [
        (0, 5, 6, 256, "channels is 0; use 1...512"),
        (513, 5, 6, 256, "channels is 513"),
        (64, 0, 6, 256, "classes is 0"),
        (64, 5, -1, 256, "residual blocks is -1"),
        (64, 5, 6, 12, "image size is 12; use 16...1024"),
        (64, 5, 6, 254, "image size is 254; use a multiple of 4"),
        (64, 5, 6, .max, "image size is"),
    ])
    func generatorRefuses(
        channels: Int,
        classes: Int,
        blocks: Int,
        imageSize: Int,
        message: String
    ) {
        let error = #expect(throws: GraphError.self) {
            try StarGAN.generator(
                channels: channels,
                classes: classes,
                residualBlocks: blocks,
                imageSize: imageSize
            )
        }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        #expect(error?.kind == .valueOutOfRange)
    }
}

/// Compares names, shapes and order of a graph's parameters with a list.
func expectParameters(
    of graph: NetworkGraph,
    _ expected: [(name: String, shape: [Int])],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let parameters = graph.parameters
    #expect(parameters.map(\.name) == expected.map(\.name), sourceLocation: sourceLocation)
    #expect(parameters.map(\.shape) == expected.map(\.shape), sourceLocation: sourceLocation)
}
