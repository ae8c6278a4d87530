package import AcceleratorDriver
import AcceleratorISA
import ModelGraph
import RetrainingCompiler

/// Measures the importance of every layer for a user's pictures.
///
/// Each step is run twice from the same weights: with the cycle cut and a step size of zero, for
/// the gradients that such a retraining would follow, and whole, which also takes the step.
package struct LayerProbe: Sendable {
    private let accelerator: Accelerator
    private let options: RetrainingOptions
    private let schedule: TrainingSchedule
    private let images: [[Float]]

    /// The probe's step size: small enough that a few steps stay near the start.
    package static let learningRate = 1e-4
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
        let whole = try trainer(followsCycle: true, learningRate: Self.learningRate)
        let cut = try trainer(followsCycle: false, learningRate: 0)
        try await whole.start(from: state)
        var generator = GradientSums(whole.plan.generator.graph, state.generator.parameters)
        var discriminator = GradientSums(
            whole.plan.discriminator.graph,
            state.discriminator.parameters
        )
        for number in 0..<stepCount {
            // Both plans place parameters, labels and pictures alike, so one start serves both.
            _ = try await cut.run(schedule.step(number))
            let cutGradients = try await gradients(cut.plan)
            _ = try await whole.run(schedule.step(number))
            let gradients = try await gradients(whole.plan)
            generator.add(whole: gradients.generator, cut: cutGradients.generator)
            discriminator.add(whole: gradients.discriminator, cut: cutGradients.discriminator)
        }
        let importances = generator.importances(learningRate: Self.learningRate)
        return LayerImportances(
            generator: importances.whole,
            generatorCut: importances.cut,
            discriminator: discriminator.importances(learningRate: Self.learningRate).whole,
            stepCount: stepCount
        )
    }

    private func trainer(
        followsCycle: Bool,
        learningRate: Double
    ) throws(RetrainingError) -> StarGANTrainer {
        var training = options.training(pictureCount: images.count)
        training.optimizer = .sgd
        training.keepsGradients = true
        training.selection = LayerSelection(followsCycle: followsCycle)
        return StarGANTrainer(
            accelerator,
            plan: try accelerator.plan(training),
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
