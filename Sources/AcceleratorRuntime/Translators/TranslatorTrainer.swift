package import AcceleratorDriver
import AcceleratorISA
import DatapathNumerics
import ModelGraph
import RetrainingCompiler

/// Pictures that a translator is trained on: bf16 planes.
package struct TranslatorPictures: Sendable {
    /// The pictures of each set: those of two domains, or pairs, source before target.
    let sets: [[[UInt16]]]

    /// Pictures of two domains, `3 * size * size` values each, in [-1, 1].
    package init(a: [[Float]], b: [[Float]]) {
        sets = [a.map(StepPictures.packed), b.map(StepPictures.packed)]
    }

    /// Pairs of pictures, of `3 * size * size` values each, in [-1, 1].
    package init(pairs: [(source: [Float], target: [Float])]) {
        sets = [pairs.map { StepPictures.packed($0.source + $0.target) }]
    }

    /// Pictures of each set.
    package var counts: [Int] { sets.map(\.count) }
}

/// Trains a CycleGAN or a pix2pix on a device, step by step.
///
/// Pictures stay in device DRAM where they fit, and so does the pool of earlier fakes: it crosses
/// the link only with a checkpoint. Feature maps never leave the device.
package actor TranslatorTrainer {
    /// Where everything lives on the device, and the programs.
    package nonisolated let plan: TranslatorPlan
    private let accelerator: Accelerator
    private let options: TranslatorOptions
    private let schedule: TranslatorSchedule
    private let pictures: TranslatorPictures
    private var stepCount = 0

    /// The losses of a step.
    package typealias Losses = [TranslatorLoss: Float]

    /// A trainer on a device; the schedule is for as many pictures as there are.
    package init(
        _ accelerator: Accelerator,
        plan: TranslatorPlan,
        options: TranslatorOptions,
        schedule: TranslatorSchedule,
        pictures: TranslatorPictures
    ) {
        self.accelerator = accelerator
        self.plan = plan
        self.options = options
        self.schedule = schedule
        self.pictures = pictures
    }

    /// Writes parameters, moments, pool and pictures to the device.
    package func start(from state: TranslatorState) async throws(RetrainingError) {
        stepCount = state.stepCount
        for (network, parameters) in plan.networks {
            guard let network = state.networks[network] else {
                throw .internalFault("failed to start: \(network.name) has no weights")
            }
            try await ParameterTransfer(accelerator, parameters).write(network)
        }
        for side in CycleSide.allCases {
            for (values, slot) in zip(state.pool[side], plan.poolSlots[side]) {
                try await accelerator.write(values, to: slot)
            }
        }
        for (values, tensor) in plan.constants { try await accelerator.write(values, to: tensor) }
        for (set, pictures) in pictures.sets.enumerated() where isResident(set) {
            for (picture, slot) in zip(pictures, plan.slots[set]) {
                try await accelerator.write(raw: picture, to: slot.address)
            }
        }
        try await accelerator.run(plan.setUp.commands)
    }

    /// Runs the next step and returns the losses that it computed.
    ///
    /// - Throws: `.diverged` when one of them is not finite, `.device`.
    package func runStep(learningRate: Double) async throws(RetrainingError) -> Losses {
        let step = schedule.step(stepCount)
        guard let program = step.isWarmUp ? plan.warmUp : plan.step else {
            throw .internalFault("failed to warm up: no discriminator is fresh")
        }
        for (set, choices) in step.choices.enumerated() where !isResident(set) {
            for (choice, slot) in zip(choices, plan.slots[set]) {
                let picture = pictures.sets[set][choice.picture]
                try await accelerator.write(raw: picture, to: slot.address)
            }
        }
        try await accelerator.run(commands(of: program, step, learningRate))
        stepCount += 1
        return try await readLosses(program.losses)
    }

    /// Reads everything the training has reached.
    package func state() async throws(RetrainingError) -> TranslatorState {
        var networks: [TranslatorNetwork: NetworkState] = [:]
        for (network, parameters) in plan.networks {
            networks[network] = try await ParameterTransfer(accelerator, parameters).readState()
        }
        var pool = CyclePair<[[Float]]>(a: [], b: [])
        let count = schedule.filledPoolCount(after: stepCount)
        for side in CycleSide.allCases {
            for slot in plan.poolSlots[side].prefix(count) {
                pool[side].append(try await accelerator.values(of: slot))
            }
        }
        return TranslatorState(networks: networks, stepCount: stepCount, pool: pool)
    }

    // MARK: Commands

    /// Whether all pictures of a set have places of their own.
    private func isResident(_ set: Int) -> Bool {
        plan.slots[set].count >= pictures.sets[set].count
    }

    private func commands(
        of program: TranslatorPlan.Program,
        _ step: TranslatorSchedule.Step,
        _ learningRate: Double
    ) -> [Command] {
        var commands = program.program.commands
        for (place, set, image) in program.reads {
            let choice = step.choices[set][image]
            let slot = isResident(set) ? choice.picture : image
            commands[place].operands[.source] = plan.slots[set][slot]
            if choice.isMirrored { commands[place].flags.insert(.mirrors) }
        }
        for (network, places) in program.updates {
            for place in places {
                options.rule(learningRate: learningRate).apply(
                    to: &commands[place],
                    step: optimizerStep(of: network)
                )
            }
        }
        for (place, side, image) in program.poolReads {
            guard case .earlier(let slot) = step.judged[side][image] else { continue }
            commands[place].operands[.source] = plan.poolSlots[side][slot]
        }
        var unused: Set<Int> = []
        for (place, side, image) in program.poolWrites {
            switch step.judged[side][image] {
            case .own(keptIn: nil): unused.insert(place)
            case .own(keptIn: let slot?), .earlier(let slot):
                commands[place].operands[.destination] = plan.poolSlots[side][slot]
            }
        }
        return commands.indices.filter { !unused.contains($0) }.map { commands[$0] }
    }

    /// The number of a network's next update, counted from 1: a fresh one was updated in the
    /// warm-up too.
    private func optimizerStep(of network: TranslatorNetwork) -> Int {
        let isWarm = options.fresh.contains(network)
        return stepCount + 1 - (isWarm ? 0 : options.warmUpSteps)
    }

    private func readLosses(_ computed: [TranslatorLoss]) async throws(RetrainingError) -> Losses {
        // One row a loss, one after another, and so are those that a program computes.
        let all = options.kind.losses
        guard let first = all.firstIndex(where: computed.contains) else { return [:] }
        var rows = plan.losses[first]
        rows.batch = computed.count
        let values = try await accelerator.values(of: rows)
        var losses: Losses = [:]
        for (loss, value) in zip(all[first...], values) { losses[loss] = value }
        for (loss, value) in losses where !value.isFinite {
            throw .diverged("the \(loss.name) loss became \(value) in step \(stepCount)")
        }
        return losses
    }
}
