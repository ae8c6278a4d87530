import AcceleratorDriver
import AcceleratorRuntime
import ChipEmulator
import ModelGraph
import RetrainingCompiler
import Testing

@Suite struct StarGANTrainerTests {
    @Test(arguments: AdversarialLoss.allCases)
    func weightsAreTheSameForAllKernelsThreadsAndRuns(loss: AdversarialLoss) async throws {
        let training = TinyTraining(adversarialLoss: loss)
        var runsByHash: [String: [String]] = [:]
        for kernels in KernelVariants.names {
            for threads in 1...3 {
                for run in 1...2 {
                    let accelerator = try await openEmulator(kernels: kernels, threads: threads)
                    let hash = try await training.state(after: 3, on: accelerator).weightsHash
                    await accelerator.close()
                    runsByHash[hash, default: []].append("\(kernels), \(threads), run \(run)")
                }
            }
        }
        #expect(KernelVariants.names.contains("generic"))
        #expect(runsByHash.count == 1, "\(runsByHash)")
        #expect(runsByHash.values.first?.count == KernelVariants.names.count * 6)
    }

    @Test(arguments: AdversarialLoss.allCases)
    func theScalarReferenceComesToTheSameWeights(loss: AdversarialLoss) async throws {
        var training = TinyTraining.tiniest
        training.adversarialLoss = loss
        let emulator = try await openEmulator(threads: 2)
        let reference = try await openReference()
        let fast = try await training.state(after: 2, on: emulator)
        let slow = try await training.state(after: 2, on: reference)
        #expect(fast.weightsHash == slow.weightsHash)
        #expect(fast == slow)
        #expect(fast.weightsHash != (try training.start().weightsHash))
        await emulator.close()
        await reference.close()
    }

    @Test(arguments: AdversarialLoss.allCases)
    func everyParameterIsTrained(loss: AdversarialLoss) async throws {
        let training = TinyTraining(adversarialLoss: loss)
        let accelerator = try await openEmulator()
        let start = try training.start()
        let reached = try await training.state(after: 2, on: accelerator)
        for (before, after) in [
            (start.generator, reached.generator), (start.discriminator, reached.discriminator),
        ] {
            for entry in before.parameters.entries {
                #expect(after.parameters[entry.name] != entry.values, "\(entry.name)")
                #expect(after.secondMoments?[entry.name]?.contains { $0 > 0 } == true)
            }
        }
        await accelerator.close()
    }

    @Test func picturesThatDoNotFitTheDeviceAreSentAndTrainTheSame() async throws {
        let training = TinyTraining(pictureCount: 4, batch: 2)
        let accelerator = try await openEmulator()
        let resident = try await training.state(after: 3, on: accelerator, imageSlots: 4)
        let sent = try await training.state(after: 3, on: accelerator, imageSlots: 2)
        #expect(resident == sent)
        await accelerator.close()
    }

    @Test func theGeneratorIsTrainedInEveryCriticStepsStep() async throws {
        let training = TinyTraining(pictureCount: 4, batch: 2, criticSteps: 2)
        let accelerator = try await openEmulator()
        let trainer = try training.trainer(on: accelerator)
        let schedule = try training.options().schedule(labels: training.labels)
        try await trainer.start(from: try training.start())
        var states = [try await trainer.state()]
        for step in 0..<4 {
            let losses = try await trainer.run(schedule.step(step))
            let state = try await trainer.state()
            let trainsGenerator = step % 2 == 1
            #expect(losses.keys.contains(.reconstruction) == trainsGenerator)
            #expect(losses.keys.contains(.discriminatorReal))
            #expect(state.stepCount == step + 1)
            #expect(state.generatorStepCount == (step + 1) / 2)
            let before = states[step]
            let isChanged = state.generator.parameters != before.generator.parameters
            #expect(isChanged == trainsGenerator)
            #expect(state.discriminator.parameters != before.discriminator.parameters)
            states.append(state)
        }
        await accelerator.close()
    }

    @Test func eachNetworksFirstUpdateIsAdamsFirstStep() async throws {
        // Adam's first step is the learning rate wherever the gradient is not tiny; a second one
        // from moments of zero would be 0.943 of it.
        let training = TinyTraining(criticSteps: 2)
        let accelerator = try await openEmulator()
        let start = try training.start()
        let afterOne = try await training.state(after: 1, on: accelerator)
        let afterTwo = try await training.state(after: 2, on: accelerator)
        for (before, after) in [
            (start.discriminator, afterOne.discriminator), (start.generator, afterTwo.generator),
        ] {
            let moves = before.parameters.entries.flatMap { entry in
                zip(entry.values, after.parameters[entry.name] ?? []).map { abs($0 - $1) }
            }
            let ratio = Double(moves.max() ?? 0) / training.learningRate
            #expect(abs(ratio - 1) < 0.001)
            #expect(moves.count == before.parameters.entries.reduce(0) { $0 + $1.values.count })
        }
        await accelerator.close()
    }

    @Test func aTrainingThatLeavesTheFiniteRangeSaysSo() async throws {
        let training = TinyTraining(learningRate: 1e30)
        let accelerator = try await openEmulator()
        let error = await #expect(throws: RetrainingError.self) {
            _ = try await training.state(after: 20, on: accelerator)
        }
        guard case .diverged(let fact)? = error else {
            Issue.record("expected a diverged training, got \(String(describing: error))")
            return
        }
        #expect(fact.contains("loss") || fact.contains("parameter"))
        await accelerator.close()
    }
}
