import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import DatapathNumerics
import ModelGraph
import RetrainingCompiler
import Testing

@Suite struct TransformerTests {
    @Test func givesThePicturesOfATrainingsForwardPass() async throws {
        let training = TinyTraining(pictureCount: 1)
        let accelerator = try await openEmulator()
        let trainer = try training.trainer(on: accelerator, keepsResults: true)
        let schedule = try training.options().schedule(labels: training.labels)
        let step = try #require(
            (0..<20).map { schedule.step($0) }.first { !$0.mirrors[0] }
        )
        let start = try training.start()
        try await trainer.start(from: start)
        _ = try await trainer.run(step)
        let fake = try #require(trainer.plan.step.pictures).fake
        let bytes = try await accelerator.read(
            UInt8.self,
            from: fake.address,
            count: Int(fake.byteCount)
        )
        let wanted = bytes.withUnsafeBytes { TensorAccess.unpack(fake, from: $0) }

        let transformer = try await Transformer(
            accelerator,
            generator: training.configuration().generator(),
            parameters: start.generator.parameters
        )
        let got = try await transformer.transform(training.images[0], to: step.target[0])
        #expect(got == wanted)
        #expect(Set(got).count > 100)
        await accelerator.close()
    }

    @Test func thePictureDependsOnPictureAndLabelsAlone() async throws {
        let training = TinyTraining()
        let accelerator = try await openEmulator()
        let transformer = try await Transformer(
            accelerator,
            generator: training.configuration().generator(),
            parameters: training.start().generator.parameters
        )
        let image = training.images[0]
        let first = try await transformer.transform(image, to: [true, false])
        let other = try await transformer.transform(image, to: [false, true])
        let neighbour = try await transformer.transform(training.images[1], to: [true, false])
        let again = try await transformer.transform(image, to: [true, false])
        #expect(first == again)
        #expect(first != other)
        #expect(first != neighbour)
        #expect(first.count == image.count)
        #expect(first.allSatisfy { abs($0) <= 1 })
        await accelerator.close()
    }

    @Test func picturesAndLabelsThatDoNotFitAreRefused() async throws {
        let training = TinyTraining()
        let accelerator = try await openEmulator()
        let transformer = try await Transformer(
            accelerator,
            generator: training.configuration().generator(),
            parameters: training.start().generator.parameters
        )
        for (image, labels) in [
            ([], [true, false]), (training.images[0], []), (training.images[0], [true]),
            (Array(training.images[0].dropLast()), [true, false]),
        ] {
            await #expect(throws: RetrainingError.self) {
                _ = try await transformer.transform(image, to: labels)
            }
        }
        await accelerator.close()
    }
}
