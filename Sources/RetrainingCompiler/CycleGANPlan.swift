package import AcceleratorISA
package import ModelGraph

/// What a CycleGAN training is compiled for.
package struct CycleGANTraining: Sendable {
    /// Images of either domain in a step, at least 1.
    package var batch: Int
    /// Weight of the L1 distance between an image and what comes back from the other domain.
    package var lambdaCycle: Float
    /// Weight of the identity loss, as a part of `lambdaCycle`; 0 leaves the loss out.
    package var lambdaIdentity: Float
    /// Whether gradients and pictures stay readable after a program, and no network is updated:
    /// for comparing with an oracle.
    package var keepsResults: Bool
    /// Places for images of either domain in device DRAM.
    package var imageSlots: Int
    /// Fakes of either direction that are kept in device DRAM for the discriminators (Shrivastava
    /// et al., CVPR 2017); 0 lets them judge the step's own.
    package var poolSize: Int
    /// Directions whose discriminator is trained alone for a while: there is a program for that.
    package var warmUp: [CycleSide]
    /// What norms have done along with the convolutions; the weights do not depend on it.
    package var rolin: ROLINMode

    /// A training; the defaults are CycleGAN's.
    package init(
        batch: Int = 1,
        lambdaCycle: Float = 10,
        lambdaIdentity: Float = 0.5,
        keepsResults: Bool = false,
        imageSlots: Int? = nil,
        poolSize: Int = 0,
        warmUp: [CycleSide] = [],
        rolin: ROLINMode = .full
    ) {
        self.batch = batch
        self.poolSize = poolSize
        self.warmUp = warmUp
        self.lambdaCycle = lambdaCycle
        self.lambdaIdentity = lambdaIdentity
        self.keepsResults = keepsResults
        self.imageSlots = imageSlots ?? batch
        self.rolin = rolin
    }
}

/// The losses of a CycleGAN step, in the order in which the device holds them.
///
/// Direction a leads from domain a to b: its discriminator judges images of b. A cycle and an
/// identity loss have the letter of the images that they compare with.
package enum CycleGANLoss: Int, CaseIterable, Sendable {
    case adversarialA, adversarialB, cycleA, cycleB, identityA, identityB
    /// The halves of a discriminator's loss, each already halved.
    case discriminatorRealA, discriminatorFakeA, discriminatorRealB, discriminatorFakeB

    /// The name in reports.
    package var name: String {
        switch self {
        case .adversarialA: "adversarial_a"
        case .adversarialB: "adversarial_b"
        case .cycleA: "cycle_a"
        case .cycleB: "cycle_b"
        case .identityA: "identity_a"
        case .identityB: "identity_b"
        case .discriminatorRealA: "discriminator_real_a"
        case .discriminatorFakeA: "discriminator_fake_a"
        case .discriminatorRealB: "discriminator_real_b"
        case .discriminatorFakeB: "discriminator_fake_b"
        }
    }
}

/// What belongs to the two directions, or the two domains, of a CycleGAN.
package struct CyclePair<Element> {
    /// What belongs to a.
    package var a: Element
    /// What belongs to b.
    package var b: Element

    /// Both.
    package init(a: Element, b: Element) {
        self.a = a
        self.b = b
    }

    /// Both, or one of the two by its side.
    package subscript(side: CycleSide) -> Element {
        get { side == .a ? a : b }
        set { if side == .a { a = newValue } else { b = newValue } }
    }
}

extension CyclePair: Sendable where Element: Sendable {}
extension CyclePair: Equatable where Element: Equatable {}

/// A direction or a domain of a CycleGAN.
///
/// Direction a leads out of domain a.
package enum CycleSide: String, CaseIterable, Sendable {
    case a, b

    /// The other one.
    package var other: CycleSide { self == .a ? .b : .a }
}

/// A program of a CycleGAN training, and which of its commands change from step to step.
package struct CycleGANProgram: Sendable {
    /// The commands.
    package let program: Program
    /// Commands that read an image: their place, the image's domain and its number in the batch.
    package let imageReads: [(command: Int, domain: CycleSide, image: Int)]
    /// Commands that read what a discriminator judges as a fake, with the fake's number in the
    /// batch: the step's own, unless they are given a place of the pool; empty without a pool.
    package let poolReads: [(command: Int, side: CycleSide, image: Int)]
    /// Commands that put a fake into the pool, each after the read of the same number: they are
    /// given their place, or left out.
    package let poolWrites: [(command: Int, side: CycleSide, image: Int)]
    /// The optimizer commands of the generators.
    package let generatorUpdates: CyclePair<[Int]>
    /// The optimizer commands of the discriminators.
    package let discriminatorUpdates: CyclePair<[Int]>
    /// Gradients by parameter name with the network's prefix, if results are kept.
    ///
    /// A bias in front of a norm has none.
    package let gradients: [String: Tensor]
    /// What each generator makes of the other domain's images, if results are kept: `a` looks like
    /// domain a.
    package let fakes: CyclePair<Tensor>?

    /// The optimizer commands of all networks.
    package var updates: [Int] {
        CycleSide.allCases.flatMap { generatorUpdates[$0] + discriminatorUpdates[$0] }
    }
}

