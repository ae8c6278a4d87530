import ArgumentParser

/// Retrains face-modification GANs on an accelerator, or on the emulated one.
@main
struct Ganctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ganctl",
        abstract: "Retrain face-modification GANs on an accelerator, or on the emulated one.",
        discussion: ExitStatus.table,
        version: "0.1.0",
        subcommands: [
            DemoCommand.self, RetrainCommand.self, PlanCommand.self, TransformCommand.self,
            SamplesCommand.self, ParityCommand.self, BenchCommand.self, SweepCommand.self,
            ReportCommand.self, PretrainCommand.self, EvaluateCommand.self, StudyCommand.self,
            ModelCommand.self, RetrainTranslatorCommand.self,
        ]
    )

    static func main() async {
        HostMemory.returnWhatIsFreed()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            failure.print()
            exit(withError: ExitCode(failure.status.rawValue))
        } catch {
            exit(withError: error)
        }
    }
}
