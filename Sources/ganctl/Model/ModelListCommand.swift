import AcceleratorRuntime
import ArgumentParser
import ModelGraph

/// Lists the store.
struct ModelListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the stored models; the active one has a star.",
        discussion: "Damaged entries are named too, and the exit status is then 65."
    )

    @OptionGroup(title: "Store")
    var place: StoreOptions

    @Flag(help: "Print the list as JSON.")
    var json = false

    func run() throws {
        let store = try place.modelStore
        let (list, active) = try reporting { () throws(RetrainingError) in
            (try store.list(), try store.activeID())
        }
        let (models, damages) = list
        if json {
            let damaged = damages.map { damage -> StrictJSON in
                ["file": .string(damage.file), "reason": .string(damage.reason)]
            }
            StandardStreams.print([
                "active": active.map { .string($0) } ?? .null,
                "models": .array(models.map(\.document)),
                "damaged": .array(damaged),
            ])
        } else if models.isEmpty {
            print("no models in \(store.path)")
        } else {
            print(table(models, active).lines.joined(separator: "\n"))
        }
        for damage in damages {
            StandardStreams.complain("ganctl: damaged: \(damage.file): \(damage.reason)")
        }
        if !damages.isEmpty { throw ExitCode(ExitStatus.badData.rawValue) }
    }

    private func table(_ models: [StoredModel], _ active: String?) -> TextTable {
        let names = Dictionary(models.map { ($0.id, $0.name) }) { first, _ in first }
        return TextTable(
            columns: [
                .words(""), .words("name"), .words("id"), .words("family"), .words("parent"),
                .number("bytes"), .words("imported"), .words("from"),
            ],
            rows: models.map { model in
                [
                    model.id == active ? "*" : "", model.name, String(model.id.prefix(12)),
                    model.family,
                    model.parent.map { names[$0] ?? "removed, \($0.prefix(12))" } ?? "",
                    "\(model.byteCount)", model.imported,
                    model.parts.map(\.source).joined(separator: ", "),
                ]
            }
        )
    }
}
