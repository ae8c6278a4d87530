import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import ModelGraph
import RetrainingCompiler
import SamplePortraits
import Testing

@Suite struct RetrainingTests {
    /// Trains from a state until `stop` says so; returns the ending and all checkpoints.
    private func run(
        _ training: TinyTraining,
        from state: TrainingState,
        record: inout RetrainingRecord,
        isDue: @escaping (Int) -> Bool = { _ in false },
        stop: @escaping (Int) -> Bool = { _ in false }
    ) async throws -> (Retraining.Ending, TrainingState, [RetrainingCheckpoint]) {
        let accelerator = try await openEmulator(threads: 2)
        var step = state.stepCount
        var saved: [RetrainingCheckpoint] = []
        let (ending, reached) = try await training.retraining(on: accelerator).run(
            from: state,
            record: &record,
            observer: Retraining.Observer(
                shouldStop: { stop(step) },
                onStep: { progress in
                    #expect(progress.step == step + 1)
                    step = progress.step
                },
                isCheckpointDue: { isDue(step) },
                save: { checkpoint throws(RetrainingError) in saved.append(checkpoint) },
                seconds: { 1.5 }
            )
        )
        await accelerator.close()
        return (ending, reached, saved)
    }

    /// Twelve steps, the generator trained in every other one of them where `criticSteps` is 2.
    private static let trainings = [
        TinyTraining(size: 16, channels: 4, discriminatorLayers: 2, epochs: 4),
        TinyTraining(
            size: 16,
            channels: 4,
            discriminatorLayers: 2,
            pictureCount: 5,
            batch: 2,
            criticSteps: 2,
            epochs: 4,
            adversarialLoss: .wassersteinGradientPenalty,
            classLoss: .softmax
        ),
    ]

    @Test(arguments: [0, 1], [[1], [2], [3], [7], [11], Array(1...11), [4, 5, 9]])
    func goesOnAfterInterruptionsAsIfNothingHadHappened(kind: Int, stops: [Int]) async throws {
        let training = Self.trainings[kind]
        var whole = RetrainingRecord(of: training.adversarialLoss)
        let (ending, wanted, _) = try await run(
            training,
            from: try training.start(),
            record: &whole
        )
        #expect(ending == .finished)
        #expect(wanted.stepCount == 12)

        var state = try training.start()
        var record = RetrainingRecord(of: training.adversarialLoss)
        for stop in stops {
            let (ending, reached, saved) = try await run(
                training,
                from: state,
                record: &record,
                stop: { $0 == stop }
            )
            #expect(ending == .interrupted)
            #expect(reached.stepCount == stop)
            let file = try #require(saved.last).encoded()
            let checkpoint = try RetrainingCheckpoint(
                decoding: file,
                name: "checkpoint",
                for: training.options(),
                pictures: training.pictures
            )
            #expect(checkpoint.state == reached)
            #expect(checkpoint.record == record)
            (state, record) = (checkpoint.state, checkpoint.record)
        }
        let (last, reached, _) = try await run(training, from: state, record: &record)
        #expect(last == .finished)
        #expect(reached.weightsHash == wanted.weightsHash)
        #expect(reached == wanted)
        #expect(record.history == whole.history)
        #expect(record.history.document == whole.history.document)
        #expect(record.work == whole.work)
        #expect(record.work.byteCount(stage: .forward) > 0)
        #expect(record.wallSeconds == 1.5 * Double(stops.count + 1))
    }

    @Test func savesAtTheStartAndWheneverACheckpointIsDue() async throws {
        let training = Self.trainings[0]
        var record = RetrainingRecord(of: .leastSquares)
        let (_, reached, saved) = try await run(
            training,
            from: try training.start(),
            record: &record,
            isDue: { $0 % 5 == 0 }
        )
        #expect(saved.map(\.state.stepCount) == [0, 5, 10])
        #expect(saved.first?.state == (try training.start()))
        #expect(saved.map(\.record.history.epochCount) == [0, 1, 3])
        var resumed = try #require(saved.last).record
        let (_, again, _) = try await run(
            training,
            from: try #require(saved.last).state,
            record: &resumed
        )
        #expect(again == reached)
    }

    @Test func aCheckpointThatCannotBeSavedEndsTheTraining() async throws {
        let training = Self.trainings[0]
        let accelerator = try await openEmulator()
        var record = RetrainingRecord(of: .leastSquares)
        let error = await #expect(throws: RetrainingError.self) {
            _ = try await training.retraining(on: accelerator).run(
                from: training.start(),
                record: &record,
                observer: Retraining.Observer(
                    shouldStop: { false },
                    onStep: { _ in },
                    isCheckpointDue: { true },
                    save: { checkpoint throws(RetrainingError) in
                        if checkpoint.state.stepCount == 2 { throw .fileSystem("the disk is full") }
                    },
                    seconds: { 0 }
                )
            )
        }
        #expect(error.map { "\($0)" } == "the disk is full")
        await accelerator.close()
    }

    @Test func lossesFallOnPortraits() async throws {
        var training = TinyTraining(size: 64, discriminatorLayers: 4, pictureCount: 6, epochs: 8)
        training.attributes = Attribute.allCases.map(\.name)
        var pictures = PictureManifest()
        var images: [[Float]] = []
        for index in 0..<6 {
            let scene = Scene(seed: 1, index: index)
            let pixels = render(scene, size: 64)
            pictures.add(
                name: "\(index)",
                pixels: pixels,
                labels: Attribute.allCases.map { scene.shows($0) }
            )
            images.append(
                (0..<3).flatMap { channel in
                    stride(from: channel, to: pixels.count, by: 3).map {
                        Float(pixels[$0]) / 127.5 - 1
                    }
                }
            )
        }
        let accelerator = try await openEmulator(threads: 2)
        let retraining = try Retraining(
            accelerator,
            options: training.options(),
            pictures: pictures,
            images: images
        )
        var record = RetrainingRecord(of: .leastSquares)
        let (ending, reached) = try await retraining.run(
            from: training.start(),
            record: &record,
            observer: Retraining.Observer(
                shouldStop: { false },
                onStep: { _ in },
                isCheckpointDue: { false },
                save: { _ in },
                seconds: { 0 }
            )
        )
        #expect(ending == .finished)
        #expect(reached.stepCount == 48)
        for (loss, factor) in [(StarGANLoss.reconstruction, 0.85), (.discriminatorReal, 0.7)] {
            let means = try #require(record.history.means[loss])
            let first = try #require(means.first ?? nil)
            let last = try #require(means.last ?? nil)
            #expect(last < factor * first, "\(loss.name): \(means)")
        }
        await accelerator.close()
    }
}
