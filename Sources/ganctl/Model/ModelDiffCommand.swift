import AcceleratorRuntime
import ArgumentParser

/// Compares two models.
struct ModelDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show how two models differ, tensor by tensor.",
        discussion: """
            Relative change is the 2-norm of the difference over that of the first model's tensor. \
            The exit status is 0 either way: --json has "differs" for scripts.
            """
    )

    @Argument(help: ArgumentHelp("Name or id of a stored model, or a file.", valueName: "a"))
    var first: String

    @Argument(help: ArgumentHelp("The model to compare it with.", valueName: "b"))
    var second: String

    @OptionGroup(title: "Store")
    var place: StoreOptions

    @Flag(help: "Print the differences as JSON.")
    var json = false

    func run() throws {
        let store = try place.modelStore
        let models = (try NamedModel(first, in: store), try NamedModel(second, in: store))
        let difference = try reporting { () throws(RetrainingError) in
            try ModelDifference(models.0.checkpoint, models.1.checkpoint)
        }
        if json {
            StandardStreams.print(difference.document)
        } else {
            print(difference.lines.joined(separator: "\n"))
        }
    }
}
