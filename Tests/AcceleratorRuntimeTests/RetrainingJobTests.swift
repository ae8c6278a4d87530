import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import ModelGraph
import PerformanceModel
import RetrainingCompiler
import Testing

/// What a training is said to take is what a device counts for it.
@Suite struct RetrainingJobTests {
    /// Twelve steps, of the generator every `criticSteps`-th.
    private static func training(
        _ names: [String]?,
        _ cycle: LayerSelection.Cycle,
        criticSteps: Int
    ) -> TinyTraining {
        TinyTraining(
            size: 16,
            channels: 4,
            discriminatorLayers: 2,
            criticSteps: criticSteps,
            epochs: 4,
            selected: names,
            cycle: cycle
        )
    }

    private static let selections: [[String]?] = [
        nil, ["generator.main.10", "generator.main.16", "discriminator.conv1"],
        ["generator.main.9.main.3"], ["discriminator.main.2"],
    ]

    /// Runs a session; it ends after a step for which `stop` says so.
    private func run(
        _ training: TinyTraining,
        on accelerator: Accelerator,
        from state: TrainingState,
        record: inout RetrainingRecord,
        stop: Int = 0
    ) async throws -> (TrainingState, RetrainingCheckpoint?) {
        var step = 0
        var saved: RetrainingCheckpoint?
        let (_, reached) = try await training.retraining(on: accelerator).run(
            from: state,
            record: &record,
            observer: Retraining.Observer(
                shouldStop: { step == stop },
                onStep: { step = $0.step },
                isCheckpointDue: { false },
                save: { checkpoint throws(RetrainingError) in saved = checkpoint },
                seconds: { 0 }
            )
        )
        return (reached, saved)
    }

    /// A model of the device's own chip.
    private func model(of accelerator: Accelerator) -> CostModel {
        var profile = ChipProfile.chip
        profile.sramByteCount = accelerator.capabilities.sramByteCount
        return CostModel(profile)
    }

    @Test(arguments: 0..<2 * selections.count, LayerSelection.Cycle.allCases)
    func theDeviceCountsWhatIsPredicted(
        number: Int,
        cycle: LayerSelection.Cycle
    ) async throws {
        let (number, criticSteps) = (number / 2, 1 + number % 2)
        let training = Self.training(Self.selections[number], cycle, criticSteps: criticSteps)
        let accelerator = try await openEmulator()
        var record = RetrainingRecord(for: try training.options())
        _ = try await run(training, on: accelerator, from: training.start(), record: &record)
        var model = model(of: accelerator)
        let work = try RetrainingJob(training.options(), labels: training.labels)
            .work(selection: training.selection(), on: accelerator.capabilities, &model)
        #expect(record.runs == work.runs)
        #expect(record.work.counters == work.work.total.counters)
        #expect(work.runs.step + work.runs.criticStep == 12)
        #expect((work.keptUnits > 0) == (number > 0))
        #expect((work.runs.prefix > 0) == (number > 0))
        await accelerator.close()
    }

    @Test(arguments: [1, 2, 3], LayerSelection.Cycle.allCases)
    func goesOnAfterAnInterruptionToTheSameBits(
        number: Int,
        cycle: LayerSelection.Cycle
    ) async throws {
        let training = Self.training(Self.selections[number], cycle, criticSteps: 2)
        let accelerator = try await openEmulator()
        var whole = RetrainingRecord(for: try training.options())
        let start = try training.start()
        let (wanted, _) = try await run(training, on: accelerator, from: start, record: &whole)
        var record = RetrainingRecord(for: try training.options())
        var state = start
        for stop in [3, 8] {
            let (_, saved) = try await run(
                training,
                on: accelerator,
                from: state,
                record: &record,
                stop: stop
            )
            let checkpoint = try RetrainingCheckpoint(
                decoding: try #require(saved).encoded(),
                name: "checkpoint",
                for: training.options(),
                pictures: training.pictures
            )
            (state, record) = (checkpoint.state, checkpoint.record)
            #expect(state.stepCount == stop)
        }
        let (reached, _) = try await run(training, on: accelerator, from: state, record: &record)
        #expect(reached == wanted)
        #expect(reached.weightsHash == wanted.weightsHash)
        #expect(record.history == whole.history)
        // What is kept on the device is made anew in each session, and that is counted, too.
        #expect(record.runs.prefix >= whole.runs.prefix)
        var model = model(of: accelerator)
        let options = try training.options()
        let schedule = options.schedule(labels: training.labels)
        let plan = try training.plan(on: accelerator, prefixSlots: options.prefixSlots(schedule))
        let work = try plan.estimate(record.runs, &model)
        #expect(record.work.counters == work.total.counters)
        await accelerator.close()
    }

    @Test func aCheckpointOfAnotherSelectionIsRefused() async throws {
        let training = Self.training(["generator.main.10"], .cut, criticSteps: 1)
        let accelerator = try await openEmulator()
        var record = RetrainingRecord(for: try training.options())
        let (_, saved) = try await run(
            training,
            on: accelerator,
            from: training.start(),
            record: &record,
            stop: 1
        )
        await accelerator.close()
        let file = try #require(saved).encoded()
        for (names, cycle) in [
            (["generator.main.10"], .own), (["generator.main.9"], .cut), (nil, .cut),
        ] as [([String]?, LayerSelection.Cycle)] {
            let other = Self.training(names, cycle, criticSteps: 1)
            let error = #expect(throws: RetrainingError.self) {
                try RetrainingCheckpoint(
                    decoding: file,
                    name: "checkpoint",
                    for: other.options(),
                    pictures: other.pictures
                )
            }
            #expect(error.map { "\($0)" }?.contains("--selret was") == true, "\(error as Any)")
        }
    }

    @Test func partsOfTheWorkAreThoseOfLayersAndOfNone() async throws {
        let training = Self.training(nil, .whole, criticSteps: 1)
        let accelerator = try await openEmulator()
        var model = model(of: accelerator)
        let work = try RetrainingJob(training.options(), labels: training.labels)
            .work(selection: .all, on: accelerator.capabilities, &model).work
        var sum = work.other
        for network in ["StarGAN generator", "StarGAN discriminator"] {
            let part = work.sum { $0.network == network }
            #expect(part.counters.multiplyAccumulates.total > 0)
            sum += part
        }
        #expect(sum == work.total)
        #expect(work.other.counters.multiplyAccumulates.total == 0)
        await accelerator.close()
    }
}
