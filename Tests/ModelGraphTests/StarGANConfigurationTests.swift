import ModelGraph
import Testing

@Suite struct StarGANConfigurationTests {
    private func configuration(
        imageSize: Int = 32,
        generatorChannels: Int = 8,
        residualBlocks: Int = 2,
        classes: Int = 3,
        discriminatorChannels: Int = 8,
        discriminatorLayers: Int = 3
    ) throws(GraphError) -> StarGANConfiguration {
        try StarGANConfiguration(
            imageSize: imageSize,
            generatorChannels: generatorChannels,
            residualBlocks: residualBlocks,
            classes: classes,
            discriminatorChannels: discriminatorChannels,
            discriminatorLayers: discriminatorLayers
        )
    }

    private func shapes(
        of configuration: StarGANConfiguration,
        generatorPrefix: String = "generator.",
        discriminatorPrefix: String? = "discriminator."
    ) throws -> [String: [Int]] {
        var shapes: [String: [Int]] = [:]
        for parameter in try configuration.generator().parameters {
            shapes[generatorPrefix + parameter.name] = parameter.shape
        }
        if let discriminatorPrefix {
            for parameter in try configuration.discriminator().parameters {
                shapes[discriminatorPrefix + parameter.name] = parameter.shape
            }
        }
        return shapes
    }

    private func expectRefusal(
        of shapes: [String: [Int]],
        _ message: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let defaults = try configuration()
        let error = #expect(throws: ParameterError.self, sourceLocation: sourceLocation) {
            try StarGANConfiguration.recognize(shapes, assuming: defaults)
        }
        #expect(
            error?.description.contains(message) == true,
            "\(error?.description ?? "recognised")",
            sourceLocation: sourceLocation
        )
    }

    @Test(arguments: [
        (12, 3, 8, "image size is 12; use 16...1024"), (18, 1, 8, "use a multiple of 4"),
        (36, 3, 8, "use an image size divisible by 8, or fewer layers"),
        (64, 3, 8, "leave a class head of 8x8; use more layers"),
        (32, 0, 8, "discriminator layers is 0"), (32, 9, 8, "discriminator layers is 9"),
        (32, 3, 0, "discriminator channels is 0"), (1024, 8, 64, "widest layer is 8192"),
    ])
    func refusesSizes(imageSize: Int, layers: Int, channels: Int, message: String) {
        let error = #expect(throws: GraphError.self) {
            try configuration(
                imageSize: imageSize,
                discriminatorChannels: channels,
                discriminatorLayers: layers
            )
        }
        #expect(error?.kind == .valueOutOfRange)
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test func recognisesBothNetworks() throws {
        let other = try configuration(
            imageSize: 128,
            generatorChannels: 16,
            residualBlocks: 6,
            classes: 5,
            discriminatorChannels: 24,
            discriminatorLayers: 6
        )
        let recognition = try StarGANConfiguration.recognize(
            shapes(of: other),
            assuming: configuration()
        )
        #expect(recognition.configuration == other)
        #expect(recognition.generatorPrefix == "generator.")
        #expect(recognition.discriminatorPrefix == "discriminator.")
        #expect(recognition.ignorableNames == [])
    }

    @Test(arguments: ["", "generator."])
    func recognisesAGeneratorAlone(prefix: String) throws {
        let other = try configuration(generatorChannels: 64, residualBlocks: 0, classes: 5)
        let recognition = try StarGANConfiguration.recognize(
            shapes(of: other, generatorPrefix: prefix, discriminatorPrefix: nil),
            assuming: configuration()
        )
        #expect(recognition.configuration == other)
        #expect(recognition.generatorPrefix == prefix)
        #expect(recognition.discriminatorPrefix == nil)
    }

    @Test func toleratesRunningStatistics() throws {
        let defaults = try configuration()
        var shapes = try shapes(of: defaults)
        shapes["generator.main.10.main.4.running_mean"] = [32]
        shapes["generator.main.1.running_var"] = [8]
        shapes["generator.main.1.num_batches_tracked"] = []
        let recognition = try StarGANConfiguration.recognize(shapes, assuming: defaults)
        #expect(
            recognition.ignorableNames == [
                "generator.main.1.num_batches_tracked", "generator.main.1.running_var",
                "generator.main.10.main.4.running_mean",
            ]
        )
        shapes["generator.main.0.running_var"] = [8]
        try expectRefusal(of: shapes, "unexpected: generator.main.0.running_var")
    }

    @Test func listsWhatIsMissingUnexpectedOrMisshapen() throws {
        var shapes = try shapes(of: configuration())
        shapes["generator.main.3.weight"] = [16, 8, 3, 3]
        shapes["generator.main.17.bias"] = [3]
        shapes["discriminator.conv1.weight"] = nil
        shapes["epoch"] = []
        try expectRefusal(
            of: shapes,
            "missing: discriminator.conv1.weight; unexpected: epoch, generator.main.17.bias; "
                + "wrong shape: generator.main.3.weight is [16, 8, 3, 3], expected [16, 8, 4, 4]"
        )
    }

    @Test func saysWhyAFileIsNoStarGAN() throws {
        try expectRefusal(of: [:], "missing: main.0.weight")
        try expectRefusal(
            of: ["generator.main.0.weight": [8, 3, 7, 7]],
            "is [8, 3, 7, 7], expected [channels, 3 + classes, 7, 7]"
        )
        try expectRefusal(of: ["main.0.weight": [8]], "main.0.weight is [8]")
        try expectRefusal(of: ["main.0.weight": [513, 6, 7, 7]], "generator channels is 513")
        try expectRefusal(of: ["main.0.weight": [.max, .max, 7, 7]], "generator channels is")
        var shapes = try shapes(of: configuration())
        shapes["discriminator.conv2.weight"] = [3, 32, .max, .max]
        try expectRefusal(of: shapes, "with k in 1...7")
        shapes["discriminator.conv2.weight"] = nil
        try expectRefusal(of: shapes, "missing: discriminator.conv2.weight")
    }
}
