import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import ModelGraph
import RetrainingCompiler
import Testing

@Suite struct TranslatorRetrainingTests {
    private static let freshB = TinyTranslator.network(.discriminator, .b)

    /// Trainings that have everything: a warm-up of one side, a pool that fills and is drawn from.
    private static let trainings = [
        TinyTranslator(epochs: 3, missing: [freshB], warmUpSteps: 2),
        TinyTranslator(
            kind: .pix2pix,
            size: 24,
            missing: [TinyTranslator.network(.discriminator)],
            warmUpSteps: 2
        ),
    ]

    @Test(arguments: [0, 1], [[1], [2], [3], [5], [1, 4, 6]])
    func goesOnAfterInterruptionsAsIfNothingHadHappened(kind: Int, stops: [Int]) async throws {
        let training = Self.trainings[kind]
        let model = try training.model()
        let (wanted, whole) = try await training.trained()
        #expect(wanted.stepCount == training.warmUpSteps + 3 * training.epochs)

        var record = TranslatorRecord(for: training.options(model))
        var state = TranslatorState(model)
        for stop in stops {
            let (ending, reached, saved) = try await training.train(
                from: state,
                record: &record,
                stop: { $0 == stop }
            )
            #expect(ending == .interrupted)
            #expect(reached.stepCount == stop)
            let checkpoint = try TranslatorCheckpoint(
                decoding: try #require(saved).encoded(),
                name: "checkpoint",
                model: model,
                options: training.options(model),
                manifest: training.manifest,
                counts: training.pictures.counts
            )
            #expect(checkpoint.state == reached)
            #expect(checkpoint.record == record)
            (state, record) = (checkpoint.state, checkpoint.record)
        }
        let (ending, reached, _) = try await training.train(from: state, record: &record)
        #expect(ending == .finished)
        #expect(reached == wanted)
        #expect(record.history == whole.history)
        #expect(record.work == whole.work)
        #expect(record.warmUpWork == whole.warmUpWork)
    }

    @Test(arguments: [0, 1])
    func weightsDoNotDependOnThreads(kind: Int) async throws {
        let training = Self.trainings[kind]
        let one = try await training.trained(threads: 1)
        let two = try await training.trained(threads: 2)
        #expect(one.0 == two.0)
        #expect(one.1.work == two.1.work)
    }

    @Test(arguments: TranslatorKind.allCases)
    func theDistancesShrink(kind: TranslatorKind) async throws {
        let training = TinyTranslator(kind: kind, epochs: 6, learningRate: 5e-3)
        let (_, record) = try await training.trained()
        let losses: [TranslatorLoss] =
            kind == .cycleGAN
            ? [.cycleGAN(.cycleA), .cycleGAN(.cycleB)] : [.pix2pix(.reconstruction)]
        for loss in losses {
            let means = try #require(record.history.means[loss]).compactMap { $0 }
            #expect(means.count == 6)
            #expect(means[5] < 0.9 * means[0], "\(loss.name): \(means)")
        }
    }

    @Test func aWarmUpMovesFreshDiscriminatorsAlone() async throws {
        let training = Self.trainings[0]
        let model = try training.model()
        #expect(model.fresh == [Self.freshB])
        var record = TranslatorRecord(for: training.options(model))
        let (_, reached, _) = try await training.train(record: &record, stop: { $0 == 2 })
        for network in model.kind.networks {
            let isSame = reached.networks[network]?.parameters == model.parameters[network]
            #expect(isSame == (network != Self.freshB), "\(network.name)")
        }
        #expect(reached.pool == CyclePair(a: [], b: []))
        #expect(record.warmUpWork.counters.multiplyAccumulates(stage: .weightGradient) > 0)
        #expect(record.work == DeviceWork())
        #expect(record.history.epochCount == 0)
    }

    @Test func thePoolIsPartOfTheStateAndChangesTheResult() async throws {
        var training = TinyTranslator(epochs: 3)
        let (pooled, _) = try await training.trained()
        #expect(pooled.pool.a.count == 2 && pooled.pool.b.count == 2)
        #expect(pooled.pool.a[0].count == 3 * 16 * 16)
        #expect(pooled.pool.a[0] != pooled.pool.b[0])
        training.poolSize = 0
        let (plain, _) = try await training.trained()
        #expect(plain.pool == CyclePair(a: [], b: []))
        #expect(plain.parameters != pooled.parameters)
    }

    @Test(arguments: TranslatorKind.allCases)
    func atRateZeroNothingMoves(kind: TranslatorKind) async throws {
        let training = TinyTranslator(kind: kind, epochs: 1, learningRate: 0)
        let (state, _) = try await training.trained()
        #expect(try state.parameters == training.model().parameters)
    }

    @Test func picturesThatDoNotFitAreSentStepByStep() async throws {
        let training = TinyTranslator(epochs: 1, pictureCount: 65)
        let model = try training.model()
        let plan = try TranslatorPlan(
            training.options(model),
            model: model,
            counts: training.pictures.counts,
            capabilities: DeviceCapabilities()
        )
        #expect(plan.slots.map(\.count) == [1, 1])
        var record = TranslatorRecord(for: training.options(model))
        let (_, reached, _) = try await training.train(record: &record, stop: { $0 == 2 })
        #expect(reached.parameters != model.parameters)
    }

    @Test func aCheckpointOfOtherOptionsOrADamagedOneIsRefused() async throws {
        let training = Self.trainings[0]
        let model = try training.model()
        var record = TranslatorRecord(for: training.options(model))
        let (_, _, saved) = try await training.train(record: &record, stop: { $0 == 4 })
        var bytes = try #require(saved).encoded()
        func error(_ options: TranslatorOptions) -> String {
            do {
                _ = try TranslatorCheckpoint(
                    decoding: bytes,
                    name: "checkpoint",
                    model: model,
                    options: options,
                    manifest: training.manifest,
                    counts: training.pictures.counts
                )
                return "none"
            } catch {
                return "\(error)"
            }
        }
        var options = training.options(model)
        #expect(error(options) == "none")
        options.poolSize = 3
        #expect(error(options).contains("--pool was 2, now 3"))
        bytes[bytes.count - 5] ^= 1
        #expect(error(training.options(model)).contains("damaged"))
    }

    @Test func numbersThatLeaveTheFiniteRangeEndTheTraining() async throws {
        var training = TinyTranslator(epochs: 40)
        training.learningRate = 1e30
        let error = await #expect(throws: RetrainingError.self) { try await training.trained() }
        guard case .diverged = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