/// A CycleGAN training compiled for a device: where everything lives, and the programs.
package struct CycleGANPlan: Sendable {
    /// What the plan was made for.
    package let training: CycleGANTraining
    /// `a` makes images of b out of images of a.
    package let generators: CyclePair<NetworkParameters>
    /// `a` judges images of b.
    package let discriminators: CyclePair<NetworkParameters>
    /// One vector a ``CycleGANLoss``, one after another.
    package let losses: [Tensor]
    /// Places for images of either domain, bf16 planes of 3 channels.
    package let imageSlots: CyclePair<[Tensor]>
    /// Places for earlier fakes of either direction, bf16 planes of 3 channels.
    package let poolSlots: CyclePair<[Tensor]>
    /// Makes working copies of freshly written masters.
    package let setUp: Program
    /// Trains all four networks.
    package let step: CycleGANProgram
    /// Trains the discriminators of `training.warmUp` on the step's own fakes, nothing else.
    package let warmUp: CycleGANProgram?

    /// Compiles a training; both directions have networks of the same graphs.
    ///
    /// - Throws: ``CompileError`` when the graphs do not fit together, or the device's DRAM is too
    ///   small.
    package init(
        _ training: CycleGANTraining,
        graphs: (generator: NetworkGraph, discriminator: NetworkGraph),
        capabilities: DeviceCapabilities
    ) throws(CompileError) {
        try Self.check(training, graphs)
        self.training = training
        var layout = DeviceLayout(capacity: capabilities.dramByteCount)
        func network(_ graph: NetworkGraph) throws(CompileError) -> NetworkParameters {
            try NetworkParameters(graph, isTrained: true, in: &layout)
        }
        generators = CyclePair(
            a: try network(graphs.generator),
            b: try network(graphs.generator)
        )
        discriminators = CyclePair(
            a: try network(graphs.discriminator),
            b: try network(graphs.discriminator)
        )
        var losses: [Tensor] = []
        for _ in CycleGANLoss.allCases {
            losses.append(try layout.place(.vector, batch: 1, channels: 1, kind: .statistics))
        }
        self.losses = losses
        let shape = graphs.generator.inputShape
        imageSlots = CyclePair(
            a: try layout.placeImages(training.imageSlots, shape),
            b: try layout.placeImages(training.imageSlots, shape)
        )
        poolSlots = CyclePair(
            a: try layout.placeImages(training.poolSize, shape),
            b: try layout.placeImages(training.poolSize, shape)
        )
        var setUp = ProgramBuilder()
        for side in CycleSide.allCases {
            generators[side].appendWorkingCopies(to: &setUp)
            discriminators[side].appendWorkingCopies(to: &setUp)
        }
        let end = layout.end
        self.setUp = try Program(setUp, start: end, capacity: layout.capacity)
        let places = CycleGANPlaces(
            training: training,
            generators: generators,
            discriminators: discriminators,
            losses: losses,
            images: CyclePair(a: imageSlots.a[0], b: imageSlots.b[0]),
            pools: CyclePair(a: poolSlots.a.first, b: poolSlots.b.first)
        )
        step = try CycleGANStep(places).program(start: end, capacity: layout.capacity)
        warmUp =
            training.warmUp.isEmpty
            ? nil
            : try CycleGANStep(places, warmingUp: training.warmUp)
                .program(start: end, capacity: layout.capacity)
    }

    private static func check(
        _ training: CycleGANTraining,
        _ graphs: (generator: NetworkGraph, discriminator: NetworkGraph)
    ) throws(CompileError) {
        guard training.batch >= 1, training.imageSlots >= training.batch else {
            throw CompileError(
                "failed to compile a CycleGAN: \(training.imageSlots) image slots for batches of "
                    + "\(training.batch); choose at least 1 image, and as many slots"
            )
        }
        guard training.poolSize >= 0 else {
            throw CompileError(
                "failed to compile a CycleGAN: a pool of \(training.poolSize) pictures; "
                    + "choose 0 for none"
            )
        }
        let (generator, discriminator) = graphs
        guard generator.outputs.count == 1, discriminator.outputs.count == 1,
            generator.outputShape(of: generator.outputs[0]) == generator.inputShape,
            discriminator.inputShape == generator.inputShape
        else {
            throw CompileError(
                "failed to compile a CycleGAN: \(generator.name) and \(discriminator.name) do not "
                    + "read and write images of one shape; choose one image size for both"
            )
        }
    }
}

/// Where a step's persistent tensors are.
struct CycleGANPlaces {
    let training: CycleGANTraining
    let generators: CyclePair<NetworkParameters>
    let discriminators: CyclePair<NetworkParameters>
    let losses: [Tensor]
    /// The images' places in the program; each step puts its own there.
    let images: CyclePair<Tensor>
    /// A place of each pool, for each step to put its own there; nil without pools.
    let pools: CyclePair<Tensor?>

    func loss(_ loss: CycleGANLoss) -> Tensor { losses[loss.rawValue] }
}
