import AcceleratorRuntime
import ArgumentParser

/// Compares two plans.
struct PlanDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what two plans differ in.",
        discussion: """
            Prints which layers only one of them retrains, and where cycle, budget, profile and \
            costs differ; "no difference" where nothing does. The exit status is 0 either way: \
            --json has "differs" for scripts.
            """
    )

    @Argument(help: ArgumentHelp("A plan, or the output folder of a retraining.", valueName: "a"))
    var first: String

    @Argument(help: ArgumentHelp("The plan to compare it with.", valueName: "b"))
    var second: String

    @Flag(help: "Print the differences as JSON.")
    var json = false

    func run() throws {
        let difference = PlanDifference(
            try PlanSource.read(PlanSource.file(at: first)),
            try PlanSource.read(PlanSource.file(at: second))
        )
        if json {
            StandardStreams.print(difference.document)
        } else {
            print(difference.text(first: first, second: second))
        }
    }
}
