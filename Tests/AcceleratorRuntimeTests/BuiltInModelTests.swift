import AcceleratorRuntime
import DurableStorage
import ModelGraph
import SamplePortraits
import TestSupport
import Testing

@Suite struct BuiltInModelTests {
    @Test(arguments: BuiltInModel.allCases)
    func comesWithTheProgram(model: BuiltInModel) throws {
        let file = try model.load()
        #expect(file.attributes == Attribute.allCases.map(\.name))
        #expect(file.configuration.imageSize == 256)
        #expect(file.configuration.generatorChannels == (model == .stargan8 ? 8 : 16))
        #expect(file.discriminator != nil)
        let folder = try #require(BuiltInModel.folders.first)
        let bytes = try FileBytes.read(
            "\(folder)/\(model.fileName)",
            maximumByteCount: BuiltInModel.maximumByteCount
        )
        let header = try SafetensorsReader(bytes: bytes).header
        #expect(header.metadata["weightsHash"] == file.weightsHash)
        #expect(header.shapes.keys.allSatisfy { header[$0]?.elementType == .bfloat16 })
    }

    @Test func namesAreNames() {
        for model in BuiltInModel.allCases { #expect(BuiltInModel(name: model.name) == model) }
        #expect(BuiltInModel(name: "stargan-32") == nil)
        #expect(BuiltInModel(name: "") == nil)
    }

    @Test func aMissingFileSaysWhereItWasLookedFor() throws {
        let folder = try TemporaryFolder()
        let places = [folder.path + "/one", folder.path]
        let error = #expect(throws: RetrainingError.self) {
            try BuiltInModel.stargan8.load(in: places)
        }
        guard case .missingFile(let text)? = error else {
            Issue.record("expected a missing file, got \(String(describing: error))")
            return
        }
        for words in places + ["stargan-8.safetensors", "--model"] {
            #expect(text.contains(words), "\(text)")
        }
    }

    @Test func theFirstFolderThatHasItCounts() throws {
        let folder = try TemporaryFolder()
        let training = TinyTraining.tiniest
        let start = try training.start()
        let bytes = try ModelFile.encoded(
            generator: start.generator.parameters,
            discriminator: start.discriminator.parameters,
            options: training.options(),
            as: .bfloat16
        )
        try folder.add("stargan-8.safetensors", bytes)
        let model = try BuiltInModel.stargan8.load(in: ["/nowhere", folder.path])
        #expect(model.attributes == training.attributes)
    }

    @Test func aDamagedFileIsRefused() throws {
        let training = TinyTraining.tiniest
        let start = try training.start()
        let generator = start.generator.parameters
        let alone = try SafetensorsWriter(tensors: generator.tensors(prefix: "generator.")).bytes()
        let whole = try ModelFile.encoded(
            generator: generator,
            discriminator: start.discriminator.parameters,
            options: training.options()
        )
        for bytes in [alone, Array(whole.dropLast()), [], Array("text".utf8)] {
            let folder = try TemporaryFolder()
            try folder.add("stargan-8.safetensors", bytes)
            let error = #expect(throws: RetrainingError.self) {
                try BuiltInModel.stargan8.load(in: [folder.path])
            }
            guard case .badFile(let text)? = error else {
                Issue.record("expected a bad file, got \(String(describing: error))")
                continue
            }
            #expect(text.contains("stargan-8.safetensors"))
        }
    }
}
