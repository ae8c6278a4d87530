package import AcceleratorDriver
import AcceleratorISA
import DatapathNumerics
import ModelGraph
package import RetrainingCompiler

/// Trains a StarGAN on a device, step by step.
///
/// Images stay in device DRAM where they fit; otherwise each step's are written before it. Feature
/// maps never leave the device.
package actor StarGANTrainer {
    /// Where everything lives on the device, and the programs.
    package nonisolated let plan: StarGANPlan
    private let accelerator: Accelerator
    private let rule: AdamRule
    /// Steps from one generator update to the next.
    private let criticSteps: Int
    /// The images' bf16 planes.
    private let images: [[UInt16]]
    private let imagesAreResident: Bool
    private var stepCount = 0
    private var generatorStepCount = 0

    /// The losses of a step; the generator's are nil where it was not updated.
    package typealias Losses = [StarGANLoss: Float]

    /// A trainer on a device; images have 3 * size * size values each, in [-1, 1].
    package init(
        _ accelerator: Accelerator,
        plan: StarGANPlan,
        rule: AdamRule,
        criticSteps: Int,
        images: [[Float]]
    ) {
        self.accelerator = accelerator
        self.plan = plan
        self.rule = rule
        self.criticSteps = criticSteps
        self.images = images.map { $0.map { quantized($0).bitPattern } }
        imagesAreResident = plan.imageSlots.count >= images.count
    }

    /// Writes parameters, moments and images to the device.
    package func start(from state: TrainingState) async throws(RetrainingError) {
        stepCount = state.stepCount
        generatorStepCount = state.generatorStepCount
        try await ParameterTransfer(accelerator, plan.generator).write(state.generator)
        try await ParameterTransfer(accelerator, plan.discriminator).write(state.discriminator)
        try await finishStart()
    }

    /// Makes fresh parameters on the device, one at a time, and writes the images.
    package func start(seed: UInt64) async throws(RetrainingError) {
        (stepCount, generatorStepCount) = (0, 0)
        try await ParameterTransfer(accelerator, plan.generator)
            .writeInitial(seed: seed, stream: "generator")
        try await ParameterTransfer(accelerator, plan.discriminator)
            .writeInitial(seed: seed, stream: "discriminator")
        try await finishStart()
    }

    private func finishStart() async throws(RetrainingError) {
        if imagesAreResident {
            for (index, image) in images.enumerated() {
                try await accelerator.write(raw: image, to: plan.imageSlots[index].address)
            }
        }
        try await accelerator.run(plan.setUp.commands)
    }

    /// Runs one step and returns its losses.
    package func run(_ step: TrainingSchedule.Step) async throws(RetrainingError) -> Losses {
        let trainsGenerator = (stepCount + 1) % criticSteps == 0
        try await writeInputs(step)
        let program = trainsGenerator ? plan.step : plan.criticStep
        var commands = program.program.commands
        for (place, image) in program.imageReads {
            let slot = imagesAreResident ? step.images[image] : image
            commands[place].operands[.source] = plan.imageSlots[slot]
            if step.mirrors[image] { commands[place].flags.insert(.mirrors) }
        }
        for place in program.discriminatorUpdates {
            rule.apply(to: &commands[place], step: stepCount + 1)
        }
        for place in program.generatorUpdates {
            rule.apply(to: &commands[place], step: generatorStepCount + 1)
        }
        try await accelerator.run(commands)
        stepCount += 1
        if trainsGenerator { generatorStepCount += 1 }
        return try await readLosses(withGenerator: trainsGenerator)
    }

    /// Reads everything the training has reached.
    package func state() async throws(RetrainingError) -> TrainingState {
        TrainingState(
            generator: try await ParameterTransfer(accelerator, plan.generator).readState(),
            discriminator: try await ParameterTransfer(accelerator, plan.discriminator)
                .readState(),
            stepCount: stepCount,
            generatorStepCount: generatorStepCount
        )
    }

    // MARK: Transfers

    private func writeInputs(_ step: TrainingSchedule.Step) async throws(RetrainingError) {
        try await accelerator.write(Self.floats(step.original), to: plan.originalLabels)
        try await accelerator.write(Self.floats(step.target), to: plan.targetLabels)
        try await accelerator.write(step.mixing, to: plan.mixingFactors)
        guard !imagesAreResident else { return }
        for (slot, image) in step.images.enumerated() {
            try await accelerator.write(raw: images[image], to: plan.imageSlots[slot].address)
        }
    }

    private static func floats(_ labels: [[Bool]]) -> [Float] {
        labels.flatMap { $0.map { $0 ? 1 : 0 } }
    }

    private func readLosses(withGenerator: Bool) async throws(RetrainingError) -> Losses {
        // One row a loss, one after another; the generator's stand last.
        var rows = plan.losses[0]
        rows.batch =
            withGenerator
            ? StarGANLoss.allCases.count : StarGANLoss.gradientPenalty.rawValue + 1
        let values = try await accelerator.values(of: rows)
        var losses: Losses = [:]
        for (loss, value) in zip(StarGANLoss.allCases, values) { losses[loss] = value }
        for (loss, value) in losses where !value.isFinite {
            throw .diverged("the \(loss.name) loss became \(value) in step \(stepCount)")
        }
        return losses
    }
}
