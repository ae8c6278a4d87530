package import AcceleratorISA
package import ModelGraph

/// What a StarGAN training is compiled for.
package struct StarGANTraining: Sendable {
    /// Sizes of the two networks.
    package var configuration: StarGANConfiguration
    /// Images of a step, at least 1.
    package var batch: Int
    /// The loss of real against fake.
    package var adversarialLoss: AdversarialLoss
    /// The loss of the attributes.
    package var classLoss: ClassLoss
    /// Weight of the class loss.
    package var lambdaClass: Float
    /// Weight of the discriminator's judgement in the generator's loss.
    package var lambdaAdversarial: Float
    /// Weight of the L1 distance between an image and its reconstruction.
    package var lambdaReconstruction: Float
    /// Weight of the gradient penalty (`wgan-gp` only).
    package var lambdaGradientPenalty: Float
    /// What the distance between a generated image and the true one is.
    package var truthLoss: TruthLoss
    /// Weight of that distance; 0 where the truth is not known, as for every user's picture.
    package var lambdaTruth: Float
    /// Whether gradients and pictures stay readable after a program, and the generator is not
    /// updated: for comparing with an oracle.
    package var keepsResults: Bool
    /// Whether gradients stay readable after a program.
    package var keepsGradients: Bool
    /// The update rule of both networks.
    package var optimizer: OptimizerKind
    /// What is retrained.
    package var selection: LayerSelection
    /// Places for images in device DRAM.
    package var imageSlots: Int
    /// Places for what a frozen prefix of the generator makes of an image and labels.
    ///
    /// With fewer than 2 it is made anew in every step. Only a batch of 1 uses them.
    package var prefixSlots: Int
    /// What norms have done along with the convolutions; the weights do not depend on it.
    package var rolin: ROLINMode

    /// A training; the defaults are StarGAN's.
    package init(
        configuration: StarGANConfiguration,
        batch: Int = 1,
        adversarialLoss: AdversarialLoss = .leastSquares,
        classLoss: ClassLoss = .sigmoid,
        lambdaClass: Float = 1,
        lambdaAdversarial: Float = 1,
        lambdaReconstruction: Float = 10,
        lambdaGradientPenalty: Float = 10,
        truthLoss: TruthLoss = .squared,
        lambdaTruth: Float = 0,
        keepsResults: Bool = false,
        keepsGradients: Bool = false,
        optimizer: OptimizerKind = .adam,
        selection: LayerSelection = .all,
        imageSlots: Int? = nil,
        prefixSlots: Int = 0,
        rolin: ROLINMode = .full
    ) {
        self.configuration = configuration
        self.batch = batch
        self.adversarialLoss = adversarialLoss
        self.classLoss = classLoss
        self.lambdaClass = lambdaClass
        self.lambdaAdversarial = lambdaAdversarial
        self.lambdaReconstruction = lambdaReconstruction
        self.lambdaGradientPenalty = lambdaGradientPenalty
        self.truthLoss = truthLoss
        self.lambdaTruth = lambdaTruth
        self.keepsResults = keepsResults
        self.keepsGradients = keepsGradients || keepsResults
        self.optimizer = optimizer
        self.selection = selection
        self.prefixSlots = prefixSlots
        self.imageSlots = imageSlots ?? batch
        self.rolin = rolin
    }
}

extension StarGANTraining {
    /// The losses that a step of this training writes; the generator's stand last.
    package var losses: [StarGANLoss] {
        StarGANLoss.allCases.filter {
            switch $0 {
            case .discriminatorReal, .discriminatorFake, .discriminatorClass, .gradientPenalty:
                trainsDiscriminator
            case .generatorAdversarial, .generatorClass: trainsGenerator
            case .reconstruction: trainsGenerator && lambdaReconstruction > 0
            case .truth: trainsGenerator && lambdaTruth > 0
            }
        }
    }

    /// Whether anything of the generator is retrained.
    package var trainsGenerator: Bool { selection.generator?.isEmpty != true }

    /// Whether anything of the discriminator is retrained.
    package var trainsDiscriminator: Bool { selection.isDiscriminatorTrained }
}

