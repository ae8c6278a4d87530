import AcceleratorRuntime
import ArgumentParser
import ModelGraph

/// Draws a model's networks as tables.
struct ModelShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a model's networks, unit by unit: shapes, MACs, parameters, bytes."
    )

    @Argument(help: ArgumentHelp("Name or id of a stored model, or a file.", valueName: "model"))
    var model: String

    @Option(help: "Side of the pictures in pixels, where the networks do not say it.")
    var size: Int?

    @OptionGroup(title: "Store")
    var place: StoreOptions

    @Flag(help: "Print the networks as JSON.")
    var json = false

    func run() throws {
        let named = try NamedModel(model, in: try place.modelStore)
        let checkpoint = named.checkpoint.withNetworkNames()
        let networks: [RecognizedNetwork]
        do throws(RecognitionError) {
            networks = try NetworkRecognition.recognize(
                checkpoint.namedShapes,
                imageSize: size
            ).networks
        } catch {
            throw CommandFailure(.badData, "failed to show \(model): \(error)")
        }
        let tables = networks.map { NetworkTable($0, in: checkpoint) }
        if json {
            StandardStreams.print([
                "model": named.stored?.document ?? .null,
                "format": .string(checkpoint.format.rawValue),
                "networks": .array(tables.map(\.document)),
                "ignored": .array(checkpoint.ignored.map { .string("\($0)") }),
            ])
        } else {
            var lines = head(named)
            for table in tables { lines += [""] + table.lines }
            print(lines.joined(separator: "\n"))
        }
    }

    private func head(_ named: NamedModel) -> [String] {
        let checkpoint = named.checkpoint
        var lines = [
            "\(named.words): \(checkpoint.tensors.count) tensors, "
                + "\(checkpoint.tensorByteCount) bytes"
        ]
        if let stored = named.stored {
            lines.append("imported \(stored.imported)")
            for part in stored.parts {
                let label = part.label.isEmpty ? "" : " as \(part.label)"
                lines.append("from \(part.source) (\(part.format.rawValue))\(label)")
            }
            if let parent = stored.parent { lines.append("retrained from \(parent)") }
            if let digest = stored.pictureDigest { lines.append("on pictures \(digest)") }
            if let names = stored.attributes {
                lines.append("attributes \(names.joined(separator: ", "))")
            }
        }
        if !checkpoint.ignored.isEmpty {
            let ignored = checkpoint.ignored.prefix(8).map { "\($0)" }
            let rest = checkpoint.ignored.count - 8
            lines.append(
                "ignored: \(ignored.joined(separator: ", "))"
                    + (rest > 0 ? " and \(rest) more" : "")
            )
        }
        return lines
    }
}
