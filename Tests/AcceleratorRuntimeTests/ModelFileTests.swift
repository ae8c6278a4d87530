import AcceleratorRuntime
import ModelGraph
import RetrainingCompiler
import TestSupport
import Testing

@Suite struct ModelFileTests {
    private static let training = TinyTraining.tiniest
    private static let format = "gan-accelerator model 1"

    private func decode(_ bytes: [UInt8]) throws -> ModelFile {
        try ModelFile(
            decoding: bytes,
            name: "m.safetensors",
            assuming: StarGANConfiguration(
                imageSize: 64,
                generatorChannels: 1,
                residualBlocks: 0,
                classes: 1,
                discriminatorChannels: 4,
                discriminatorLayers: 4
            )
        )
    }

    private func encoded() throws -> [UInt8] {
        let state = try Self.training.start()
        return try ModelFile.encoded(
            generator: state.generator.parameters,
            discriminator: state.discriminator.parameters,
            options: Self.training.options()
        )
    }

    /// A file of tensors as another program writes it.
    private func file(
        _ tensors: [SafetensorsWriter.Tensor],
        metadata: [String: String] = [:]
    ) throws -> [UInt8] {
        try SafetensorsWriter(tensors: tensors, metadata: metadata).bytes()
    }

    private func tensors(
        generatorPrefix: String = "generator.",
        hasDiscriminator: Bool = true
    ) throws -> [SafetensorsWriter.Tensor] {
        let state = try Self.training.start()
        let discriminator = state.discriminator.parameters.tensors(prefix: "discriminator.")
        return state.generator.parameters.tensors(prefix: generatorPrefix)
            + (hasDiscriminator ? discriminator : [])
    }

    @Test func readsBackWhatItWrote() throws {
        let state = try Self.training.start()
        let model = try decode(encoded())
        #expect(model.configuration == (try Self.training.configuration()))
        #expect(model.attributes == ["glasses", "smile"])
        #expect(model.generator == state.generator.parameters)
        #expect(model.discriminator == state.discriminator.parameters)
        #expect(model.weightsHash == state.weightsHash)
        #expect(try encoded() == encoded())
    }

    @Test func namesAreThoseOfAPyTorchCheckpoint() throws {
        let header = try SafetensorsReader(bytes: encoded()).header
        let names = Set(header.shapes.keys)
        for name in [
            "generator.main.0.weight", "generator.main.1.weight", "generator.main.1.bias",
            "generator.main.3.weight", "discriminator.main.0.weight", "discriminator.main.0.bias",
            "discriminator.conv1.weight", "discriminator.conv2.weight",
        ] {
            #expect(names.contains(name))
        }
        #expect(header.metadata["imageSize"] == "16")
        #expect(header.metadata["adversarialLoss"] == "lsgan")
    }

    @Test(arguments: ["generator.", ""])
    func aGeneratorAloneIsEnough(prefix: String) throws {
        let model = try decode(
            file(tensors(generatorPrefix: prefix, hasDiscriminator: false))
        )
        #expect(model.discriminator == nil)
        #expect(model.attributes == nil)
        #expect(model.attributeNames == ["attribute1", "attribute2"])
        #expect(model.configuration.imageSize == 64)
        #expect(model.configuration.generatorChannels == 2)
        #expect(model.generator == (try Self.training.start().generator.parameters))
    }

    @Test func runningStatisticsAreLeftAside() throws {
        let statistics = ["running_mean", "running_var"].map {
            SafetensorsWriter.Tensor(name: "generator.main.1.\($0)", shape: [2], values: [1, 2])
        }
        let model = try decode(file(tensors() + statistics))
        #expect(model.weightsHash == (try Self.training.start().weightsHash))
    }

    @Test func otherProgramsMetadataAreNotTakenForOurs() throws {
        let model = try decode(
            file(tensors(), metadata: ["format": "pt", "attributes": "7", "weightsHash": "0"])
        )
        #expect(model.attributes == nil)
    }

    @Test func metadataThatDoNotFitTheTensorsAreRefused() throws {
        for (key, value, words) in [
            ("attributes", #"["glasses"]"#, "it names 1 attributes but has 2 classes"),
            ("attributes", #"["a","b","c"]"#, "it names 3 attributes but has 2 classes"),
            ("attributes", #"["a",2]"#, "expected a string"), ("attributes", "a,b", "attributes"),
            ("weightsHash", String(repeating: "0", count: 64), "000000000000"),
        ] {
            let bytes = try file(tensors(), metadata: ["format": Self.format, key: value])
            try expectRefusal(of: bytes, words)
        }
    }

    @Test func whatIsNoModelIsRefused() throws {
        let bytes = try encoded()
        let cycleGAN = ParameterSet(
            initializing: try CycleGAN.generator(channels: 2, residualBlocks: 1, imageSize: 16),
            seed: 1,
            stream: "generator"
        )
        try expectRefusal(of: [], "m.safetensors")
        try expectRefusal(of: Array("this is not a model".utf8), "m.safetensors")
        try expectRefusal(of: Array(bytes.dropLast()), "m.safetensors")
        try expectRefusal(of: Array(bytes.prefix(100)), "m.safetensors")
        try expectRefusal(of: file(cycleGAN.tensors(prefix: "")), "it holds resnet generator")
        try expectRefusal(of: file(Array(tensors().dropLast())), "missing")
        let surplus = SafetensorsWriter.Tensor(name: "generator.x", shape: [1], values: [0])
        try expectRefusal(of: file(tensors() + [surplus]), "generator.x")
        let notANumber = try tensors().map { tensor in
            SafetensorsWriter.Tensor(
                name: tensor.name,
                shape: tensor.shape,
                values: tensor.name == "generator.main.0.weight"
                    ? tensor.values.map { _ in .nan } : tensor.values
            )
        }
        try expectRefusal(of: file(notANumber), "element 0 is nan")
    }

    @Test func aCheckpointIsSentBackToBeFinished() throws {
        let checkpoint = RetrainingCheckpoint(
            options: try Self.training.options(),
            pictures: Self.training.pictures,
            state: try Self.training.start(),
            record: RetrainingRecord(of: .leastSquares)
        )
        try expectRefusal(of: checkpoint.encoded(), "finish it with --resume")
    }

    @Test func aDamagedModelIsRefusedOrTheSame() throws {
        let bytes = try encoded()
        let model = try decode(bytes)
        let header = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
        var random = SeededGenerator(seed: 3)
        for round in 0..<200 {
            var damaged = bytes
            let place = random.below(round % 4 == 0 ? bytes.count : header)
            damaged[place] ^= UInt8(1 << random.below(8))
            do {
                let read = try decode(damaged)
                // A bit of an attribute's name, or of a word that turns the hash off, is free.
                if read.attributes == model.attributes {
                    #expect(read.generator == model.generator, "bit of byte \(place)")
                }
            } catch is RetrainingError {
                continue
            }
        }
    }

    private func expectRefusal(of bytes: [UInt8], _ words: String) throws {
        let error = #expect(throws: RetrainingError.self) { try decode(bytes) }
        guard case .badFile(let message)? = error else {
            Issue.record("expected a bad file, got \(String(describing: error))")
            return
        }
        #expect(message.contains(words), "\(message)")
        #expect(message.hasPrefix("failed to read model"))
    }
}
