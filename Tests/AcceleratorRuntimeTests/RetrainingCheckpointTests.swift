import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import ModelGraph
import RetrainingCompiler
import TestSupport
import Testing

@Suite struct RetrainingCheckpointTests {
    private static let training = TinyTraining.tiniest

    /// A checkpoint after one step of two, with moments and losses.
    private func checkpoint() async throws -> RetrainingCheckpoint {
        let training = Self.training
        let accelerator = try await openEmulator()
        var record = RetrainingRecord(of: training.adversarialLoss)
        var saved: RetrainingCheckpoint?
        _ = try await training.retraining(on: accelerator).run(
            from: training.start(),
            record: &record,
            observer: Retraining.Observer(
                shouldStop: { true },
                onStep: { _ in },
                isCheckpointDue: { false },
                save: { checkpoint throws(RetrainingError) in saved = checkpoint },
                seconds: { 2.25 }
            )
        )
        await accelerator.close()
        return try #require(saved)
    }

    private func decode(
        _ bytes: [UInt8],
        for training: TinyTraining = training,
        pictures: PictureManifest? = nil
    ) throws -> RetrainingCheckpoint {
        try RetrainingCheckpoint(
            decoding: bytes,
            name: "checkpoint",
            for: training.options(),
            pictures: pictures ?? training.pictures
        )
    }

    @Test func readsBackWhatItWrote() async throws {
        let checkpoint = try await checkpoint()
        let bytes = try checkpoint.encoded()
        let again = try decode(bytes)
        #expect(again.state == checkpoint.state)
        #expect(again.record == checkpoint.record)
        #expect(again.options == checkpoint.options)
        #expect(again.pictures == checkpoint.pictures)
        #expect(try again.encoded() == bytes)
        #expect(again.state.stepCount == 1)
        #expect(again.state.generator.firstMoments != nil)
        #expect(again.record.wallSeconds == 2.25)
    }

    @Test func readsBackATrainingThatHasNotBegun() throws {
        let checkpoint = RetrainingCheckpoint(
            options: try Self.training.options(),
            pictures: Self.training.pictures,
            state: try Self.training.start(),
            record: RetrainingRecord(of: .leastSquares)
        )
        let again = try decode(checkpoint.encoded())
        #expect(again.state == checkpoint.state)
        #expect(again.state.generator.firstMoments == nil)
        #expect(again.record == checkpoint.record)
    }

    @Test func namesTheOptionThatDiffers() async throws {
        let bytes = try await checkpoint().encoded()
        let changes: [(String, (inout TinyTraining) -> Void)] = [
            ("--seed was 5, now 6", { $0.seed = 6 }),
            ("--epochs was 1, now 2", { $0.epochs = 2 }),
            ("--batch was 1, now 2", { $0.batch = 2 }),
            ("--critic-steps was 1, now 5", { $0.criticSteps = 5 }),
            ("--learning-rate was 0.001, now 0.01", { $0.learningRate = 0.01 }),
            ("--loss was lsgan, now wgan-gp", { $0.adversarialLoss = .wassersteinGradientPenalty }),
            ("--class-loss was sigmoid, now softmax", { $0.classLoss = .softmax }),
            ("--size was 16, now 32", { $0.size = 32 }),
            ("--discriminator-layers was 2, now 3", { $0.discriminatorLayers = 3 }),
            ("--generator-channels was 2, now 3", { $0.channels = 3 }),
            ("--residual-blocks was 0, now 1", { $0.residualBlocks = 1 }),
            (
                "--attributes was glasses,smile, now glasses,hat",
                { $0.attributes = ["glasses", "hat"] }
            ),
        ]
        for (words, change) in changes {
            var training = Self.training
            change(&training)
            if training.size == 32 { training.discriminatorLayers = 3 }
            try expectRefusal("\(words)") { try decode(bytes, for: training) }
        }
    }

