import AcceleratorDriver
import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import Glibc
import ModelGraph
import PerformanceModel

/// Makes a plan and saves it.
struct PlanSaveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save",
        abstract: "Make the plan of a retraining and save it.",
        discussion: """
            Takes the options of ganctl retrain, probes the layers on the device where the \
            selection is automatic, and saves the plan instead of following it. ganctl retrain \
            --plan follows it later, with the same pictures, model and options.
            """
    )

    @OptionGroup(title: "Training")
    var training: TrainingOptions

    @Option(help: "File for the plan.")
    var output: String

    @OptionGroup(title: "Chip")
    var chip: ProfileOptions

    @OptionGroup(title: "Device")
    var device: DeviceOptions

    @Flag(help: "Replace a file of that name.")
    var force = false

    @Flag(help: "Print the plan as JSON.")
    var json = false

    func run() async throws {
        guard force || access(output, F_OK) != 0 else {
            throw CommandFailure(
                .configuration,
                "failed to save plan: there is already \(output); choose another --output, or "
                    + "replace it with --force"
            )
        }
        let profile = try chip.load()
        let inputs = try RetrainInputs(training)
        let accelerator = try await device.open()
        let plan: RetrainingPlan
        do {
            let request = training.request(from: inputs.options.start)
            plan = try await PlanSource.made(request, profile)
                .plan(for: inputs, on: accelerator)
        } catch {
            await accelerator.close()
            if let error = error as? RetrainingError { throw CommandFailure(error) }
            throw error
        }
        await accelerator.close()
        let document = plan.document
        let bytes = try document.serialized(.indented)
        do throws(FileWriteError) {
            try AtomicFile.write(bytes, to: output)
        } catch {
            throw CommandFailure(.inputOutput, "\(error)")
        }
        if json {
            StandardStreams.print(document)
        } else {
            print(RetrainingPlanText(plan).text)
        }
        StandardStreams.complain("wrote \(output)")
    }
}
