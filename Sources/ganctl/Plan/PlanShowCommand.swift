import AcceleratorRuntime
import ArgumentParser

/// Shows a plan.
struct PlanShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a plan: its layers, what they take, and what is saved.",
        discussion: """
            Reads a file of ganctl plan save, or plan.json in the output folder of a retraining. \
            Costs are predictions for the profile that the plan was made for.
            """
    )

    @Argument(
        help: ArgumentHelp("A plan, or the output folder of a retraining.", valueName: "plan")
    )
    var path: String

    @Flag(help: "Print the plan as JSON.")
    var json = false

    func run() throws {
        let plan = try PlanSource.read(PlanSource.file(at: path))
        if json {
            StandardStreams.print(plan.document)
        } else {
            print(RetrainingPlanText(plan).text)
        }
    }
}