/// The losses of a StarGAN step, in the order in which the device holds them.
package enum StarGANLoss: Int, CaseIterable, Sendable {
    case discriminatorReal, discriminatorFake, discriminatorClass, gradientPenalty
    case generatorAdversarial, generatorClass, reconstruction, truth

    /// The name in reports and golden cases.
    package var name: String {
        switch self {
        case .discriminatorReal: "discriminator_real"
        case .discriminatorFake: "discriminator_fake"
        case .discriminatorClass: "discriminator_class"
        case .gradientPenalty: "gradient_penalty"
        case .generatorAdversarial: "generator_adversarial"
        case .generatorClass: "generator_class"
        case .reconstruction: "reconstruction"
        case .truth: "truth"
        }
    }
}

/// A program of a StarGAN training, and which of its commands change from step to step.
package struct StarGANProgram: Sendable {
    /// The commands.
    package let program: Program
    /// Commands that read an image: their place, and the image's number in the batch.
    package let imageReads: [(command: Int, image: Int)]
    /// Commands that read a true image: their place, and the image's number in the batch.
    package let truthReads: [(command: Int, image: Int)]
    /// The discriminator's optimizer commands.
    package let discriminatorUpdates: [Int]
    /// The generator's optimizer commands.
    package let generatorUpdates: [Int]
    /// Operands that are values of the frozen prefix.
    package let prefixUses: [PrefixUse]
    /// Gradients by parameter name with the network's prefix, if results are kept.
    package let gradients: [String: Tensor]
    /// The generated image and its reconstruction, if results are kept.
    package let pictures: (fake: Tensor, reconstructed: Tensor?)?

    /// An operand that is a value of the frozen prefix.
    package struct PrefixUse: Sendable {
        /// The command's place.
        package let command: Int
        /// The operand.
        package let role: OperandRole
        /// Whether it is that of the image with its own labels, not with the target's.
        package let isOriginal: Bool
    }
}

/// What makes the value of the generator's frozen prefix for an image and labels.
package struct PrefixProgram: Sendable {
    /// The commands.
    package let program: Program
    /// The command that reads the image.
    package let imageRead: Int
    /// The command that reads the labels.
    package let labelRead: Int
    /// The command that writes the value.
    package let valueWrite: Int
}

/// A StarGAN training compiled for a device: where everything lives, and the programs.
package struct StarGANPlan: Sendable {
    /// What the plan was made for.
    package let training: StarGANTraining
    /// Places of the generator's parameters.
    package let generator: NetworkParameters
    /// Places of the discriminator's parameters.
    package let discriminator: NetworkParameters
    /// Labels of the images as they are: one row an image.
    package let originalLabels: Tensor
    /// Labels of the images as they shall become.
    package let targetLabels: Tensor
    /// Mixing factors of the gradient penalty: lane 0 of each row.
    package let mixingFactors: Tensor
    /// One vector for each of ``StarGANTraining/losses``, one after another.
    package let losses: [Tensor]
    /// Places for images, bf16 planes of 3 channels.
    package let imageSlots: [Tensor]
    /// Places for the true images of a step; none where the truth is not known.
    package let truthSlots: [Tensor]
    /// Places for the values of the generator's frozen prefix.
    package let prefixSlots: [Tensor]
    /// Leading units of the generator whose value the slots keep; 0 without slots.
    package let keptUnits: Int
    /// Makes working copies of freshly written masters.
    package let setUp: Program
    /// Trains the discriminator, then the generator.
    package let step: StarGANProgram
    /// Trains the discriminator alone.
    package let criticStep: StarGANProgram
    /// Fills a slot that the two read; nil without slots.
    package let prefix: PrefixProgram?

    /// Compiles a training.
    ///
    /// - Throws: ``CompileError`` when the device's DRAM is too small, or the loss does not fit the
    ///   discriminator.
    package init(
        _ training: StarGANTraining,
        graphs: (generator: NetworkGraph, discriminator: NetworkGraph),
        capabilities: DeviceCapabilities
    ) throws(CompileError) {
        if training.adversarialLoss == .wassersteinGradientPenalty {
            try TangentPass.check(graphs.discriminator)
        }
        try training.selection.check(graphs)
        self.training = training
        var layout = DeviceLayout(capacity: capabilities.dramByteCount)
        generator = try NetworkParameters(graphs.generator, isTrained: true, in: &layout)
        discriminator = try NetworkParameters(graphs.discriminator, isTrained: true, in: &layout)
        let (batch, classes) = (training.batch, training.configuration.classes)
        func vector(_ rows: Int, _ count: Int) throws(CompileError) -> Tensor {
            try layout.place(.vector, batch: rows, channels: count, kind: .statistics)
        }
        originalLabels = try vector(batch, classes)
        targetLabels = try vector(batch, classes)
        mixingFactors = try vector(batch, 1)
        var losses: [Tensor] = []
        for _ in training.losses { losses.append(try vector(1, 1)) }
        self.losses = losses
        let truthCount = training.lambdaTruth > 0 ? batch : 0
        let slots = try layout.placeImages(
            training.imageSlots + truthCount,
            graphs.discriminator.inputShape
        )
        truthSlots = Array(slots[training.imageSlots...])
        imageSlots = Array(slots[..<training.imageSlots])
        let frozen = graphs.generator.frozenPrefix(trains: training.selection.trainsGenerator)
        prefixSlots = try Self.placePrefixes(training, graphs.generator, frozen, in: &layout)
        keptUnits = prefixSlots.isEmpty ? 0 : frozen
        let places = StarGANPlaces(
            training: training,
            generator: generator,
            discriminator: discriminator,
            originalLabels: originalLabels,
            targetLabels: targetLabels,
            mixingFactors: mixingFactors,
            losses: Dictionary(uniqueKeysWithValues: zip(training.losses, losses)),
            image: slots[0],
            prefix: PrefixPlaces(slots: prefixSlots, unit: frozen - 1)
        )
        var setUp = ProgramBuilder()
        generator.appendWorkingCopies(to: &setUp)
        discriminator.appendWorkingCopies(to: &setUp)
        let end = layout.end
        self.setUp = try Program(setUp, start: end, capacity: layout.capacity)
        step = try StarGANStep(places, trainsGenerator: true)
            .program(start: end, capacity: layout.capacity)
        criticStep = try StarGANStep(places, trainsGenerator: false)
            .program(start: end, capacity: layout.capacity)
        prefix = try PrefixProgram(places, start: end, capacity: layout.capacity)
    }

    private static func placePrefixes(
        _ training: StarGANTraining,
        _ generator: NetworkGraph,
        _ frozen: Int,
        in layout: inout DeviceLayout
    ) throws(CompileError) -> [Tensor] {
        guard frozen > 0, training.batch == 1, training.prefixSlots >= 2 else { return [] }
        let shape = generator.outputShape(of: frozen - 1)
        var slots: [Tensor] = []
        for _ in 0..<training.prefixSlots {
            slots.append(
                try layout.place(
                    .map,
                    batch: 1,
                    channels: shape.channels,
                    height: shape.height,
                    width: shape.width,
                    kind: .featureMap
                )
            )
        }
        return slots
    }
}

