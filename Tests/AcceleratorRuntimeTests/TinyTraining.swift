import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import ChipEmulator
import ModelGraph
import RetrainingCompiler
import TestSupport

/// A training that takes milliseconds: noise for pictures, networks of a few channels.
struct TinyTraining {
    var size = 32
    var channels = 8
    var residualBlocks = 1
    var discriminatorLayers = 3
    var pictureCount = 3
    var batch = 1
    var criticSteps = 1
    var epochs = 1
    var learningRate = 1e-3
    var seed: UInt64 = 5
    var adversarialLoss = AdversarialLoss.leastSquares
    var classLoss = ClassLoss.sigmoid
    var attributes = ["glasses", "smile"]
    var rolin = ROLINMode.full
    /// Names of what is retrained; nil for everything.
    var selected: [String]?
    var cycle = LayerSelection.Cycle.whole

    /// A training of next to nothing, for what is slow or done hundreds of times.
    static let tiniest = TinyTraining(
        size: 16,
        channels: 2,
        residualBlocks: 0,
        discriminatorLayers: 2,
        pictureCount: 2
    )

    func configuration() throws -> StarGANConfiguration {
        try StarGANConfiguration(
            imageSize: size,
            generatorChannels: channels,
            residualBlocks: residualBlocks,
            classes: attributes.count,
            discriminatorChannels: channels,
            discriminatorLayers: discriminatorLayers
        )
    }

    func selection() throws -> LayerSelection {
        guard let selected else { return LayerSelection(cycle: cycle) }
        let configuration = try configuration()
        return try LayerSelection(
            names: selected,
            generator: configuration.generator(),
            discriminator: configuration.discriminator(),
            cycle: cycle
        )
    }

    func options() throws -> RetrainingOptions {
        var options = RetrainingOptions(
            configuration: try configuration(),
            attributes: attributes,
            epochs: epochs,
            batch: batch,
            seed: seed,
            adversarialLoss: adversarialLoss,
            classLoss: classLoss,
            criticSteps: criticSteps,
            learningRate: learningRate,
            start: .randomWeights,
            rolin: rolin
        )
        options.selection = try selection()
        return options
    }

    /// Pictures of noise, in planes, in [-1, 1).
    var images: [[Float]] {
        (0..<pictureCount).map { picture in
            var random = SeededGenerator(seed: UInt64(picture))
            return (0..<3 * size * size).map { _ in random.unit() * 2 - 1 }
        }
    }

    /// Labels that differ from picture to picture, exactly one of them on.
    var labels: [[Bool]] {
        (0..<pictureCount).map { picture in
            attributes.indices.map { $0 == picture % attributes.count }
        }
    }

    var pictures: PictureManifest {
        var manifest = PictureManifest()
        for (index, labels) in labels.enumerated() {
            manifest.add(name: "\(index).png", pixels: [UInt8(index)], labels: labels)
        }
        return manifest
    }

    func start() throws -> TrainingState {
        let configuration = try configuration()
        return TrainingState(
            generator: ParameterSet(
                initializing: try configuration.generator(),
                seed: seed,
                stream: "generator"
            ),
            discriminator: ParameterSet(
                initializing: try configuration.discriminator(),
                seed: seed,
                stream: "discriminator"
            )
        )
    }

    func retraining(on accelerator: Accelerator) throws -> Retraining {
        try Retraining(accelerator, options: options(), pictures: pictures, images: images)
    }

    /// The training compiled for a device.
    func plan(
        on accelerator: Accelerator,
        imageSlots: Int? = nil,
        keepsResults: Bool = false,
        keepsGradients: Bool = false,
        optimizer: OptimizerKind = .adam,
        prefixSlots: Int = 0
    ) throws -> StarGANPlan {
        let configuration = try configuration()
        var training = try options().training(pictureCount: pictureCount)
        training.imageSlots = imageSlots ?? training.imageSlots
        training.keepsResults = keepsResults
        training.keepsGradients = keepsGradients || keepsResults
        training.optimizer = optimizer
        training.prefixSlots = prefixSlots
        return try StarGANPlan(
            training,
            graphs: (try configuration.generator(), try configuration.discriminator()),
            capabilities: accelerator.capabilities
        )
    }

    /// A trainer of the pictures; `imageSlots` of them fit the device.
    func trainer(
        on accelerator: Accelerator,
        imageSlots: Int? = nil,
        keepsResults: Bool = false,
        keepsGradients: Bool = false,
        prefixSlots: Int = 0
    ) throws -> StarGANTrainer {
        let plan = try plan(
            on: accelerator,
            imageSlots: imageSlots,
            keepsResults: keepsResults,
            keepsGradients: keepsGradients,
            prefixSlots: prefixSlots
        )
        return StarGANTrainer(
            accelerator,
            plan: plan,
            rule: .adam(AdamRule(learningRate: learningRate)),
            criticSteps: criticSteps,
            images: images
        )
    }

    /// The state after some steps from random weights.
    func state(
        after steps: Int,
        on accelerator: Accelerator,
        imageSlots: Int? = nil,
        prefixSlots: Int = 0
    ) async throws -> TrainingState {
        let trainer = try trainer(
            on: accelerator,
            imageSlots: imageSlots,
            prefixSlots: prefixSlots
        )
        let schedule = try options().schedule(labels: labels)
        try await trainer.start(seed: seed)
        for step in 0..<steps { _ = try await trainer.run(schedule.step(step)) }
        return try await trainer.state()
    }
}

extension TrainingState {
    /// The digest of both networks' weights.
    var weightsHash: String {
        WeightsHash.hexadecimal(
            generator: generator.parameters,
            discriminator: discriminator.parameters
        )
    }
}

/// An emulated device with little memory.
func openEmulator(kernels: String? = nil, threads: Int = 1) async throws -> Accelerator {
    let provider = EmulatorProvider(
        capabilities: DeviceCapabilities(dramByteCount: 64 << 20),
        configuration: EmulatorConfiguration(threadCount: threads, kernelName: kernels)
    )
    guard let descriptor = await provider.enumerate().first else { throw NoDevice() }
    return try await Accelerator.open(try await provider.open(descriptor))
}

/// A device over the scalar reference.
func openReference() async throws -> Accelerator {
    guard let memory = EmulatedMemory(byteCount: 64 << 20) else { throw NoDevice() }
    let transport = try EmulatedTransport(
        descriptor: DeviceDescriptor(
            identifier: "reference:0",
            product: "scalar reference",
            link: .emulator,
            isReliable: true
        ),
        memory: memory,
        datapath: ReferencePort(memory: memory)
    )
    return try await Accelerator.open(transport)
}

/// There is no device to test with.
struct NoDevice: Error {}
