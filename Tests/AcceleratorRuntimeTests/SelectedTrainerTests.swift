import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import ModelGraph
import RetrainingCompiler
import Testing

/// Trainings of a selection of layers, on a device.
@Suite struct SelectedTrainerTests {
    /// Twelve steps of a network with a residual block.
    private static func training(
        _ names: [String]?,
        _ cycle: LayerSelection.Cycle = .whole
    ) -> TinyTraining {
        var training = TinyTraining(size: 16, channels: 4, discriminatorLayers: 2, epochs: 4)
        training.selected = names
        training.cycle = cycle
        return training
    }

    @Test(
        arguments: [
            ["generator.main.10", "discriminator.conv1"], ["generator.main.9.main.4.bias"],
            ["discriminator.main.0.weight"], ["generator.main.0", "discriminator.main.2"],
        ],
        LayerSelection.Cycle.allCases
    )
    func whatIsNotSelectedKeepsItsBits(names: [String], cycle: LayerSelection.Cycle) async throws {
        let training = Self.training(names, cycle)
        let accelerator = try await openEmulator()
        let start = try training.start()
        let reached = try await training.state(after: 3, on: accelerator, prefixSlots: 4)
        let selection = try training.selection()
        for (before, after, selected) in [
            (start.generator, reached.generator, selection.generator),
            (start.discriminator, reached.discriminator, selection.discriminator),
        ] {
            for entry in before.parameters.entries {
                let values = try #require(after.parameters[entry.name])
                let isSame = values.map(\.bitPattern) == entry.values.map(\.bitPattern)
                #expect(isSame == (selected?.contains(entry.name) == false), "\(entry.name)")
                let moments = after.secondMoments?[entry.name] ?? []
                #expect(moments.contains { $0 > 0 } == !isSame, "\(entry.name)")
            }
        }
        await accelerator.close()
    }

    @Test(
        arguments: [["generator.main.10", "discriminator"], ["generator.main.9.main.3"]],
        LayerSelection.Cycle.allCases
    )
    func keptPrefixesDoNotChangeABit(names: [String], cycle: LayerSelection.Cycle) async throws {
        let training = Self.training(names, cycle)
        let accelerator = try await openEmulator()
        let wanted = try await training.state(after: 12, on: accelerator)
        #expect(wanted.weightsHash != (try training.start().weightsHash))
        var prefixes: [Int] = []
        for slots in [2, 3, 40] {
            let trainer = try training.trainer(on: accelerator, prefixSlots: slots)
            #expect(trainer.plan.keptUnits > 0)
            let schedule = try training.options().schedule(labels: training.labels)
            try await trainer.start(seed: training.seed)
            for step in 0..<12 { _ = try await trainer.run(schedule.step(step)) }
            let state = try await trainer.state()
            #expect(state == wanted, "\(slots) slots")
            prefixes.append(await trainer.runs.prefix)
        }
        // With few slots values are made anew; with many each is made once.
        #expect(prefixes == prefixes.sorted(by: >), "\(prefixes)")
        #expect(prefixes[0] > prefixes[2], "\(prefixes)")
        await accelerator.close()
    }

    /// Between the two networks' updates stands the discriminator's, so it is selected whole.
    @Test(
        arguments: [
            ["generator.main.10", "discriminator"], ["generator.main.9.main.0", "discriminator"],
            ["generator.main.0.weight", "discriminator"], ["discriminator.main.2", "generator"],
            ["discriminator.conv1"],
        ],
        AdversarialLoss.allCases
    )
    func gradientsAreThoseOfFullRetraining(names: [String], loss: AdversarialLoss) async throws {
        let accelerator = try await openEmulator()
        func gradients(_ names: [String]?) async throws -> [String: [UInt32]] {
            var training = Self.training(names)
            training.adversarialLoss = loss
            let trainer = try training.trainer(on: accelerator, keepsGradients: true)
            let schedule = try training.options().schedule(labels: training.labels)
            try await trainer.start(seed: training.seed)
            _ = try await trainer.run(schedule.step(0))
            var bits: [String: [UInt32]] = [:]
            for (name, tensor) in trainer.plan.step.gradients {
                let values = try await TestDevice(accelerator: accelerator).read(tensor)
                bits[name] = values.map(\.bitPattern)
            }
            return bits
        }
        let full = try await gradients(nil)
        var selected = try await gradients(names)
        if names == ["discriminator.main.2", "generator"] {
            // The discriminator that judges the generator was updated otherwise.
            selected = selected.filter { $0.key.hasPrefix("discriminator") }
        }
        #expect(!selected.isEmpty)
        for (name, bits) in selected {
            #expect(bits == full[name], "\(name)")
            #expect(bits.contains { $0 << 1 != 0 }, "\(name)")
        }
        await accelerator.close()
    }

    @Test(arguments: LayerSelection.Cycle.allCases)
    func cyclesLeadElsewhere(cycle: LayerSelection.Cycle) async throws {
        let names = ["generator.main.10"]
        let accelerator = try await openEmulator()
        let mine = try await Self.training(names, cycle).state(after: 2, on: accelerator)
        for other in LayerSelection.Cycle.allCases where other != cycle {
            let theirs = try await Self.training(names, other).state(after: 2, on: accelerator)
            #expect(mine.weightsHash != theirs.weightsHash, "\(other)")
        }
        await accelerator.close()
    }
}
