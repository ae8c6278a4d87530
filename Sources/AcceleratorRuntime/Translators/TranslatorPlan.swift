import AcceleratorDriver
package import AcceleratorISA
import ModelGraph
package import RetrainingCompiler

/// A translator's training on a device, whichever its kind: what a trainer has to know.
package struct TranslatorPlan: Sendable {
    /// A program, and which of its commands change from step to step.
    package struct Program: Sendable {
        /// The commands.
        package let program: RetrainingCompiler.Program
        /// Commands that read a picture: their place, its set, and its number in the batch.
        package let reads: [(command: Int, set: Int, image: Int)]
        /// Commands that read what a discriminator takes for a fake.
        package let poolReads: [(command: Int, side: CycleSide, image: Int)]
        /// Commands that put a fake into the pool.
        package let poolWrites: [(command: Int, side: CycleSide, image: Int)]
        /// The optimizer commands of each network.
        package let updates: [TranslatorNetwork: [Int]]
        /// The losses it computes.
        package let losses: [TranslatorLoss]
    }

    /// The networks' places, in the kind's order.
    package let networks: [(network: TranslatorNetwork, parameters: NetworkParameters)]
    /// The losses' places, one after another.
    package let losses: [Tensor]
    /// Places of the pictures of each set: two domains, or one of pairs.
    package let slots: [[Tensor]]
    /// Places of the pool.
    package let poolSlots: CyclePair<[Tensor]>
    /// What is written before anything else.
    let constants: [(values: [Float], tensor: Tensor)]
    /// Makes working copies of freshly written masters.
    package let setUp: RetrainingCompiler.Program
    /// Trains all networks.
    package let step: Program
    /// Trains fresh discriminators alone; nil without a warm-up.
    package let warmUp: Program?

    /// Compiles a training with room for all pictures where they are few.
    ///
    /// - Throws: `.compilation` when it does not fit the device.
    package init(
        _ options: TranslatorOptions,
        model: TranslatorModel,
        counts: [Int],
        capabilities: DeviceCapabilities
    ) throws(RetrainingError) {
        let count = counts.max() ?? 0
        let slots = max(
            options.batch,
            count <= StepPictures.residentCount ? count : options.batch
        )
        let graphs = (model.generator, model.discriminator)
        let warmUp = options.warmUpSteps > 0 ? options.fresh : []
        do throws(CompileError) {
            switch options.kind {
            case .cycleGAN:
                let training = CycleGANTraining(
                    batch: options.batch,
                    lambdaCycle: options.lambdaCycle,
                    lambdaIdentity: options.lambdaIdentity,
                    imageSlots: slots,
                    poolSize: options.poolSize,
                    warmUp: CycleSide.allCases.filter { side in
                        warmUp.contains { $0.direction == side.direction }
                    },
                    rolin: options.rolin
                )
                self.init(
                    try CycleGANPlan(training, graphs: graphs, capabilities: capabilities)
                )
            case .pix2pix:
                let training = Pix2PixTraining(
                    batch: options.batch,
                    lambdaReconstruction: options.lambdaReconstruction,
                    pairSlots: slots,
                    warmsUp: !warmUp.isEmpty,
                    rolin: options.rolin
                )
                self.init(
                    try Pix2PixPlan(training, graphs: graphs, capabilities: capabilities)
                )
            }
        } catch {
            throw .compilation(error)
        }
    }

    /// Device DRAM in use at most, in bytes.
    package var peakByteCount: UInt64 {
        max(step.program.peakByteCount, warmUp?.program.peakByteCount ?? 0)
    }
}

// MARK: Kinds

extension TranslatorPlan {
    private init(_ plan: CycleGANPlan) {
        networks = TranslatorKind.cycleGAN.networks.map { network in
            let side: CycleSide = network.direction == .b ? .b : .a
            let places = network.role == .generator ? plan.generators : plan.discriminators
            return (network, places[side])
        }
        losses = plan.losses
        slots = [plan.imageSlots.a, plan.imageSlots.b]
        poolSlots = plan.poolSlots
        constants = []
        setUp = plan.setUp
        step = Program(plan.step, losses: CycleGANLoss.allCases)
        warmUp = plan.warmUp.map { program in
            Program(
                program,
                losses: plan.training.warmUp.flatMap { side -> [CycleGANLoss] in
                    side == .a
                        ? [.discriminatorRealA, .discriminatorFakeA]
                        : [.discriminatorRealB, .discriminatorFakeB]
                }
            )
        }
    }

    private init(_ plan: Pix2PixPlan) {
        networks = TranslatorKind.pix2pix.networks.map {
            ($0, $0.role == .generator ? plan.generator : plan.discriminator)
        }
        losses = plan.losses
        slots = [plan.pairSlots]
        poolSlots = CyclePair(a: [], b: [])
        constants = [(plan.placementValues, plan.placement)]
        setUp = plan.setUp
        step = Program(plan.step, losses: Pix2PixLoss.allCases)
        warmUp = plan.warmUp.map {
            Program($0, losses: [.discriminatorReal, .discriminatorFake])
        }
    }
}

extension TranslatorPlan.Program {
    fileprivate init(_ program: CycleGANProgram, losses: [CycleGANLoss]) {
        self.program = program.program
        reads = program.imageReads.map { ($0.command, $0.domain == .a ? 0 : 1, $0.image) }
        poolReads = program.poolReads
        poolWrites = program.poolWrites
        var updates: [TranslatorNetwork: [Int]] = [:]
        for side in CycleSide.allCases {
            let direction = side.direction
            updates[TranslatorNetwork(role: .generator, direction: direction)] =
                program.generatorUpdates[side]
            updates[TranslatorNetwork(role: .discriminator, direction: direction)] =
                program.discriminatorUpdates[side]
        }
        self.updates = updates
        self.losses = losses.map { .cycleGAN($0) }
    }

    fileprivate init(_ program: Pix2PixProgram, losses: [Pix2PixLoss]) {
        self.program = program.program
        reads = program.pairReads.map { ($0.command, 0, $0.pair) }
        poolReads = []
        poolWrites = []
        updates = [
            TranslatorNetwork(role: .generator, direction: nil): program.generatorUpdates,
            TranslatorNetwork(role: .discriminator, direction: nil): program.discriminatorUpdates,
        ]
        self.losses = losses.map { .pix2pix($0) }
    }
}
