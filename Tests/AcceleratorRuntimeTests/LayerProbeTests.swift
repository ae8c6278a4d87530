import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import ModelGraph
import RetrainingCompiler
import Testing

@Suite struct LayerProbeTests {
    private static let training = TinyTraining(
        size: 16,
        channels: 4,
        discriminatorLayers: 2,
        pictureCount: 3
    )

    private func importances(
        _ training: TinyTraining,
        threads: Int = 1
    ) async throws -> LayerImportances {
        let accelerator = try await openEmulator(threads: threads)
        let importances = try await LayerProbe(
            accelerator,
            options: training.options(),
            labels: training.labels,
            images: training.images
        ).run(from: training.start())
        await accelerator.close()
        return importances
    }

    @Test func importancesAreThoseOfTheGradients() async throws {
        let training = Self.training
        let got = try await importances(training)
        let accelerator = try await openEmulator()
        let steps = try await ProbeSteps(of: training, on: accelerator)
        await accelerator.close()
        #expect(got.stepCount == 3)
        let configuration = try training.configuration()
        #expect(got.generator.keys.contains(.whole) && got.generator.count > 1)
        for (cycle, importances) in got.generator {
            let wanted = steps.importances(
                try configuration.generator(),
                StarGANConfiguration.generatorPrefix,
                cycle
            )
            try expectEqual(importances, wanted, "\(cycle)")
        }
        let wanted = steps.importances(
            try configuration.discriminator(),
            StarGANConfiguration.discriminatorPrefix,
            .whole
        )
        try expectEqual(got.discriminator, wanted, "discriminator")
    }

    private func expectEqual(
        _ got: [LayerImportance],
        _ wanted: [LayerImportance],
        _ words: String
    ) throws {
        #expect(got.count == wanted.count)
        for (unit, (one, other)) in zip(got, wanted).enumerated() {
            for measure in LayerImportance.Measure.allCases {
                let (one, other) = (one.value(measure), other.value(measure))
                let difference = abs(one - other)
                #expect(
                    difference <= 1e-5 * abs(other) + 1e-12,
                    "\(words), unit \(unit), \(measure.rawValue): \(one), \(other)"
                )
                #expect(one.isFinite && one != 0, "\(words), unit \(unit), \(measure.rawValue)")
            }
        }
    }

    @Test func weightChangesAreThoseOfTheWeights() async throws {
        let training = Self.training
        let got = try #require(try await importances(training).generator[.whole])
        let accelerator = try await openEmulator()
        let steps = try await ProbeSteps(of: training, on: accelerator)
        await accelerator.close()
        let graph = try training.configuration().generator()
        for unit in graph.units.indices {
            let (moved, norm) = graph.parameters(of: unit).reduce((0.0, 0.0)) { sums, parameter in
                let before = steps.start.generator.parameters[parameter.name] ?? []
                let after = steps.end.generator.parameters[parameter.name] ?? []
                return zip(before, after).reduce(sums) { sums, pair in
                    let (before, after) = (Double(pair.0), Double(pair.1))
                    let change = after - before
                    return (sums.0 + change * change, sums.1 + before * before)
                }
            }
            let change = (moved / norm).squareRoot()
            // The device's weights are fp32: small changes are rounded.
            #expect(abs(got[unit].weightChange / change - 1) < 0.02, "unit \(unit)")
        }
    }

    @Test(arguments: [1, 2])
    func itIsTheSameForAllRunsAndThreads(criticSteps: Int) async throws {
        var training = TinyTraining.tiniest
        training.criticSteps = criticSteps
        training.adversarialLoss = .wassersteinGradientPenalty
        let first = try await importances(training)
        #expect(try await importances(training) == first)
        #expect(try await importances(training, threads: 3) == first)
    }

    @Test func theFewestPicturesAndTheMostAreProbed() async throws {
        var training = TinyTraining.tiniest
        for (pictures, batch, steps) in [(1, 1, 1), (5, 2, 3), (40, 1, 16)] {
            (training.pictureCount, training.batch) = (pictures, batch)
            #expect(try await importances(training).stepCount == steps)
        }
    }
}

/// The probe's steps, done one at a time: gradients by name and cycle.
private struct ProbeSteps {
    let start: TrainingState
    private(set) var end: TrainingState
    private var gradients: [[LayerSelection.Cycle: [String: [Float]]]] = []

    init(of training: TinyTraining, on accelerator: Accelerator) async throws {
        start = try training.start()
        end = start
        let schedule = try training.options().schedule(labels: training.labels)
        for number in 0..<schedule.stepsPerEpoch {
            let state = end
            var step: [LayerSelection.Cycle: [String: [Float]]] = [:]
            for cycle in LayerSelection.Cycle.allCases {
                var training = training
                training.cycle = cycle
                let trainer = StarGANTrainer(
                    accelerator,
                    plan: try training.plan(
                        on: accelerator,
                        keepsGradients: true,
                        optimizer: .sgd
                    ),
                    rule: .sgd(learningRate: cycle == .whole ? 1e-4 : 0),
                    criticSteps: 1,
                    images: training.images
                )
                try await trainer.start(from: state)
                _ = try await trainer.run(schedule.step(number))
                var values: [String: [Float]] = [:]
                for (name, tensor) in trainer.plan.step.gradients {
                    values[name] = try await TestDevice(accelerator: accelerator).read(tensor)
                }
                step[cycle] = values
                if cycle == .whole { end = try await trainer.state() }
            }
            gradients.append(step)
        }
    }

    /// The definitions, in double precision.
    func importances(
        _ graph: NetworkGraph,
        _ prefix: String,
        _ cycle: LayerSelection.Cycle
    ) -> [LayerImportance] {
        let network = prefix == StarGANConfiguration.generatorPrefix
        let weights = network ? start.generator.parameters : start.discriminator.parameters
        return graph.units.indices.map { unit in
            func vector(_ values: (String) -> [Float]?) -> [Double] {
                graph.parameters(of: unit).flatMap { (values($0.name) ?? []).map(Double.init) }
            }
            func norm(_ vector: [Double]) -> Double {
                vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            }
            let size = norm(vector { weights[$0] })
            var sum: [Double] = []
            var (norms, products) = (0.0, 0.0)
            for step in gradients {
                let gradient = vector { step[cycle]?[prefix + $0] }
                let whole = vector { step[.whole]?[prefix + $0] }
                sum = sum.isEmpty ? gradient : zip(sum, gradient).map(+)
                norms += norm(gradient)
                products += zip(gradient, whole).reduce(0) { $0 + $1.0 * $1.1 }
            }
            return LayerImportance(
                weightChange: 1e-4 * norm(sum) / size,
                gradientNorm: norms / Double(gradients.count) / size,
                lossDecrease: 1e-4 * products
            )
        }
    }
}