    @Test func namesThePictureThatDiffers() async throws {
        let bytes = try await checkpoint().encoded()
        func manifest(_ entries: [(String, UInt8, [Bool])]) -> PictureManifest {
            var manifest = PictureManifest()
            for entry in entries {
                manifest.add(name: entry.0, pixels: [entry.1], labels: entry.2)
            }
            return manifest
        }
        let one = ("0.png", UInt8(0), [true, false])
        let other = ("1.png", UInt8(1), [false, true])
        #expect(manifest([one, other]) == Self.training.pictures)
        for (words, entries) in [
            ("1.png is missing", [one]),
            ("2.png is new", [one, other, ("2.png", 2, [true, true])]),
            ("1.png is another picture", [one, ("1.png", 9, [false, true])]),
            ("0.png has other labels", [("0.png", 0, [true, true]), other]),
            ("their order changed", [other, one]),
        ] {
            try expectRefusal(words) { try decode(bytes, pictures: manifest(entries)) }
        }
    }

    private func expectRefusal(
        _ words: String,
        _ body: () throws -> RetrainingCheckpoint
    ) throws {
        let error = #expect(throws: RetrainingError.self) { _ = try body() }
        guard case .configuration(let message)? = error else {
            Issue.record("expected a difference, got \(String(describing: error))")
            return
        }
        #expect(message.contains(words), "\(message)")
        #expect(message.contains("checkpoint") && message.contains("--force"))
    }

    @Test func aCutCheckpointIsRefused() async throws {
        let bytes = try await checkpoint().encoded()
        let header = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
        // Around every border of the format, and a good many places between.
        let borders = [0, 8, header, bytes.count].flatMap { $0 - 9...$0 + 9 }
        let places = borders + Array(stride(from: 8, to: bytes.count, by: 131))
        for count in Set(places).sorted() where (0..<bytes.count).contains(count) {
            #expect(throws: RetrainingError.self, "\(count) bytes") {
                try decode(Array(bytes[..<count]))
            }
        }
        #expect(throws: RetrainingError.self) { try decode(bytes + [0]) }
    }

    @Test func aDamagedCheckpointIsRefusedOrTheSame() async throws {
        let checkpoint = try await checkpoint()
        let bytes = try checkpoint.encoded()
        let header = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
        var random = SeededGenerator(seed: 11)
        var refusalCount = 0
        for round in 0..<300 {
            var damaged = bytes
            // The header is where a parser can go wrong: most of the flips hit it.
            let place = random.below(round % 4 == 0 ? bytes.count : header)
            damaged[place] ^= UInt8(1 << random.below(8))
            do {
                let read = try decode(damaged)
                #expect(read.state == checkpoint.state, "bit of byte \(place)")
                #expect(read.record == checkpoint.record, "bit of byte \(place)")
            } catch is RetrainingError {
                refusalCount += 1
            }
        }
        #expect(refusalCount > 250)
    }

    @Test func numbersThatCannotBeAreRefused() async throws {
        let good = try await checkpoint()
        func refusal(
            _ change: (inout TrainingState, inout RetrainingRecord) -> Void
        ) throws -> String {
            var (state, record) = (good.state, good.record)
            change(&state, &record)
            let bytes = try RetrainingCheckpoint(
                options: try Self.training.options(),
                pictures: Self.training.pictures,
                state: state,
                record: record
            ).encoded()
            let error = #expect(throws: RetrainingError.self) { try decode(bytes) }
            guard case .badFile(let message)? = error else { return "\(error as Any)" }
            return message
        }
        var counters = DeviceCounters()
        counters.count(byteCount: .max, kind: .weight, stage: .forward, direction: .read)
        let work = DeviceWork(from: DeviceCounters(), to: counters)
        let changes: [(String, (inout TrainingState, inout RetrainingRecord) -> Void)] = [
            ("steps", { state, _ in state.stepCount = .max }),
            ("steps", { state, _ in state.stepCount = -1 }),
            ("generatorSteps", { state, _ in state.generatorStepCount = 0 }),
            ("moments", { state, _ in state.generator.secondMoments = nil }),
            ("resumeCount", { _, record in record.resumeCount = .max }),
            ("losses", { _, record in record.history.endEpoch() }),
            ("traffic", { _, record in record.work = work }),
        ]
        for (word, change) in changes {
            let message = try refusal(change)
            #expect(message.contains(word), "\(message)")
        }
    }
}
