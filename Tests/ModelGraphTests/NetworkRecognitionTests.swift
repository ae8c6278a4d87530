import ModelGraph
import TestSupport
import Testing

@Suite struct NetworkRecognitionTests {
    private func stateDict(
        _ architecture: NetworkArchitecture,
        prefix: String = ""
    ) throws(GraphError) -> [NamedShape] {
        try StateDictionary.shapes(of: architecture, prefix: prefix)
    }

    private func expectRefusal(
        of shapes: [NamedShape],
        imageSize: Int? = nil,
        _ messages: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: RecognitionError.self, sourceLocation: sourceLocation) {
            try NetworkRecognition.recognize(shapes, imageSize: imageSize)
        }
        let text = error?.description ?? "recognised"
        for message in messages {
            #expect(text.contains(message), "\(text)", sourceLocation: sourceLocation)
        }
    }

    private static let architectures: [NetworkArchitecture] = [
        .starGANGenerator(channels: 24, classes: 7, residualBlocks: 0),
        .starGANDiscriminator(imageSize: 128, channels: 16, classes: 5, layers: 6),
        .residualGenerator(
            inputChannels: 3,
            outputChannels: 3,
            channels: 64,
            residualBlocks: 9,
            norm: .instance,
            hasDropout: false
        ),
        .residualGenerator(
            inputChannels: 1,
            outputChannels: 3,
            channels: 32,
            residualBlocks: 6,
            norm: .batch,
            hasDropout: true
        ),
        .uNetGenerator(
            inputChannels: 3,
            outputChannels: 3,
            channels: 64,
            levels: 8,
            norm: .instance
        ),
        .uNetGenerator(inputChannels: 3, outputChannels: 1, channels: 8, levels: 7, norm: .batch),
        .patchDiscriminator(inputChannels: 3, channels: 64, layers: 3, norm: .instance),
        .patchDiscriminator(inputChannels: 6, channels: 16, layers: 5, norm: .batch),
    ]

    @Test(arguments: architectures)
    func sizesAreReadOffTheShapes(architecture: NetworkArchitecture) throws {
        let networks = try NetworkRecognition.recognize(stateDict(architecture)).networks
        let network = try #require(networks.first)
        #expect(networks.count == 1)
        #expect(network.architecture == architecture)
        #expect(network.prefix == "")
        #expect(network.graph.inputHeight == architecture.usualImageSize)
        #expect(network.isTrainable == !architecture.isFolded)
        #expect(network.ignorableNames.count == network.foldedNorms.count)
    }

    // Prefix, direction.
    @Test(
        arguments: [
            ("generator.", nil), ("netG.", nil), ("G.", nil), ("netG_A.", .a), ("netG_B.", .b),
            ("G_A.", .a), ("generator_b.", .b), ("module.", nil), ("module.netG_B.module.", .b),
            ("netG_A.module.", .a),
        ] as [(String, RecognizedNetwork.Direction?)]
    )
    func prefixesSayWhichNetworkItIs(
        prefix: String,
        direction: RecognizedNetwork.Direction?
    ) throws {
        let shapes = try stateDict(Self.architectures[2], prefix: prefix)
        let networks = try NetworkRecognition.recognize(shapes)
        let network = try #require(networks.first(.generator, direction))
        #expect(network.prefix == prefix)
        #expect(network.direction == direction)
        #expect(network.names["model.1.weight"] == prefix + "model.1.weight")
        #expect(Set(network.names.values) == Set(shapes.map(\.name)))
        #expect(networks.first(.discriminator) == nil)
    }

    @Test func aFileMayHoldManyNetworks() throws {
        var shapes: [NamedShape] = []
        for side in ["A", "B"] {
            shapes += try stateDict(Self.architectures[2], prefix: "netG_\(side).")
            shapes += try stateDict(Self.architectures[6], prefix: "netD_\(side).")
        }
        let networks = try NetworkRecognition.recognize(shapes, imageSize: 128)
        #expect(networks.networks.map(\.prefix) == ["netD_A.", "netD_B.", "netG_A.", "netG_B."])
        for direction in RecognizedNetwork.Direction.allCases {
            for role in NetworkArchitecture.Role.allCases {
                let network = try #require(networks.first(role, direction))
                #expect(network.graph.inputHeight == 128)
            }
        }
    }

    @Test func aStarGANsDiscriminatorSaysTheImageSize() throws {
        let shapes =
            try stateDict(Self.architectures[0], prefix: "G.")
            + stateDict(
                .starGANDiscriminator(imageSize: 64, channels: 8, classes: 7, layers: 5),
                prefix: "D."
            )
        let networks = try NetworkRecognition.recognize(shapes)
        #expect(networks.first(.generator)?.graph.inputHeight == 64)
        expectRefusal(
            of: shapes,
            imageSize: 128,
            ["a StarGAN discriminator at D.*: made for images of 64x64, not 128x128"]
        )
    }

    @Test func runningStatisticsOfInstanceNormsAreLeftAlone() throws {
        var shapes = try stateDict(Self.architectures[0], prefix: "G.")
        shapes.append(.init(name: "G.main.1.running_mean", shape: [24]))
        shapes.append(.init(name: "G.main.1.num_batches_tracked", shape: []))
        let networks = try NetworkRecognition.recognize(shapes)
        #expect(
            networks.ignorableNames == ["G.main.1.num_batches_tracked", "G.main.1.running_mean"]
        )
        #expect(networks.networks[0].isTrainable)
    }

    @Test func everythingThatDoesNotFitIsListed() throws {
        var shapes = try stateDict(Self.architectures[2], prefix: "netG_A.").filter {
            $0.name != "netG_A.model.4.bias"
        }
        shapes += try stateDict(Self.architectures[7], prefix: "netD_A.").filter {
            $0.name != "netD_A.model.3.running_var"
        }
        shapes.append(.init(name: "netG_A.model.99.weight", shape: [1]))
        shapes.append(.init(name: "epoch", shape: []))
        shapes += try stateDict(Self.architectures[6], prefix: "netG_B.")
        expectRefusal(
            of: shapes,
            [
                "layers of no known family: epoch",
                "a PatchGAN discriminator at netD_A.*: missing: netD_A.model.3.running_var;",
                "a residual generator at netG_A.*: missing: netG_A.model.4.bias; "
                    + "unexpected: netG_A.model.99.weight;",
                "a PatchGAN discriminator at netG_B.*: its layers are those of a discriminator",
            ]
        )
    }

    @Test func whatIsNoModelIsRefused() throws {
        expectRefusal(of: [], ["it has no tensors"])
        expectRefusal(
            of: [.init(name: "model.0.weight", shape: [64, 3, 3, 3])],
            ["layers of no known family: model.0.weight"]
        )
        expectRefusal(
            of: [.init(name: "model.0.weight", shape: [.max, .max, 4, 4])],
            ["input channels is"]
        )
        expectRefusal(
            of: [.init(name: "model.model.0.weight", shape: [8, 3, 4, 4])],
            ["missing: model.model.3.weight"]
        )
        let shapes = try stateDict(Self.architectures[4])
        expectRefusal(of: shapes, imageSize: 128, ["8 levels do not halve an image of 128 evenly"])
        expectRefusal(
            of: shapes.filter { !$0.name.contains("3.model.3.model.3.model.3.model") },
            [
                "a U-Net generator: missing: model.model.1.model.3.model.3.model.3.model.3",
                "unexpected",
            ]
        )
    }

    @Test func aBatchNormBecomesPartOfTheConvolution() throws {
        let architecture = NetworkArchitecture.uNetGenerator(
            inputChannels: 1,
            outputChannels: 1,
            channels: 1,
            levels: 5,
            norm: .batch
        )
        let shapes = try stateDict(architecture, prefix: "G.")
        let network = try NetworkRecognition.recognize(shapes).networks[0]
        let counts = Dictionary(
            uniqueKeysWithValues: shapes.map { ($0.name, $0.shape.reduce(1, *)) }
        )
        let parameters = try network.parameters { name throws(ParameterError) in
            let values = (0..<(counts[name] ?? 0)).map { Float($0 + 1) }
            return name.hasSuffix("running_var") ? values.map { $0 * $0 } : values
        }
        #expect(parameters.entries.map(\.name) == network.graph.parameters.map(\.name))
        // Scale c + 1, deviation c + 1: a factor of 1; shift and mean c + 1: a bias of 0.
        let down = try #require(parameters["model.model.1.model.1.weight"])
        #expect(zip(down, 1...).allSatisfy { abs($0 - Float($1)) < 1e-3 })
        let bias = try #require(parameters["model.model.1.model.1.bias"])
        #expect(bias.count == 2 && bias.allSatisfy { abs($0) < 1e-4 })
        #expect(network.names["model.model.1.model.1.bias"] == nil)
        #expect(network.names["model.model.3.bias"] == "G.model.model.3.bias")

        let doubled = try network.parameters { name throws(ParameterError) in
            let values = (0..<(counts[name] ?? 0)).map { Float($0 + 1) }
            if name.hasSuffix("6.weight") { return values.map { 2 * ($0 - 1) } }
            return name.hasSuffix("running_var") ? values.map { $0 * $0 } : values
        }
        // A scale of 2c over c + 1: the channels of a transposed convolution are the second axis.
        let up = try #require(doubled["model.model.1.model.3.model.5.weight"])
        let shape = try #require(counts["G.model.model.1.model.3.model.5.weight"])
        #expect(up.count == shape)
        for (place, value) in up.enumerated() {
            let channel = place / 16 % 2
            #expect(abs(value - Float(place + 1) * Float(channel)) < 1e-3 * value + 1e-6)
        }
    }
}
