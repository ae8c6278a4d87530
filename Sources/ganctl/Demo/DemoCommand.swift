import AcceleratorDriver
import AcceleratorRuntime
import ArgumentParser
import ModelGraph
import SamplePortraits

/// Shows a model failing for a drawn user, retrains it on a few pictures, and shows it repaired.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show what retraining does for one drawn user.",
        discussion: """
            Draws a user under a condition that no model was pretrained for, changes attributes of \
            the user's pictures with the model as it is, retrains it on a few pictures with \
            SELRET auto and ROLIN full, and changes them again. What is shown and scored are \
            other pictures of the same user, which training never sees, against \
            their true pictures, which a drawing has.

            Writes report.html and pictures.png (input, truth, before, after), report.json, \
            plan.json and model.safetensors; the pictures trained on into user, those judged by \
            into judged. Nothing is written before all is done.
            """
    )

    @Option(help: "Folder for the results; made if it is missing.")
    var output = "demo"

    @Option(
        help: ArgumentHelp(
            "How the user's pictures differ from those of the pretraining.",
            discussion: "One of \(ConditionList.names); several at once with + between them."
        )
    )
    var condition = Condition.dimTint.name

    @Option(help: "Seed of the user: another person, another variant of the condition.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "Model to start from: \(ModelSource.grammar).",
            discussion: ModelSource.discussion,
            valueName: "name or file"
        )
    )
    var model = ModelSource.builtIn(.standard)

    @Option(help: "Pictures of the user to retrain on.")
    var pictures = 7

    @Option(help: "Pictures of the user to judge by.")
    var judged = 4

    @Option(help: "Times every picture is seen.")
    var epochs = 100

    @Option(help: TrainingOptions.learningRateHelp)
    var learningRate: Double?

    @OptionGroup(title: "Chip")
    var chip: ProfileOptions

    @OptionGroup(title: "Device")
    var device: DeviceOptions

    @Flag(help: "Replace the results of an earlier run.")
    var force = false

    @Flag(help: "Print the report as JSON.")
    var json = false

    func validate() throws {
        _ = try ConditionList.parse(condition)
        guard (1...64).contains(pictures) else {
            throw ValidationError("--pictures is \(pictures); give 1 to 64")
        }
        guard (1...QualityEvaluation.pictureLimit).contains(judged) else {
            throw ValidationError(
                "--judged is \(judged); give 1 to \(QualityEvaluation.pictureLimit)"
            )
        }
        guard (1...100_000).contains(epochs) else {
            throw ValidationError("--epochs is \(epochs); give at least 1")
        }
        if let learningRate, !(0...1).contains(learningRate) {
            throw ValidationError("--learning-rate is \(learningRate); give 0 to 1")
        }
    }

    func run() async throws {
        Interruption.watch()
        let folder = OutputFolder(path: output)
        try folder.check(resumes: false, replaces: force)
        let profile = try chip.load()
        let started = try PortraitModel(model, to: "retrain")
        let accelerator = try await device.open()
        do {
            let retraining = UserRetraining(
                started,
                epochs: epochs,
                learningRate: learningRate,
                profile: profile,
                accelerator: accelerator
            )
            let user = SampleUser(
                conditions: try ConditionList.parse(condition),
                seed: seed,
                size: started.configuration.imageSize,
                pictureCount: pictures,
                judgedCount: judged
            )
            let results = try await DemoRun(self, retraining, user).results()
            try results.write(to: folder)
            if json {
                StandardStreams.print(results.report.document)
            } else {
                print(results.summary(folder))
            }
        } catch {
            await accelerator.close()
            if error is UserInterruption {
                StandardStreams.complain("ganctl: interrupted; nothing was written")
                throw ExitCode(ExitStatus.interrupted.rawValue)
            }
            if let error = error as? RetrainingError { throw CommandFailure(error) }
            throw error
        }
        await accelerator.close()
    }
}
