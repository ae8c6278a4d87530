import ArgumentParser

/// Plans of retrainings: which layers, and what that takes of a chip.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Make, show and compare plans of which layers to retrain (SELRET).",
        discussion: """
            A plan says which layers are retrained and why, and what that takes of a chip. \
            ganctl retrain makes one and leaves it as plan.json beside its results, or follows a \
            saved one with --plan.
            """,
        subcommands: [PlanSaveCommand.self, PlanShowCommand.self, PlanDiffCommand.self]
    )
}
