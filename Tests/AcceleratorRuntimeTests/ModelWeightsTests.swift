import AcceleratorDriver
import AcceleratorRuntime
import DatapathNumerics
import ModelGraph
import RetrainingCompiler
import Testing

@Suite struct ModelWeightsTests {
    private static let training = TinyTraining.tiniest

    private func weights() throws -> ModelWeights {
        let state = try Self.training.start()
        return ModelWeights(
            generator: state.generator.parameters,
            discriminator: state.discriminator.parameters
        )
    }

    private func encoded(_ encoding: SafetensorsWriter.Encoding) throws -> [UInt8] {
        let weights = try weights()
        return try ModelFile.encoded(
            generator: weights.generator,
            discriminator: weights.discriminator,
            options: Self.training.options(),
            as: encoding
        )
    }

    private func decoded(_ bytes: [UInt8]) throws -> ModelFile {
        try ModelFile(
            decoding: bytes,
            name: "m.safetensors",
            assuming: Self.training.configuration()
        )
    }

    @Test func aFileOfBfloat16HoldsTheRoundedWeightsBitByBit() throws {
        let bytes = try encoded(.bfloat16)
        let header = try SafetensorsReader(bytes: bytes).header
        #expect(header.shapes.keys.allSatisfy { header[$0]?.elementType == .bfloat16 })
        #expect(bytes.count < (try encoded(.float32).count) * 2 / 3)
        let model = try decoded(bytes)
        let weights = try weights()
        for (read, written) in [
            (model.generator, weights.generator), (model.discriminator, weights.discriminator),
        ] {
            let read = try #require(read)
            for (one, other) in zip(read.entries, written.entries) {
                let wanted = other.values.map { BFloat16(rounding: $0).float.bitPattern }
                #expect(one.values.map(\.bitPattern) == wanted, "\(one.name)")
            }
        }
        #expect(header.metadata["weightsHash"] == model.weightsHash)
        #expect(model.weightsHash == (try weights.rounded(to: .bfloat16).hash))
        #expect(model.weightsHash != weights.hash)
    }

    @Test func whatIsRoundedStaysAsItIs() throws {
        let once = try weights().rounded(to: .bfloat16)
        #expect(try once.rounded(to: .bfloat16) == once)
        #expect(try once.rounded(to: .float32) == once)
        let again = try ModelFile.encoded(
            generator: once.generator,
            discriminator: once.discriminator,
            options: Self.training.options(),
            as: .bfloat16
        )
        #expect(again == (try encoded(.bfloat16)))
        #expect(try weights().rounded(to: .float32) == weights())
    }

    private static let roundings: [(value: Float, rounded: Float)] = [
        // Halfway between two bf16 numbers: to the even one, down and up.
        (0x1.01p0, 0x1p0), (0x1.03p0, 0x1.04p0), (-0x1.01p0, -0x1p0), (0x1.01001p0, 0x1.02p0),
        (0.1, 0x1.9ap-4),
        // Beyond what the datapath stores.
        (0x1p-60, 0), (0x1p100, 0x1.fep62),
    ]

    @Test(arguments: roundings)
    func roundsToNearestAndTiesToEven(value: Float, rounded: Float) throws {
        let set = try ParameterSet([.init(name: "a", shape: [1], values: [value])])
        let weights = try ModelWeights(generator: set, discriminator: set).rounded(to: .bfloat16)
        #expect(weights.generator["a"] == [rounded])
        #expect(weights.discriminator["a"] == [rounded])
    }

    @Test func aFileOfBfloat16IsRetrainedLikeOneOfFloat32() async throws {
        let rounded = try weights().rounded(to: .bfloat16)
        let plain = try ModelFile.encoded(
            generator: rounded.generator,
            discriminator: rounded.discriminator,
            options: Self.training.options()
        )
        var hashes: [String] = []
        for bytes in [try encoded(.bfloat16), plain] {
            let model = try decoded(bytes)
            let start = TrainingState(
                generator: model.generator,
                discriminator: try #require(model.discriminator)
            )
            let accelerator = try await openEmulator()
            var record = RetrainingRecord(of: .leastSquares)
            let (ending, reached) = try await Self.training.retraining(on: accelerator).run(
                from: start,
                record: &record,
                observer: Retraining.Observer(unsaved: { false })
            )
            await accelerator.close()
            #expect(ending == .finished)
            #expect(reached.weightsHash != start.weightsHash)
            hashes.append(reached.weightsHash)
        }
        #expect(hashes[0] == hashes[1])
    }
}
