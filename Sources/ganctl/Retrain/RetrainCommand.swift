import AcceleratorDriver
import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import Glibc
import ImageCapture
import ModelGraph
import PerformanceModel
import RetrainingCompiler

/// Retrains a StarGAN on a folder of pictures.
struct RetrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retrain",
        abstract: "Retrain a StarGAN on a folder of pictures.",
        discussion: """
            Reads JPEG and PNG, cuts the middle square out of each, trains, and writes into the \
            output folder: model.safetensors (weights under generator. and discriminator., named \
            as in a PyTorch checkpoint of yunjey/stargan), report.json, report.html and \
            before-after.png.

            Without --model it starts from the built-in model \(BuiltInModel.standard.name), \
            pretrained on drawn portraits; from random weights with --fresh, or where sizes or \
            attributes are asked for that this model has not. The report says which it was.

            Ctrl-C ends after the current step and leaves checkpoint.safetensors; --resume goes \
            on from it to the same weights as if nothing had happened. A second Ctrl-C ends at once.
            """
    )

    @OptionGroup(title: "Training")
    var training: TrainingOptions

    @OptionGroup(title: "Results")
    var results: ResultOptions

    @Option(help: "Plan to follow instead of --selret: a file of ganctl plan save.")
    var plan: String?

    @Flag(
        help: ArgumentHelp(
            "Retrain every layer too, for the report to compare the plan with.",
            discussion: "Judged by the pictures held out; takes as long again as it saves."
        )
    )
    var compareFull = false

    @OptionGroup(title: "Chip")
    var chip: ProfileOptions

    @OptionGroup(title: "Device")
    var device: DeviceOptions

    @Flag(help: "Print the report as JSON.")
    var json = false

    func validate() throws {
        guard plan == nil || training.selret == nil else {
            throw ValidationError("--plan and --selret exclude each other")
        }
    }

    func run() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let folder = try results.folder(apartFrom: [training.images])
        let inputs = try RetrainInputs(training)
        let profile = try chip.load()
        let source = planSource(folder, inputs, profile)
        let accelerator = try await device.open()
        do {
            let plan = try await source.plan(for: inputs, on: accelerator)
            let session = try RetrainSession(
                self,
                inputs.selecting(plan.selection),
                (plan, profile),
                folder,
                accelerator,
                (clock, start)
            )
            try folder.create()
            try folder.write(try plan.document.serialized(.indented), as: OutputFolder.plan)
            try await session.run()
        } catch {
            await accelerator.close()
            if let error = error as? RetrainingError { throw CommandFailure(error) }
            throw error
        }
        await accelerator.close()
    }

    /// The plan; a training that goes on keeps the one it was started with.
    private func planSource(
        _ folder: OutputFolder,
        _ inputs: RetrainInputs,
        _ profile: ChipProfile
    ) -> PlanSource {
        if let plan { return .file(plan) }
        // What was named anew is held against the checkpoint; nothing is probed a second time.
        let isOpen = [nil, "auto"].contains(training.selret)
        if results.resume, isOpen, folder.holds(OutputFolder.plan) {
            return .file(folder.file(OutputFolder.plan))
        }
        return .made(training.request(from: inputs.options.start), profile)
    }
}
