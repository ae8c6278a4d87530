package import AcceleratorDriver
import AcceleratorISA
import ModelGraph
package import PerformanceModel
import RetrainingCompiler

/// Measures the importance of every layer for a user's pictures.
///
/// Each step is run twice from the same weights: with the picture's own reconstruction and a step
/// size of zero, for the gradients that such a retraining would follow, and with the whole cycle,
/// which also takes the step.
package struct LayerProbe: Sendable {
    private let accelerator: Accelerator
    private let options: RetrainingOptions
    private let schedule: TrainingSchedule
    private let images: [[Float]]

    /// The probe's step size: small enough that a few steps stay near the start.
    package static let learningRate = 1e-4
    /// The cycles probed, the whole one last.
    static let cycles: [LayerSelection.Cycle] = [choice, .whole]
    /// The cycle that an automatic plan follows.
    ///
    /// A cut one takes as much for errors and gradients, and more forward; a whole one leaves so
    /// little of a budget for layers that pictures come out worse.
    static let choice = LayerSelection.Cycle.own
    /// Most steps of a probe; it takes one for each picture, if they are fewer.
    package static let maximumStepCount = 16

    /// A probe on a device, for a training with these options, labels and images.
    package init(
        _ accelerator: Accelerator,
        options: RetrainingOptions,
        labels: [[Bool]],
        images: [[Float]]
    ) {
        self.accelerator = accelerator
        self.options = options
        self.images = images
        schedule = options.schedule(labels: labels)
    }

    /// Steps of the probe.
    package var stepCount: Int { min(schedule.stepsPerEpoch, Self.maximumStepCount) }

    /// Runs the probe from a training's start; the weights are left to be written again.
    package func run(from state: TrainingState) async throws(RetrainingError) -> LayerImportances {
        var trainers: [(cycle: LayerSelection.Cycle, trainer: StarGANTrainer)] = []
        // The whole cycle goes last: it is the one that takes the step.
        for cycle in Self.cycles {
            let rate = cycle == .whole ? Self.learningRate : 0
            trainers.append((cycle, try trainer(cycle, learningRate: rate)))
        }
        guard let first = trainers.first else {
            throw .internalFault("failed to probe: no cycle to follow")
        }
        // All plans place parameters, labels and pictures alike, so one start serves all.
        try await first.trainer.start(from: state)
        var generator = GradientSums(first.trainer.plan.generator.graph, state.generator.parameters)
        var discriminator = GradientSums(
            first.trainer.plan.discriminator.graph,
            state.discriminator.parameters
        )
        for number in 0..<stepCount {
            var own: [LayerSelection.Cycle: [String: [Float]]] = [:]
            var judges: [LayerSelection.Cycle: [String: [Float]]] = [:]
            for (cycle, trainer) in trainers {
                _ = try await trainer.run(schedule.step(number))
                let gradients = try await gradients(trainer.plan)
                own[cycle] = gradients.generator
                if cycle == .whole { judges[cycle] = gradients.discriminator }
            }
            generator.add(own)
            discriminator.add(judges)
        }
        let importances = generator.importances(learningRate: Self.learningRate)
        return LayerImportances(
            generator: importances,
            discriminator: discriminator.importances(learningRate: Self.learningRate)[.whole] ?? [],
            stepCount: stepCount
        )
    }

    /// What the probe takes of a chip.
    package func work(
        _ model: inout CostModel
    ) throws(RetrainingError) -> CommandEstimate {
        var sum = CommandEstimate()
        for cycle in Self.cycles {
            let plan = try accelerator.plan(training(cycle))
            do throws(CompileError) {
                let work = try WorkEstimate(plan.step.program, &model)
                sum += work.total * stepCount
            } catch {
                throw .compilation(error)
            }
        }
        return sum
    }

    private func training(_ cycle: LayerSelection.Cycle) -> StarGANTraining {
        var training = options.training(pictureCount: images.count)
        training.optimizer = .sgd
        training.keepsGradients = true
        training.selection = LayerSelection(cycle: cycle)
        return training
    }

    private func trainer(
        _ cycle: LayerSelection.Cycle,
        learningRate: Double
    ) throws(RetrainingError) -> StarGANTrainer {
        StarGANTrainer(
            accelerator,
            plan: try accelerator.plan(training(cycle)),
            rule: .sgd(learningRate: learningRate),
            criticSteps: 1,
            images: images
        )
    }

    private typealias Gradients = (
        generator: [String: [Float]], discriminator: [String: [Float]]
    )

    /// The gradients of the step just done.
    private func gradients(_ plan: StarGANPlan) async throws(RetrainingError) -> Gradients {
        var result: Gradients = ([:], [:])
        for (name, tensor) in plan.step.gradients {
            let values = try await accelerator.values(of: tensor)
            if name.hasPrefix(StarGANConfiguration.generatorPrefix) {
                let key = String(name.dropFirst(StarGANConfiguration.generatorPrefix.count))
                result.generator[key] = values
            } else {
                let key = String(name.dropFirst(StarGANConfiguration.discriminatorPrefix.count))
                result.discriminator[key] = values
            }
        }
        return result
    }
}
