import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import Glibc
import ModelGraph

/// Puts a model into the store.
struct ModelImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Put a model into the store: files of weights, or the output of a retraining.",
        discussion: """
            The networks of a model may come in several files, each with what its names are to \
            stand under: G_A=latest_net_G_A.pth. Without that they are called generator and \
            discriminator, or G_A, G_B, D_A and D_B after CycleGAN's files.

            The output folder of a retraining is put into the layout of the stored model that it \
            started from, with its plan and its report.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "Files of weights, or one output folder of a retraining.",
            valueName: "[label=]file"
        )
    )
    var files: [String]

    @Option(help: "Name in the store; else the file's.")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Attributes, in the order of the model's classes, where the file has no names.",
            valueName: "a,b,c"
        )
    )
    var attributes: String?

    @Option(help: "Stored model that a retraining started from; else the report's.")
    var parent: String?

    @OptionGroup(title: "Store")
    var place: StoreOptions

    @Flag(help: "Print the entry as JSON.")
    var json = false

    func run() throws {
        let store = try place.modelStore
        var attributes: [String]?
        if let list = self.attributes {
            attributes = list.split(separator: ",", omittingEmptySubsequences: false)
                .map(String.init)
            guard let names = attributes, !names.contains(""), Set(names).count == names.count
            else {
                throw CommandFailure(.usage, "--attributes has an empty or repeated name")
            }
        }
        let read: ModelImport
        if files.count == 1, Self.isFolder(files[0]) {
            read = try retraining(files[0], attributes, store)
        } else {
            guard parent == nil else {
                throw CommandFailure(
                    .usage,
                    "--parent is for the output folder of a retraining; leave it out"
                )
            }
            read = try weights(attributes, store)
        }
        let (model, wasThere) = try reporting { () throws(RetrainingError) in
            try store.add(read.addition)
        }
        if json {
            StandardStreams.print(model.document)
        } else {
            print(summary(model, wasThere, read))
        }
    }

    private func weights(
        _ attributes: [String]?,
        _ store: ModelStore
    ) throws(CommandFailure) -> ModelImport {
        var read: [ModelImport.File] = []
        for argument in files {
            let (label, path) = Self.split(argument)
            read.append(
                ModelImport.File(
                    label: label,
                    name: WeightsFile.name(of: path),
                    bytes: try WeightsFile.read(path, to: "import")
                )
            )
        }
        let source = read.first?.name ?? "model"
        let name: String
        if let given = self.name {
            name = given
        } else {
            name = try freeName(like: source, in: store)
        }
        return try reporting { () throws(RetrainingError) in
            try ModelImport(read, ModelImport.Facts(name: name, attributes: attributes))
        }
    }

    /// `label=path`, where the label is a plain word and no file is called like the whole.
    static func split(_ argument: String) -> (label: String?, path: String) {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        let isLabel = parts.first?.allSatisfy { $0.isASCII && ($0.isLetter || $0 == "_") } ?? false
        guard parts.count == 2, isLabel, access(argument, F_OK) != 0 else { return (nil, argument) }
        return (parts[0], parts[1])
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// A name made of a file's, with a number behind it where it is taken.
    private func freeName(
        like file: String,
        in store: ModelStore
    ) throws(CommandFailure) -> String {
        var stem = file
        if let dot = file.lastIndex(of: "."), dot != file.startIndex { stem = String(file[..<dot]) }
        stem = String(stem.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }.prefix(48))
        while stem.first == "-" { stem.removeFirst() }
        let models = try reporting { () throws(RetrainingError) in try store.list().models }
        let taken = Set(models.map(\.name))
        let base = stem.isEmpty ? "model" : stem
        func isFree(_ name: String) -> Bool {
            do {
                try ModelStore.check(name: name)
                return !taken.contains(name)
            } catch {
                return false
            }
        }
        if isFree(base) { return base }
        return (2...).lazy.map { "\(base)-\($0)" }.first(where: isFree) ?? base
    }

    private func summary(_ model: StoredModel, _ wasThere: Bool, _ read: ModelImport) -> String {
        var lines = [
            wasThere
                ? "the store has these weights already, as \(model.name)"
                : "imported \(model.name): \(model.family), \(model.byteCount) bytes",
            "id \(model.id)",
        ]
        for network in read.networks {
            let place = network.prefix.isEmpty ? "" : " at \(network.prefix)"
            let use = network.isTrainable ? "" : " (batch norms: it can be run, not trained)"
            lines.append(
                "\(network.family.rawValue) \(network.role.rawValue)\(place): "
                    + "\(network.graph.parameterElementCount) parameters\(use)"
            )
        }
        if !read.ignored.isEmpty {
            let listed = read.ignored.prefix(8).map { "\($0)" }.joined(separator: ", ")
            let rest = read.ignored.count - 8
            lines.append("ignored: \(listed)" + (rest > 0 ? " and \(rest) more" : ""))
        }
        return lines.joined(separator: "\n")
    }
}

// MARK: Retrainings

extension ModelImportCommand {
    /// Reads the output folder of a retraining and puts it into its parent's layout.
    private func retraining(
        _ path: String,
        _ attributes: [String]?,
        _ store: ModelStore
    ) throws -> ModelImport {
        let trained = try RetrainedFolder(path)
        let name = try self.name ?? freeName(like: WeightsFile.name(of: path), in: store)
        var facts = ModelImport.Facts(name: name, attributes: attributes ?? trained.attributes)
        facts.pictureDigest = trained.pictureDigest
        facts.report = trained.report
        let folder = OutputFolder(path: path)
        if folder.holds(OutputFolder.plan) {
            facts.plan = try WeightsFile.read(folder.file(OutputFolder.plan), to: "import")
        }
        return try reporting { () throws(RetrainingError) in
            let origin: StoredModel?
            if let parent {
                origin = try store.find(parent)
            } else {
                origin = try trained.origin(in: store)
            }
            facts.parent = origin?.id
            var files = [
                ModelImport.File(label: nil, name: OutputFolder.model, bytes: trained.weights)
            ]
            if let origin { files = try trained.files(in: origin, of: store) }
            return try ModelImport(files, facts)
        }
    }
}