/// Where a step's persistent tensors are.
struct StarGANPlaces {
    let training: StarGANTraining
    let generator: NetworkParameters
    let discriminator: NetworkParameters
    let originalLabels: Tensor
    let targetLabels: Tensor
    let mixingFactors: Tensor
    let losses: [StarGANLoss: Tensor]
    let image: Tensor
    /// The unit whose value is kept from step to step, and places that stand for the slots of the
    /// image with its target and its original labels.
    let prefix: PrefixPlaces?

    /// The place of a loss; it is one of the training's.
    func loss(_ loss: StarGANLoss) -> Tensor { losses[loss] ?? image }
}

/// The kept unit, and the slots that stand for those of an image with either labels.
struct PrefixPlaces {
    let unit: Int
    let target: Tensor
    let original: Tensor

    /// Nil without slots.
    init?(slots: [Tensor], unit: Int) {
        guard slots.count >= 2 else { return nil }
        self.unit = unit
        (target, original) = (slots[0], slots[1])
    }
}

extension PrefixProgram {
    /// The program, for the first slot; nil where nothing is kept.
    init?(
        _ places: StarGANPlaces,
        start: UInt64,
        capacity: UInt64
    ) throws(CompileError) {
        guard let prefix = places.prefix else { return nil }
        var builder = ProgramBuilder()
        let generator = ForwardPass(places.generator, rolin: places.training.rolin)
        let shape = places.discriminator.graph.inputShape
        let image = builder.map(batch: 1, shape, kind: .featureMap)
        imageRead = builder.append(.compose(places.image, labels: nil, to: image), "prefix image")
        let input = builder.map(batch: 1, places.generator.graph.inputShape, kind: .featureMap)
        labelRead = builder.append(
            .compose(image, labels: places.targetLabels, to: input),
            "prefix input"
        )
        generator.append(
            prefixThrough: prefix.unit,
            to: &builder,
            input: input,
            label: StarGANPass.prefix,
            place: prefix.target
        )
        valueWrite = builder.commands.count - 1
        program = try Program(builder, start: start, capacity: capacity)
    }
}
