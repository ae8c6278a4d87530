import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import DatapathNumerics
import ModelGraph
import RetrainingCompiler
import Testing

@Suite struct PretrainingTests {
    private static let training = TinyTraining(epochs: 2)
    private static let truthWeight: Float = 20

    private static func options(_ training: TinyTraining = training) throws -> RetrainingOptions {
        var options = try training.options()
        options.pretraining = PretrainingOptions(
            portraitsPerEpoch: 4,
            truthLoss: .squared,
            lambdaTruth: truthWeight,
            changeShares: [1]
        )
        return options
    }

    /// Steps over the pictures of a training; the true pictures are those of `shift` pictures on.
    private static func supply(_ training: TinyTraining = training, shift: Int = 1) -> StepSupply {
        let (images, labels) = (training.images, training.labels)
        return StepSupply { number in
            let picture = number % images.count
            var step = TrainingSchedule.Step()
            step.images = [0]
            step.mirrors = [false]
            step.original = [labels[picture]]
            step.target = [labels[(picture + 1) % labels.count]]
            step.mixing = [0.5]
            let truth = images[(picture + shift) % images.count]
            return StepSupply.Step(
                schedule: step,
                pictures: StepPictures(images: [images[picture]], truths: [truth])
            )
        }
    }

    private static func retraining(
        _ options: RetrainingOptions,
        on accelerator: Accelerator,
        supply: StepSupply = supply()
    ) throws -> Retraining {
        try Retraining(
            accelerator,
            options: options,
            pictures: PictureManifest(),
            images: [],
            supply: supply
        )
    }

    private static func observer(
        stopsAfter limit: Int = .max,
        onStep: @escaping (Retraining.Progress) -> Void = { _ in }
    ) -> Retraining.Observer {
        var steps = 0
        return Retraining.Observer(
            shouldStop: { steps >= limit },
            onStep: {
                steps += 1
                onStep($0)
            },
            isCheckpointDue: { false },
            save: { (_: RetrainingCheckpoint) throws(RetrainingError) in },
            seconds: { 0 }
        )
    }

    @Test func takesAsManyStepsAsItsEpochsHavePortraits() async throws {
        let accelerator = try await openEmulator()
        let options = try Self.options()
        var record = RetrainingRecord(for: options)
        var epochs: [Int] = []
        let (ending, state) = try await Self.retraining(options, on: accelerator).run(
            from: Self.training.start(),
            record: &record,
            observer: Self.observer { epochs.append($0.epoch) }
        )
        #expect(ending == .finished)
        #expect(state.stepCount == 8)
        #expect(epochs == [1, 1, 1, 1, 2, 2, 2, 2])
        let truths = try #require(record.history.means[.truth])
        #expect(truths.count == 2)
        #expect(truths.allSatisfy { ($0 ?? 0) > 0 })
        await accelerator.close()
    }

    @Test(arguments: TruthLoss.allCases)
    func measuresTheDistanceOfFakesFromTheTruth(_ loss: TruthLoss) async throws {
        let accelerator = try await openEmulator()
        var options = try Self.options()
        options.pretraining?.truthLoss = loss
        var compiled = options.training(pictureCount: 1)
        compiled.keepsResults = true
        let trainer = StarGANTrainer(
            accelerator,
            plan: try Self.plan(compiled, on: accelerator),
            rule: .adam(AdamRule()),
            criticSteps: 1,
            images: []
        )
        try await trainer.start(from: Self.training.start())
        let step = Self.supply().step(0)
        let losses = try await trainer.run(step.schedule, pictures: step.pictures)
        let pictures = try #require(trainer.plan.step.pictures)
        let bytes = try await accelerator.read(
            UInt8.self,
            from: pictures.fake.address,
            count: Int(pictures.fake.byteCount)
        )
        let fake = bytes.withUnsafeBytes { TensorAccess.unpack(pictures.fake, from: $0) }
        let truth = Self.training.images[1]
        let distance = zip(fake, truth).reduce(0.0) { sum, pair in
            let difference = abs(Double(pair.0) - Double(pair.1))
            return sum + (loss == .squared ? difference * difference : difference)
        }
        let expected = distance / Double(truth.count)
        let found = try #require(losses[.truth])
        // The truth is rounded to bf16 on its way: half a unit of 2^-8, of differences up to 2.
        #expect(abs(Double(found) - expected) < (loss == .squared ? 4.0 : 1.0) / 512)
        await accelerator.close()
    }

    @Test func learnsTheTruth() async throws {
        let accelerator = try await openEmulator()
        var options = try Self.options()
        options.epochs = 12
        var record = RetrainingRecord(for: options)
        // The truth is the picture itself: the shortest way to a small distance.
        _ = try await Self.retraining(options, on: accelerator, supply: Self.supply(shift: 0)).run(
            from: Self.training.start(),
            record: &record,
            observer: Self.observer()
        )
        let truths = try #require(record.history.means[.truth]).compactMap { $0 }
        #expect((truths.last ?? 1) < 0.9 * (truths.first ?? 0))
        await accelerator.close()
    }

    @Test func goesOnFromACheckpointToTheSameBits() async throws {
        let options = try Self.options()
        let accelerator = try await openEmulator()
        let retraining = try Self.retraining(options, on: accelerator)
        var record = RetrainingRecord(for: options)
        let (_, whole) = try await retraining.run(
            from: Self.training.start(),
            record: &record,
            observer: Self.observer()
        )
        var first = RetrainingRecord(for: options)
        let (ending, middle) = try await retraining.run(
            from: Self.training.start(),
            record: &first,
            observer: Self.observer(stopsAfter: 3)
        )
        #expect(ending == .interrupted)
        let bytes = try retraining.checkpoint(of: middle, first).encoded()
        let checkpoint = try RetrainingCheckpoint(
            decoding: bytes,
            name: "checkpoint",
            for: options,
            pictures: PictureManifest()
        )
        var second = checkpoint.record
        let (_, resumed) = try await retraining.run(
            from: checkpoint.state,
            record: &second,
            observer: Self.observer()
        )
        #expect(resumed == whole)
        #expect(second.history == record.history)
        await accelerator.close()
    }

    @Test func refusesTheCheckpointOfAnotherPretraining() async throws {
        let options = try Self.options()
        let accelerator = try await openEmulator()
        let retraining = try Self.retraining(options, on: accelerator)
        let record = RetrainingRecord(for: options)
        let bytes = try retraining.checkpoint(of: Self.training.start(), record).encoded()
        var other = options
        other.pretraining?.portraitsPerEpoch = 5
        #expect(throws: RetrainingError.self) {
            _ = try RetrainingCheckpoint(
                decoding: bytes,
                name: "checkpoint",
                for: other,
                pictures: PictureManifest()
            )
        }
        await accelerator.close()
    }

    @Test func letsTheStepSizeFallToZeroOverTheSecondHalf() throws {
        let options = try Self.options()
        let rates = (0..<8).map { options.learningRate(step: $0, of: 8) / options.learningRate }
        #expect(rates == [1, 1, 1, 1, 1, 0.75, 0.5, 0.25])
        #expect(options.learningRate(step: 0, of: 1) == options.learningRate)
    }

    private static func plan(
        _ training: StarGANTraining,
        on accelerator: Accelerator
    ) throws -> StarGANPlan {
        try StarGANPlan(
            training,
            graphs: (
                try training.configuration.generator(), try training.configuration.discriminator()
            ),
            capabilities: accelerator.capabilities
        )
    }
}
