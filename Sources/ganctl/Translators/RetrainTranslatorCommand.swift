import AcceleratorDriver
import AcceleratorRuntime
import ArgumentParser
import RetrainingCompiler

/// Retrains a CycleGAN or a pix2pix on two folders of pictures.
struct RetrainTranslatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retrain-translator",
        abstract: "Retrain a CycleGAN or a pix2pix on two folders of pictures.",
        discussion: """
            The model decides which it is: two generators are a CycleGAN, for pictures of two \
            domains; one generator is a pix2pix, for pairs of pictures whose files have the same \
            name but for the extension. A discriminator that the model lacks is made, and trained \
            alone at first.

            Writes into the output folder: model.safetensors, report.json, report.html and \
            before-after.png. ganctl model import takes the folder and puts the weights into the \
            layout of the stored model that it started from.

            Ctrl-C ends after the current step and leaves checkpoint.safetensors; --resume goes \
            on from it to the same weights as if nothing had happened. A second Ctrl-C ends at once.
            """
    )

    @OptionGroup(title: "Training")
    var training: TranslatorTrainingOptions

    @OptionGroup(title: "Results")
    var results: ResultOptions

    @OptionGroup(title: "Device")
    var device: DeviceOptions

    @Flag(help: "Print the report as JSON.")
    var json = false

    func run() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let folder = try results.folder(apartFrom: [training.imagesA, training.imagesB])
        let inputs = try TranslatorInputs(training)
        let accelerator = try await device.open()
        do {
            let session = try TranslatorSession(self, inputs, folder, accelerator, (clock, start))
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

/// What decides the result of a translator's training.
struct TranslatorTrainingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Model to start from: a name or id of ganctl model list, or files of weights.",
            discussion: "Files may say which network they hold, as in "
                + "G_A=one.pth,G_B=other.pth; names like latest_net_G_A.pth say it by themselves.",
            valueName: "name or [label=]file,..."
        )
    )
    var model: String

    @Option(help: "Folder with the pictures of domain a; of pix2pix, the sources.")
    var imagesA: String

    @Option(help: "Folder with the pictures of domain b; of pix2pix, the targets.")
    var imagesB: String

    @Option(help: "Times every picture, of the larger folder, is seen.")
    var epochs = 200

    @Option(help: "Side of the pictures in pixels; 256, or what the model's levels ask for.")
    var size: Int?

    @Option(help: "Seed of fresh discriminators and of everything chosen at random.")
    var seed: UInt64 = 1

    @Option(help: "Pictures of a step out of each folder.")
    var batch = 1

    @Option(
        help: ArgumentHelp(
            "Adam's step size to begin with; it falls to zero over the second half.",
            valueName: "size"
        )
    )
    var learningRate = TranslatorOptions.defaultLearningRate

    @Option(
        help: ArgumentHelp(
            "Earlier fakes that a CycleGAN's discriminators are shown half of the time; 0 for none "
                + "(default: \(TranslatorOptions.defaultPoolSize)).",
            valueName: "count"
        )
    )
    var pool: Int?

    @Option(
        help: ArgumentHelp(
            "Steps in which only discriminators that the model lacked are trained (default: an "
                + "epoch).",
            valueName: "steps"
        )
    )
    var warmUp: Int?

    @Option(help: "Weight of a CycleGAN's cycle loss (default: 10).")
    var cycleWeight: Float?

    @Option(help: "Weight of its identity loss, as a part of the cycle's (default: 0.5).")
    var identityWeight: Float?

    @Option(help: "Weight of a pix2pix's distance from the target (default: 100).")
    var reconstructionWeight: Float?

    @Option(
        help: ArgumentHelp(
            "How instance norms pass through the device: full, apply-fused or off.",
            discussion: "Decides the memory traffic, not the weights.",
            valueName: "mode"
        )
    )
    var rolin: ROLINMode = .full

    func validate() throws {
        func check(_ holds: Bool, _ message: String) throws {
            guard holds else { throw ValidationError(message) }
        }
        try check((1...1_000_000).contains(epochs), "--epochs is \(epochs); give at least 1")
        try check((1...64).contains(batch), "--batch is \(batch); give 1 to 64")
        try check(
            learningRate >= 0 && learningRate <= 1,
            "--learning-rate is \(learningRate); give 0 to 1"
        )
        if let pool { try check((0...1000).contains(pool), "--pool is \(pool); give 0 to 1000") }
        if let warmUp {
            try check((0...1_000_000).contains(warmUp), "--warm-up is \(warmUp); give at least 0")
        }
        for (name, weight) in [
            ("--cycle-weight", cycleWeight), ("--identity-weight", identityWeight),
            ("--reconstruction-weight", reconstructionWeight),
        ] {
            guard let weight else { continue }
            try check(weight >= 0 && weight <= 1000, "\(name) is \(weight); give 0 to 1000")
        }
        try check(!model.isEmpty, "--model is empty; give a name or files")
    }
}
