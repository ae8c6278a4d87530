import AcceleratorRuntime
import ModelGraph
import TestSupport
import Testing

@Suite struct TranslatorModelTests {
    /// A file of networks by prefix, without values.
    private func checkpoint(
        _ networks: [(prefix: String, architecture: NetworkArchitecture)],
        size: Int = 32
    ) throws -> Checkpoint {
        var tensors: [CheckpointTensor] = []
        func add(_ name: String, _ shape: [Int]) throws {
            tensors.append(
                try CheckpointTensor(
                    path: [name],
                    elementType: .float32,
                    shape: shape,
                    bytes: [UInt8](repeating: 0, count: 4 * shape.reduce(1, *))
                )
            )
        }
        for (prefix, architecture) in networks {
            let (graph, folded) = try architecture.network(imageSize: size)
            let biases = folded.compactMap { graph.units[$0.unitIndex].parameterNames.bias }
            for parameter in graph.parameters where !biases.contains(parameter.name) {
                try add(prefix + parameter.name, parameter.shape)
            }
            for norm in folded {
                let channels = graph.units[norm.unitIndex].convolution.outputChannels
                for name in [norm.scaleName, norm.shiftName, norm.meanName, norm.varianceName] {
                    try add(prefix + name, [channels])
                }
            }
        }
        return try Checkpoint(format: .safetensors, tensors: tensors)
    }

    private static func resnet(
        channels: Int = 4,
        input: Int = 3,
        norm: NormKind = .instance
    ) -> NetworkArchitecture {
        .residualGenerator(
            inputChannels: input,
            outputChannels: 3,
            channels: channels,
            residualBlocks: 1,
            norm: norm,
            hasDropout: false
        )
    }

    private static func judge(input: Int) -> NetworkArchitecture {
        .patchDiscriminator(inputChannels: input, channels: 4, layers: 2, norm: .instance)
    }

    private func expectRefusal(
        _ networks: [(prefix: String, architecture: NetworkArchitecture)],
        _ words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let checkpoint = try checkpoint(networks)
        let error = #expect(throws: RetrainingError.self, sourceLocation: sourceLocation) {
            try TranslatorModel(checkpoint, name: "m", imageSize: 32, seed: 1)
        }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains(words), "\(text)", sourceLocation: sourceLocation)
    }

    @Test func twoGeneratorsAreACycleGANAndOneIsAPix2Pix() throws {
        let pair = try TranslatorModel(
            checkpoint([("G_A.", Self.resnet()), ("G_B.", Self.resnet())]),
            name: "m",
            imageSize: 32,
            seed: 1
        )
        #expect(pair.kind == .cycleGAN)
        #expect(pair.fresh.map(\.name) == ["discriminator_a", "discriminator_b"])
        #expect(pair.discriminator.inputChannels == 3)
        let fresh = try #require(pair.parameters[pair.fresh[0]]?["model.2.weight"])
        let mean = fresh.reduce(0, +) / Float(fresh.count)
        let variance = fresh.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(fresh.count)
        #expect(abs(variance.squareRoot() - 0.02) < 0.002)
        #expect(pair.parameters[pair.fresh[0]] != pair.parameters[pair.fresh[1]])
        let single = try TranslatorModel(
            checkpoint([("", Self.resnet()), ("D.", Self.judge(input: 6))]),
            name: "m",
            imageSize: nil,
            seed: 1
        )
        #expect(single.kind == .pix2pix)
        #expect(single.imageSize == 256)
        #expect(single.fresh.isEmpty)
    }

    @Test func aWrittenModelIsReadBack() throws {
        let model = try TinyTranslator(missing: [TinyTranslator.network(.discriminator, .a)])
            .model()
        let bytes = try model.encoded()
        let again = try TranslatorModel(
            Checkpoint(decoding: bytes),
            name: "m",
            imageSize: nil,
            seed: 9
        )
        #expect(again.parameters == model.parameters)
        #expect(again.imageSize == 16)
        #expect(again.fresh.isEmpty)
        #expect(again.weightsHash == model.weightsHash)
    }

    // Without training: that moves a U-Net like any other network.
    @Test func weightsGoBackIntoTheFilesOfAUNet() throws {
        let folder = try TemporaryFolder()
        let store = ModelStore(path: folder.path)
        let uNet = NetworkArchitecture.uNetGenerator(
            inputChannels: 3,
            outputChannels: 3,
            channels: 1,
            levels: 5,
            norm: .instance
        )
        let bytes = try checkpoint([("", uNet)]).encoded(as: .pytorch)
        let file = ModelImport.File(label: nil, name: "net_G.pth", bytes: bytes)
        let parent = try store.add(ModelImport([file], .init(name: "parent")).addition).model
        let model = try TranslatorModel(
            store.load(parent),
            name: "parent",
            imageSize: nil,
            seed: 1
        )
        #expect(model.kind == .pix2pix)
        #expect(model.imageSize == 32)
        let files = try RetrainedModel.files(of: model, in: parent, of: store)
        #expect(files.map(\.label) == ["", "discriminator"])
        #expect(files[0].bytes == bytes)
        var parameters = model.parameters
        let network = model.kind.networks[0]
        let name = try #require(model.generator.parameters.last?.name)
        try parameters[network]?.replaceValues(of: name, with: [1, 2, 3])
        let moved = TranslatorModel(model, parameters: parameters)
        let changed = try RetrainedModel.files(of: moved, in: parent, of: store)
        #expect(try Checkpoint(decoding: changed[0].bytes)[name]?.values() == [1, 2, 3])
    }

    @Test func networksThatDoNotFitAreListed() throws {
        let resnet = Self.resnet()
        try expectRefusal([("G_A.", resnet), ("G_B.", Self.resnet(norm: .batch))], "at G_B.")
        try expectRefusal(
            [("G_A.", Self.resnet(norm: .batch))],
            "batch norms, which can be run but not trained"
        )
        try expectRefusal(
            [("G.", .starGANGenerator(channels: 4, classes: 1, residualBlocks: 1))],
            "StarGANs are for ganctl retrain"
        )
        try expectRefusal([("D_A.", Self.judge(input: 3))], "a pix2pix has one")
        try expectRefusal(
            [("G_A.", resnet), ("G_B.", Self.resnet(channels: 8))],
            "differ in their sizes"
        )
        try expectRefusal([("G_A.", resnet), ("G.", resnet)], "nothing says which way it leads")
        try expectRefusal([("G_A.", resnet), ("netG_A.", resnet)], "are both generator a")
        try expectRefusal(
            [("G_A.", resnet), ("D_A.", Self.judge(input: 3))],
            "reads 3 channels; that of a pix2pix reads 6"
        )
        try expectRefusal(
            [("G_A.", resnet), ("G_B.", resnet), ("D_A.", Self.judge(input: 6))],
            "that of a CycleGAN reads 3"
        )
        try expectRefusal([("G.", Self.resnet(input: 1))], "makes 3 channels of 1")
    }
}
