import AcceleratorRuntime
import ArgumentParser

/// Users' own models.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Import, export and keep models trained in PyTorch or here.",
        discussion: """
            Models are kept in ${XDG_DATA_HOME:-~/.local/share}/gan-accelerator/models, or in \
            --store. One of them may be the active one, which --model active names. Wherever \
            --model takes a file it takes the name or the id of a stored model too.

            Files are safetensors, or zip files of torch.save (PyTorch 1.6 or later) with a state \
            dict; nothing in them is executed. A file that is damaged, asks for code, or holds \
            layers of no known family is refused with 65 and the reason; a missing one with 66, a \
            full disk with 74.
            """,
        subcommands: [
            ModelImportCommand.self, ModelExportCommand.self, ModelListCommand.self,
            ModelShowCommand.self, ModelDiffCommand.self, ModelActivateCommand.self,
            ModelRollbackCommand.self, ModelRemoveCommand.self,
        ]
    )
}

/// Which store.
struct StoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Folder of the models.", valueName: "folder"))
    var store: String?

    /// The store named, or the user's own.
    var modelStore: ModelStore {
        get throws(CommandFailure) {
            if let store { return ModelStore(path: store) }
            return try .ofUser()
        }
    }
}
