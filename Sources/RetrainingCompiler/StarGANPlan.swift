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
    /// Weight of the L1 distance between an image and its reconstruction.
    package var lambdaReconstruction: Float
    /// Weight of the gradient penalty (`wgan-gp` only).
    package var lambdaGradientPenalty: Float
    /// Whether gradients and pictures stay readable after a program, and the generator is not
    /// updated: for comparing with an oracle.
    package var keepsResults: Bool
    /// Places for images in device DRAM.
    package var imageSlots: Int
    /// What norms have done along with the convolutions; the weights do not depend on it.
    package var rolin: ROLINMode

    /// A training; the defaults are StarGAN's.
    package init(
        configuration: StarGANConfiguration,
        batch: Int = 1,
        adversarialLoss: AdversarialLoss = .leastSquares,
        classLoss: ClassLoss = .sigmoid,
        lambdaClass: Float = 1,
        lambdaReconstruction: Float = 10,
        lambdaGradientPenalty: Float = 10,
        keepsResults: Bool = false,
        imageSlots: Int? = nil,
        rolin: ROLINMode = .full
    ) {
        self.configuration = configuration
        self.batch = batch
        self.adversarialLoss = adversarialLoss
        self.classLoss = classLoss
        self.lambdaClass = lambdaClass
        self.lambdaReconstruction = lambdaReconstruction
        self.lambdaGradientPenalty = lambdaGradientPenalty
        self.keepsResults = keepsResults
        self.imageSlots = imageSlots ?? batch
        self.rolin = rolin
    }
}

/// The losses of a StarGAN step, in the order in which the device holds them.
package enum StarGANLoss: Int, CaseIterable, Sendable {
    case discriminatorReal, discriminatorFake, discriminatorClass, gradientPenalty
    case generatorAdversarial, generatorClass, reconstruction

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
        }
    }
}

/// A program of a StarGAN training, and which of its commands change from step to step.
package struct StarGANProgram: Sendable {
    /// The commands.
    package let program: Program
    /// Commands that read an image: their place, and the image's number in the batch.
    package let imageReads: [(command: Int, image: Int)]
    /// The discriminator's optimizer commands.
    package let discriminatorUpdates: [Int]
    /// The generator's optimizer commands.
    package let generatorUpdates: [Int]
    /// Gradients by parameter name with the network's prefix, if results are kept.
    package let gradients: [String: Tensor]
    /// The generated image and its reconstruction, if results are kept.
    package let pictures: (fake: Tensor, reconstructed: Tensor)?
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
    /// One vector a ``StarGANLoss``, one after another.
    package let losses: [Tensor]
    /// Places for images, bf16 planes of 3 channels.
    package let imageSlots: [Tensor]
    /// Makes working copies of freshly written masters.
    package let setUp: Program
    /// Trains the discriminator, then the generator.
    package let step: StarGANProgram
    /// Trains the discriminator alone.
    package let criticStep: StarGANProgram

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
        for _ in StarGANLoss.allCases { losses.append(try vector(1, 1)) }
        self.losses = losses
        var slots: [Tensor] = []
        let size = training.configuration.imageSize
        for _ in 0..<training.imageSlots {
            slots.append(
                try layout.place(
                    .image,
                    batch: 1,
                    channels: 3,
                    height: size,
                    width: size,
                    kind: .image
                )
            )
        }
        imageSlots = slots
        let places = StarGANPlaces(
            training: training,
            generator: generator,
            discriminator: discriminator,
            originalLabels: originalLabels,
            targetLabels: targetLabels,
            mixingFactors: mixingFactors,
            losses: losses,
            image: slots[0]
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
    let losses: [Tensor]
    let image: Tensor

    func loss(_ loss: StarGANLoss) -> Tensor { losses[loss.rawValue] }
}
