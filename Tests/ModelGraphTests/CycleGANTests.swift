import ModelGraph
import Testing

@Suite struct CycleGANTests {
    @Test func generatorHasTheNamesAndShapesOfThePyTorchModule() throws {
        let graph = try CycleGAN.generator(channels: 8, residualBlocks: 2, imageSize: 32)
        expectParameters(
            of: graph,
            [
                ("model.1.weight", [8, 3, 7, 7]), ("model.1.bias", [8]),
                ("model.4.weight", [16, 8, 3, 3]), ("model.4.bias", [16]),
                ("model.7.weight", [32, 16, 3, 3]), ("model.7.bias", [32]),
                ("model.10.conv_block.1.weight", [32, 32, 3, 3]),
                ("model.10.conv_block.1.bias", [32]),
                ("model.10.conv_block.5.weight", [32, 32, 3, 3]),
                ("model.10.conv_block.5.bias", [32]),
                ("model.11.conv_block.1.weight", [32, 32, 3, 3]),
                ("model.11.conv_block.1.bias", [32]),
                ("model.11.conv_block.5.weight", [32, 32, 3, 3]),
                ("model.11.conv_block.5.bias", [32]),
                ("model.12.weight", [32, 16, 3, 3]), ("model.12.bias", [16]),
                ("model.15.weight", [16, 8, 3, 3]), ("model.15.bias", [8]),
                ("model.19.weight", [3, 8, 7, 7]), ("model.19.bias", [3]),
            ]
        )
    }

    @Test func discriminatorHasTheNamesAndShapesOfThePyTorchModule() throws {
        let graph = try CycleGAN.discriminator(channels: 8, imageSize: 32)
        expectParameters(
            of: graph,
            [
                ("model.0.weight", [8, 3, 4, 4]), ("model.0.bias", [8]),
                ("model.2.weight", [16, 8, 4, 4]), ("model.2.bias", [16]),
                ("model.5.weight", [32, 16, 4, 4]), ("model.5.bias", [32]),
                ("model.8.weight", [64, 32, 4, 4]), ("model.8.bias", [64]),
                ("model.11.weight", [1, 64, 4, 4]), ("model.11.bias", [1]),
            ]
        )
    }

    @Test func generatorReflectsWhereTheModuleDoes() throws {
        let graph = try CycleGAN.generator(channels: 8, residualBlocks: 2, imageSize: 32)
        let reflecting = graph.units.indices.filter {
            graph.units[$0].convolution.paddingMode == .reflect
        }
        #expect(reflecting == [0, 3, 4, 5, 6, 9])
        #expect(graph.units[4].residual == .unit(2))
        let shapes = graph.units.indices.map { graph.outputShape(of: $0).description }
        let block = Array(repeating: "32x8x8", count: 5)
        #expect(
            shapes == ["8x32x32", "16x16x16"] + block + ["16x16x16", "8x32x32", "3x32x32"]
        )
        #expect(graph.units.dropLast().allSatisfy { $0.normalization?.isAffine == false })
        #expect(graph.units[7].convolution.outputPadding == 1)
    }

    @Test func discriminatorScoresPatches() throws {
        let graph = try CycleGAN.discriminator(channels: 64, imageSize: 256)
        #expect(graph.outputShape(of: 4).description == "1x30x30")
        #expect(graph.units[0].normalization == nil)
        #expect(graph.units[3].normalization == .init(isAffine: false))
        #expect(graph.units[4].normalization == nil)
        #expect(graph.units[3].activation == .leakyRelu(slope: 0.2))
        #expect(graph.units[4].activation == .none)
    }

    @Test func discriminatorRefusesAnImageTooSmallForItsPatches() {
        let error = #expect(throws: GraphError.self) {
            try CycleGAN.discriminator(channels: 8, imageSize: 16)
        }
        #expect(error?.kind == .shapeMismatch)
        #expect(error?.description.contains("model.8") == true)
    }
}
