package import AcceleratorDriver
import AcceleratorISA
import DatapathNumerics
import ModelGraph
package import RetrainingCompiler

/// The pictures of one step, where they are not those the trainer was made with: bf16 planes.
package struct StepPictures: Sendable {
    /// The images, as many as a step takes.
    package var images: [[UInt16]]
    /// What each generated image should be; empty where that is not known.
    package var truths: [[UInt16]]

    /// Most pictures of a training that are kept in device DRAM; of more, each step's are sent
    /// before it.
    static let residentCount = 64

    /// Pictures of 3 * size * size values each, in [-1, 1].
    package init(images: [[Float]], truths: [[Float]] = []) {
        self.images = images.map(Self.packed)
        self.truths = truths.map(Self.packed)
    }

    /// Planes that are packed already.
    init(kept images: [[UInt16]]) {
        self.images = images
        truths = []
    }

    static func packed(_ values: [Float]) -> [UInt16] { values.map { quantized($0).bitPattern } }
}

/// Trains a StarGAN on a device, step by step.
///
/// Images stay in device DRAM where they fit; otherwise each step's are written before it. Feature
/// maps never leave the device.
package actor StarGANTrainer {
    /// Where everything lives on the device, and the programs.
    package nonisolated let plan: StarGANPlan
    private let accelerator: Accelerator
    private var rule: UpdateRule
    /// Steps from one generator update to the next.
    private let criticSteps: Int
    /// The images' bf16 planes.
    private let images: [[UInt16]]
    private let imagesAreResident: Bool
    private var stepCount = 0
    private var generatorStepCount = 0
    /// How often each program ran since the trainer started.
    package private(set) var runs = ProgramRuns()
    /// Slots of the prefix values that are on the device.
    private var keptPrefixes: [StepPrefix: Int] = [:]
    /// What the shared slots hold, by whether it is of original labels.
    private var sharedPrefixes: [Bool: StepPrefix] = [:]

    /// The losses of a step; the generator's are nil where it was not updated.
    package typealias Losses = [StarGANLoss: Float]

    /// A trainer on a device; images have 3 * size * size values each, in [-1, 1].
    package init(
        _ accelerator: Accelerator,
        plan: StarGANPlan,
        rule: UpdateRule,
        criticSteps: Int,
        images: [[Float]]
    ) {
        self.accelerator = accelerator
        self.plan = plan
        self.rule = rule
        self.criticSteps = criticSteps
        self.images = images.map(StepPictures.packed)
        imagesAreResident = !images.isEmpty && plan.imageSlots.count >= images.count
    }

    /// Changes both networks' step size from the next step on.
    package func setLearningRate(_ rate: Double) { rule = rule.with(learningRate: rate) }

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
        keptPrefixes = [:]
        sharedPrefixes = [:]
        runs = ProgramRuns()
        if imagesAreResident {
            for (index, image) in images.enumerated() {
                try await accelerator.write(raw: image, to: plan.imageSlots[index].address)
            }
        }
        try await accelerator.run(plan.setUp.commands)
    }

    /// Runs one step on the trainer's own images and returns its losses.
    package func run(_ step: TrainingSchedule.Step) async throws(RetrainingError) -> Losses {
        let pictures = StepPictures(
            kept: imagesAreResident ? [] : step.images.map { images[$0] }
        )
        return try await run(step, pictures: pictures)
    }

    /// Runs one step on pictures given with it, and returns its losses.
    package func run(
        _ step: TrainingSchedule.Step,
        pictures: StepPictures
    ) async throws(RetrainingError) -> Losses {
        let trainsGenerator = (stepCount + 1) % criticSteps == 0
        try await writeInputs(step, pictures)
        let program = trainsGenerator ? plan.step : plan.criticStep
        var commands = program.program.commands
        for use in program.prefixUses {
            let slot = try await prefixSlot(of: step, isOriginal: use.isOriginal)
            commands[use.command].operands[use.role] = slot
        }
        for (place, image) in program.imageReads {
            commands[place].operands[.source] = imageSlot(step, image)
            if step.mirrors[image] { commands[place].flags.insert(.mirrors) }
        }
        for (place, image) in program.truthReads {
            commands[place].operands[.source] = plan.truthSlots[image]
        }
        for place in program.discriminatorUpdates {
            rule.apply(to: &commands[place], step: stepCount + 1)
        }
        for place in program.generatorUpdates {
            rule.apply(to: &commands[place], step: generatorStepCount + 1)
        }
        try await accelerator.run(commands)
        runs += ProgramRuns(
            step: trainsGenerator ? 1 : 0,
            criticStep: trainsGenerator ? 0 : 1
        )
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

    // MARK: Frozen prefix

    /// The slot of a step's prefix, filled now if it was not before.
    ///
    /// Each prefix gets a slot of its own as long as there are any. The last two are for those
    /// that come later, one for target and one for original labels; what they hold is made anew.
    private func prefixSlot(
        of step: TrainingSchedule.Step,
        isOriginal: Bool
    ) async throws(RetrainingError) -> Tensor? {
        let key = StepPrefix(step, isOriginal: isOriginal)
        let own = plan.prefixSlots.dropLast(2)
        if let slot = keptPrefixes[key] { return plan.prefixSlots[slot] }
        var number = keptPrefixes.count
        let isKept = number < own.count
        if !isKept { number = own.count + (isOriginal ? 1 : 0) }
        if isKept || sharedPrefixes[isOriginal] != key {
            try await fill(plan.prefixSlots[number], step, isOriginal: isOriginal)
        }
        if isKept { keptPrefixes[key] = number } else { sharedPrefixes[isOriginal] = key }
        return plan.prefixSlots[number]
    }

    private func fill(
        _ slot: Tensor,
        _ step: TrainingSchedule.Step,
        isOriginal: Bool
    ) async throws(RetrainingError) {
        guard let prefix = plan.prefix else { return }
        var commands = prefix.program.commands
        commands[prefix.imageRead].operands[.source] = imageSlot(step, 0)
        if step.mirrors[0] { commands[prefix.imageRead].flags.insert(.mirrors) }
        commands[prefix.labelRead].operands[.labels] =
            isOriginal ? plan.originalLabels : plan.targetLabels
        commands[prefix.valueWrite].operands[.destination] = slot
        try await accelerator.run(commands)
        runs += ProgramRuns(prefix: 1)
    }

    /// Where an image of a step is.
    private func imageSlot(_ step: TrainingSchedule.Step, _ image: Int) -> Tensor {
        plan.imageSlots[imagesAreResident ? step.images[image] : image]
    }

    // MARK: Transfers

    private func writeInputs(
        _ step: TrainingSchedule.Step,
        _ pictures: StepPictures
    ) async throws(RetrainingError) {
        try await accelerator.write(Self.floats(step.original), to: plan.originalLabels)
        try await accelerator.write(Self.floats(step.target), to: plan.targetLabels)
        try await accelerator.write(step.mixing, to: plan.mixingFactors)
        for (slot, image) in zip(plan.imageSlots, pictures.images) {
            try await accelerator.write(raw: image, to: slot.address)
        }
        for (slot, truth) in zip(plan.truthSlots, pictures.truths) {
            try await accelerator.write(raw: truth, to: slot.address)
        }
    }

    private static func floats(_ labels: [[Bool]]) -> [Float] {
        labels.flatMap { $0.map { $0 ? 1 : 0 } }
    }

    private func readLosses(withGenerator: Bool) async throws(RetrainingError) -> Losses {
        // One row a loss, one after another; the generator's stand last.
        let written = plan.training.losses.prefix {
            withGenerator || $0.rawValue <= StarGANLoss.gradientPenalty.rawValue
        }
        guard var rows = plan.losses.first, !written.isEmpty else { return [:] }
        rows.batch = written.count
        let values = try await accelerator.values(of: rows)
        var losses: Losses = [:]
        for (loss, value) in zip(written, values) { losses[loss] = value }
        for (loss, value) in losses where !value.isFinite {
            throw .diverged("the \(loss.name) loss became \(value) in step \(stepCount)")
        }
        return losses
    }
}
