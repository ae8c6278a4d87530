import AcceleratorDriver
import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import Glibc
import ImageCapture
import ModelGraph
import RetrainingCompiler

/// Retrains a StarGAN on a folder of pictures.
struct RetrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retrain",
        abstract: "Retrain a StarGAN on a folder of pictures.",
        discussion: """
            Reads JPEG and PNG, cuts the middle square out of each, trains, and writes into the \
            output folder: model.safetensors (weights under generator. and discriminator., named \
            as in a PyTorch checkpoint of yunjey/stargan), report.json and before-after.png.

            Without --model training starts from random weights: there is no built-in model yet.

            Ctrl-C ends after the current step and leaves checkpoint.safetensors; --resume goes \
            on from it to the same weights as if nothing had happened. A second Ctrl-C ends at once.
            """
    )

    @Option(help: "Folder with the pictures.")
    var images: String

    @Option(help: "Folder for the results; made if it is missing.")
    var output: String

    @Option(help: "Model to start from: a safetensors file of a StarGAN.")
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Attributes, in the order of the model's classes.",
            discussion: "Without it: the model's own, else the columns of --labels, else one "
                + "attribute called 'attribute'.",
            valueName: "a,b,c"
        )
    )
    var attributes: String?

    @Option(
        help: ArgumentHelp(
            "Table of which picture shows which attribute.",
            discussion: "CSV with a header file,a,b,c and 0 or 1 in each row, or CelebA's list. "
                + "Without it every attribute is taken to be off in every picture.",
            valueName: "file"
        )
    )
    var labels: String?

    @Option(help: "Times every picture is seen.")
    var epochs = 100

    @Option(help: "Side of the pictures in pixels; the model's if it says.")
    var size: Int?

    @Option(help: "Seed of random weights and of everything chosen at random.")
    var seed: UInt64 = 1

    @Option(help: "Pictures of a step.")
    var batch = 1

    @Option(help: "Adversarial loss: lsgan or wgan-gp.")
    var loss: AdversarialLoss = .leastSquares

    @Option(help: "Class loss: sigmoid (independent attributes) or softmax (exactly one).")
    var classLoss: ClassLoss = .sigmoid

    @Option(help: "Discriminator steps to one of the generator; 1 with lsgan, 5 with wgan-gp.")
    var criticSteps: Int?

    @Option(help: "Adam's step size.")
    var learningRate = 1e-4

    @Option(
        help: ArgumentHelp(
            "How instance norms pass through the device: full, apply-fused or off.",
            discussion: "Decides the memory traffic, not the weights: full takes statistics and "
                + "applies norms along with the convolutions, off in passes of their own.",
            valueName: "mode"
        )
    )
    var rolin: ROLINMode = .full

    @OptionGroup(title: "Sizes of a model that starts from random weights")
    var sizes: ModelSizes

    @OptionGroup(title: "Device")
    var device: DeviceOptions

    @Option(help: "Minutes between checkpoints.")
    var checkpointMinutes = 5.0

    @Flag(help: "Go on from the checkpoint in the output folder.")
    var resume = false

    @Flag(help: "Replace the results of an earlier run.")
    var force = false

    @Flag(help: "Print the report as JSON.")
    var json = false

    func validate() throws {
        func check(_ holds: Bool, _ message: String) throws {
            guard holds else { throw ValidationError(message) }
        }
        try check((1...1_000_000).contains(epochs), "--epochs is \(epochs); give at least 1")
        try check((1...64).contains(batch), "--batch is \(batch); give 1 to 64")
        if let criticSteps {
            try check(
                (1...1000).contains(criticSteps),
                "--critic-steps is \(criticSteps); give 1 to 1000"
            )
        }
        try check(
            learningRate >= 0 && learningRate <= 1,
            "--learning-rate is \(learningRate); give 0 to 1"
        )
        try check(checkpointMinutes > 0, "--checkpoint-minutes is not above 0")
        try check(!(resume && force), "--resume and --force exclude each other")
    }

    func run() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let folder = OutputFolder(path: output)
        try folder.check(resumes: resume, replaces: force)
        guard !folder.isSame(as: images) else {
            throw CommandFailure(
                .configuration,
                "failed to start: --output is the folder of the pictures, so the sheet of results "
                    + "would be a picture of the next run; choose another --output"
            )
        }
        let inputs = try RetrainInputs(self)
        let accelerator = try await device.open()
        do {
            let session = try RetrainSession(self, inputs, folder, accelerator, clock, start)
            try folder.create()
            try await session.run()
        } catch {
            await accelerator.close()
            if let error = error as? RetrainingError { throw CommandFailure(error) }
            throw error
        }
        await accelerator.close()
    }
}

/// Sizes of the networks.
struct ModelSizes: ParsableArguments {
    @Option(help: "Channels of the generator's first layer (default: 16).")
    var generatorChannels: Int?

    @Option(help: "Residual blocks of the generator (default: 6).")
    var residualBlocks: Int?

    @Option(help: "Channels of the discriminator's first layer (default: 16).")
    var discriminatorChannels: Int?

    @Option(help: "Layers of the discriminator; as many as leave 4 pixels of the side (6 of 256).")
    var discriminatorLayers: Int?

    /// Layers for pictures of a size.
    func layers(size: Int) -> Int {
        if let discriminatorLayers { return discriminatorLayers }
        var (layers, side) = (1, size / 2)
        while side > 4, side % 2 == 0 { (layers, side) = (layers + 1, side / 2) }
        return layers
    }
}

extension ModelSizes {
    /// Refuses sizes that were given and are not a model's.
    func check(against model: ModelFile) throws {
        let configuration = model.configuration
        var pairs = [
            ("--generator-channels", generatorChannels, configuration.generatorChannels),
            ("--residual-blocks", residualBlocks, configuration.residualBlocks),
        ]
        if model.discriminator != nil {
            pairs += [
                (
                    "--discriminator-channels", discriminatorChannels,
                    configuration.discriminatorChannels
                ),
                ("--discriminator-layers", discriminatorLayers, configuration.discriminatorLayers),
            ]
        }
        for (option, given, found) in pairs {
            guard let given, given != found else { continue }
            throw CommandFailure(
                .configuration,
                "\(option) is \(given), but the model has \(found); leave \(option) out"
            )
        }
    }
}

extension ClassLoss: ExpressibleByArgument {}

extension ROLINMode: ExpressibleByArgument {}
