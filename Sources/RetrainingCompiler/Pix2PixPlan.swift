package import AcceleratorISA
package import ModelGraph

/// What a pix2pix training is compiled for.
package struct Pix2PixTraining: Sendable {
    /// Pairs of a step, at least 1.
    package var batch: Int
    /// Weight of the L1 distance between what is generated and what should be.
    package var lambdaReconstruction: Float
    /// Whether gradients and pictures stay readable after a program, and no network is updated:
    /// for comparing with an oracle.
    package var keepsResults: Bool
    /// Places for pairs in device DRAM.
    package var pairSlots: Int
    /// Whether the discriminator is trained alone for a while: there is a program for that.
    package var warmsUp: Bool
    /// What norms have done along with the convolutions; the weights do not depend on it.
    package var rolin: ROLINMode

    /// A training; the defaults are pix2pix's.
    package init(
        batch: Int = 1,
        lambdaReconstruction: Float = 100,
        keepsResults: Bool = false,
        pairSlots: Int? = nil,
        warmsUp: Bool = false,
        rolin: ROLINMode = .full
    ) {
        self.batch = batch
        self.warmsUp = warmsUp
        self.lambdaReconstruction = lambdaReconstruction
        self.keepsResults = keepsResults
        self.pairSlots = pairSlots ?? batch
        self.rolin = rolin
    }
}

/// The losses of a pix2pix step, in the order in which the device holds them; adversarial ones are
/// mean squares.
package enum Pix2PixLoss: Int, CaseIterable, Sendable {
    /// The halves of the discriminator's loss, each already halved.
    case discriminatorReal, discriminatorFake
    case adversarial
    /// The L1 distance, without its weight.
    case reconstruction

    /// The name in reports.
    package var name: String {
        switch self {
        case .discriminatorReal: "discriminator_real"
        case .discriminatorFake: "discriminator_fake"
        case .adversarial: "adversarial"
        case .reconstruction: "reconstruction"
        }
    }
}

/// A program of a pix2pix training, and which of its commands change from step to step.
package struct Pix2PixProgram: Sendable {
    /// The commands.
    package let program: Program
    /// Commands that read a pair: their place, and the pair's number in the batch.
    package let pairReads: [(command: Int, pair: Int)]
    /// The optimizer commands of the generator.
    package let generatorUpdates: [Int]
    /// The optimizer commands of the discriminator.
    package let discriminatorUpdates: [Int]
    /// Gradients by parameter name with the network's prefix, if results are kept.
    ///
    /// A bias in front of a norm has none.
    package let gradients: [String: Tensor]
    /// What the generator makes of the sources, if results are kept.
    package let fakes: Tensor?

    /// The optimizer commands of both networks.
    package var updates: [Int] { generatorUpdates + discriminatorUpdates }
}

/// A pix2pix training compiled for a device: where everything lives, and the programs.
package struct Pix2PixPlan: Sendable {
    /// What the plan was made for.
    package let training: Pix2PixTraining
    /// Makes targets out of sources.
    package let generator: NetworkParameters
    /// Judges pairs.
    package let discriminator: NetworkParameters
    /// One vector a ``Pix2PixLoss``, one after another.
    package let losses: [Tensor]
    /// Places for pairs: bf16 planes of the source's channels, and the target's behind them.
    package let pairSlots: [Tensor]
    /// Weights that move a target's channels behind a source's, and back: the host writes
    /// ``placementValues`` there before anything else.
    package let placement: Tensor
    /// What ``placement`` holds, in its plain order.
    package let placementValues: [Float]
    /// Makes working copies of freshly written masters.
    package let setUp: Program
    /// Trains both networks.
    package let step: Pix2PixProgram
    /// Trains the discriminator alone, if `training.warmsUp`.
    package let warmUp: Pix2PixProgram?

    /// Compiles a training of a generator and a discriminator that reads its input and output.
    ///
    /// - Throws: ``CompileError`` when the graphs do not fit together, or the device's DRAM is too
    ///   small.
    package init(
        _ training: Pix2PixTraining,
        graphs: (generator: NetworkGraph, discriminator: NetworkGraph),
        capabilities: DeviceCapabilities
    ) throws(CompileError) {
        try Self.check(training, graphs)
        self.training = training
        var layout = DeviceLayout(capacity: capabilities.dramByteCount)
        generator = try NetworkParameters(graphs.generator, isTrained: true, in: &layout)
        discriminator = try NetworkParameters(graphs.discriminator, isTrained: true, in: &layout)
        var losses: [Tensor] = []
        for _ in Pix2PixLoss.allCases {
            losses.append(try layout.place(.vector, batch: 1, channels: 1, kind: .statistics))
        }
        self.losses = losses
        let pair = graphs.discriminator.inputShape
        let targetChannels = pair.channels - graphs.generator.inputChannels
        placement = try layout.place(
            .weights,
            batch: pair.channels,
            channels: targetChannels,
            kind: .weight
        )
        placementValues = (0..<pair.channels).flatMap { place in
            (0..<targetChannels).map {
                place == graphs.generator.inputChannels + $0 ? 1 : 0
            }
        }
        pairSlots = try layout.placeImages(training.pairSlots, pair)
        var setUp = ProgramBuilder()
        generator.appendWorkingCopies(to: &setUp)
        discriminator.appendWorkingCopies(to: &setUp)
        let end = layout.end
        self.setUp = try Program(setUp, start: end, capacity: layout.capacity)
        let places = Pix2PixPlaces(
            training: training,
            generator: generator,
            discriminator: discriminator,
            losses: losses,
            pair: pairSlots[0],
            placement: placement
        )
        step = try Pix2PixStep(places).program(start: end, capacity: layout.capacity)
        warmUp =
            training.warmsUp
            ? try Pix2PixStep(places, isWarmUp: true)
                .program(start: end, capacity: layout.capacity)
            : nil
    }

    private static func check(
        _ training: Pix2PixTraining,
        _ graphs: (generator: NetworkGraph, discriminator: NetworkGraph)
    ) throws(CompileError) {
        guard training.batch >= 1, training.pairSlots >= training.batch else {
            throw CompileError(
                "failed to compile a pix2pix: \(training.pairSlots) slots for batches of "
                    + "\(training.batch); choose at least 1 pair, and as many slots"
            )
        }
        let (generator, discriminator) = graphs
        let (input, pair) = (generator.inputShape, discriminator.inputShape)
        guard generator.outputs.count == 1, discriminator.outputs.count == 1 else {
            throw CompileError(
                "failed to compile a pix2pix: \(generator.name) or \(discriminator.name) has more "
                    + "than one output; choose networks with one"
            )
        }
        let output = generator.outputShape(of: generator.outputs[0])
        guard output.height == input.height, output.width == input.width,
            pair.height == input.height, pair.width == input.width,
            pair.channels == input.channels + output.channels
        else {
            throw CompileError(
                "failed to compile a pix2pix: \(generator.name) makes \(output) of \(input), "
                    + "\(discriminator.name) reads \(pair); choose one image size, and as many "
                    + "channels for the discriminator as the generator reads and writes"
            )
        }
    }
}

/// Where a step's persistent tensors are.
struct Pix2PixPlaces {
    let training: Pix2PixTraining
    let generator: NetworkParameters
    let discriminator: NetworkParameters
    let losses: [Tensor]
    /// The pairs' place in the program; each step puts its own there.
    let pair: Tensor
    let placement: Tensor

    func loss(_ loss: Pix2PixLoss) -> Tensor { losses[loss.rawValue] }
}
