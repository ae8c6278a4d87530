import ModelGraph
import Testing

@Suite struct UNetTests {
    private func generator(_ norm: NormKind) throws -> (NetworkGraph, [FoldedNorm]) {
        try UNet.generator(
            inputChannels: 3,
            outputChannels: 2,
            channels: 4,
            levels: 5,
            norm: norm,
            imageSize: 64
        )
    }

    /// The state dict of the released module with 5 levels and 4 channels; innermost in the middle.
    private static let weights: [(path: String, shape: [Int], norm: String?)] = [
        ("model.model.0", [4, 3, 4, 4], nil),
        ("model.model.1.model.1", [8, 4, 4, 4], "model.model.1.model.2"),
        ("model.model.1.model.3.model.1", [16, 8, 4, 4], "model.model.1.model.3.model.2"),
        (
            "model.model.1.model.3.model.3.model.1", [32, 16, 4, 4],
            "model.model.1.model.3.model.3.model.2"
        ),
        ("model.model.1.model.3.model.3.model.3.model.1", [32, 32, 4, 4], nil),
        (
            "model.model.1.model.3.model.3.model.3.model.3", [32, 32, 4, 4],
            "model.model.1.model.3.model.3.model.3.model.4"
        ),
        (
            "model.model.1.model.3.model.3.model.5", [64, 16, 4, 4],
            "model.model.1.model.3.model.3.model.6"
        ),
        ("model.model.1.model.3.model.5", [32, 8, 4, 4], "model.model.1.model.3.model.6"),
        ("model.model.1.model.5", [16, 4, 4, 4], "model.model.1.model.6"),
        ("model.model.3", [8, 2, 4, 4], nil),
    ]

    @Test func hasTheNamesAndShapesOfThePyTorchModule() throws {
        let (graph, norms) = try generator(.instance)
        #expect(norms == [])
        var expected: [(String, [Int])] = []
        for (index, entry) in Self.weights.enumerated() {
            expected.append((entry.path + ".weight", entry.shape))
            expected.append((entry.path + ".bias", [entry.shape[index < 5 ? 0 : 1]]))
        }
        expectParameters(of: graph, expected)
    }

    @Test func foldsTheBatchNormsOfThePyTorchModule() throws {
        let (graph, norms) = try generator(.batch)
        #expect(norms.map(\.path) == Self.weights.compactMap(\.norm))
        for (unit, entry) in zip(graph.units, Self.weights) {
            #expect(unit.name == entry.path)
            #expect(unit.normalization == nil)
            // Without a norm only the last one has a bias of its own.
            #expect(unit.convolution.hasBias == (entry.norm != nil || unit == graph.units.last))
        }
    }

    @Test func everyLevelIsReadTwice() throws {
        let (graph, _) = try generator(.instance)
        let reads = graph.units.map(\.convolved)
        #expect(reads[..<5].map { $0.count } == [1, 1, 1, 1, 1])
        #expect(reads[5] == [.unit(4)])
        #expect(reads[6] == [.unit(3), .unit(5)])
        #expect(reads[9] == [.unit(0), .unit(8)])
        #expect(graph.units[..<4].allSatisfy { $0.activation == .leakyRelu(slope: 0.2) })
        #expect(graph.units[4...8].allSatisfy { $0.activation == .none })
        #expect(graph.units[..<5].allSatisfy { $0.sourceActivation == .none })
        #expect(graph.units[5...].allSatisfy { $0.sourceActivation == .relu })
        #expect(graph.units[9].activation == .tanh)
        #expect(graph.inputShape(of: 6).description == "64x4x4")
        let shapes = graph.units.indices.map { graph.outputShape(of: $0).description }
        #expect(
            shapes == [
                "4x32x32", "8x16x16", "16x8x8", "32x4x4", "32x2x2", "32x4x4", "16x8x8", "8x16x16",
                "4x32x32", "2x64x64",
            ]
        )
        // in * out * 4 * 4 taps for each of the 32 x 32 pixels that are read.
        #expect(graph.forwardMACCount(of: 9) == 8 * 2 * 16 * 32 * 32)
    }

    @Test(arguments: [
        (4, 64, "levels is 4; use 5...10"), (5, 48, "do not halve an image of 48 evenly"),
        (11, 64, "levels is 11"), (7, 64, "use a multiple of 128"),
    ])
    func refusesSizes(levels: Int, imageSize: Int, message: String) {
        let error = #expect(throws: GraphError.self) {
            try UNet.generator(
                inputChannels: 3,
                outputChannels: 3,
                channels: 8,
                levels: levels,
                norm: .instance,
                imageSize: imageSize
            )
        }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
}
