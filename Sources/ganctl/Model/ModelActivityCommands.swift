import AcceleratorRuntime
import ArgumentParser

/// Makes a model the active one.
struct ModelActivateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate",
        abstract: "Make a stored model the active one, after checking that it is whole."
    )

    @Argument(help: ArgumentHelp("Name or id of a stored model.", valueName: "model"))
    var model: String

    @OptionGroup(title: "Store")
    var place: StoreOptions

    func run() throws {
        let store = try place.modelStore
        let active = try reporting { () throws(RetrainingError) in try store.activate(model) }
        print("active: \(active.name), \(active.id)")
    }
}

/// Goes back to the model that was active before.
struct ModelRollbackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Make the model active again that was so before."
    )

    @OptionGroup(title: "Store")
    var place: StoreOptions

    func run() throws {
        let store = try place.modelStore
        let active = try reporting { () throws(RetrainingError) in try store.rollBack() }
        print("active: \(active.name), \(active.id)")
    }
}

/// Removes a model from the store.
struct ModelRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a model from the store."
    )

    @Argument(help: ArgumentHelp("Name or id of a stored model.", valueName: "model"))
    var model: String

    @OptionGroup(title: "Store")
    var place: StoreOptions

    @Flag(help: "Remove it even if it is active, or others descend from it.")
    var force = false

    func run() throws {
        let store = try place.modelStore
        let removed = try reporting { () throws(RetrainingError) in
            try store.remove(model, force: force)
        }
        print("removed \(removed.name), \(removed.id)")
    }
}
