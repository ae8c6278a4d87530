import AcceleratorRuntime
import ArgumentParser
import Glibc
import ModelGraph

/// What `--model` names: a model that comes with this program, a file, or a model of the store.
enum ModelSource: Equatable, Sendable {
    case builtIn(BuiltInModel)
    /// A file, or where there is none of that path the name or the id of a stored model.
    case file(String)

    /// What may be given, for help.
    static let grammar =
        "a file (safetensors, or a .pth of a state dict), a name or id of ganctl model list, or a "
        + "built-in model: "
        + BuiltInModel.allCases.map(\.name).joined(separator: ", ")
    /// What the names are not for.
    static let discussion = "A file called like a built-in model is given as ./stargan-8."

    /// The model in words.
    var words: String {
        switch self {
        case .builtIn(let model): "built-in model \(model.name)"
        case .file(let path): path
        }
    }

    /// Reads the model; `defaults` are sizes for what a file does not say.
    func load(assuming defaults: StarGANConfiguration) throws(CommandFailure) -> ModelFile {
        switch self {
        case .builtIn(let model):
            return try reporting { () throws(RetrainingError) in try model.load() }
        case .file(let path): return try Self.read(path, defaults)
        }
    }

    private static func read(
        _ path: String,
        _ defaults: StarGANConfiguration
    ) throws(CommandFailure) -> ModelFile {
        let contents = try contents(of: path)
        return try reporting { () throws(RetrainingError) in
            try ModelFile(
                contents.checkpoint,
                name: contents.name,
                attributes: contents.attributes,
                assuming: defaults
            )
        }
    }

    /// A model's tensors, what it is called, and names of its classes that are known beside them.
    private typealias Contents = (checkpoint: Checkpoint, name: String, attributes: [String]?)

    private static func contents(of path: String) throws(CommandFailure) -> Contents {
        guard WeightsFile.isNamed(by: path) else { return try stored(path) }
        let bytes = try WeightsFile.read(path, to: "read model")
        do {
            return (try Checkpoint(decoding: bytes), path, nil)
        } catch {
            throw CommandFailure(.badData, "failed to read model \(path): \(error)")
        }
    }

    /// Reads a model of the user's store.
    private static func stored(_ reference: String) throws(CommandFailure) -> Contents {
        let store = try ModelStore.ofUser()
        return try reporting { () throws(RetrainingError) in
            let model: StoredModel
            do throws(RetrainingError) {
                model = try store.find(reference)
            } catch {
                guard case .missingFile(let reason) = error else { throw error }
                throw .missingFile(
                    "failed to read model \(reference): no such file or directory, and none in the "
                        + "store either (\(reason))"
                )
            }
            return (try store.load(model), model.name, model.attributes)
        }
    }

    /// Reads a generator of any family; `network` says which one of several.
    func loadGenerator(_ network: String?) throws(CommandFailure) -> PictureGenerator {
        switch self {
        case .builtIn(let model):
            guard network == nil else {
                throw CommandFailure(
                    .configuration,
                    "built-in models have one generator; leave --network out"
                )
            }
            return try reporting { () throws(RetrainingError) in
                PictureGenerator(try model.load())
            }
        case .file(let path):
            let contents = try Self.contents(of: path)
            return try reporting { () throws(RetrainingError) in
                try PictureGenerator(
                    contents.checkpoint,
                    name: contents.name,
                    attributes: contents.attributes,
                    network: network
                )
            }
        }
    }
}

extension ModelSource: ExpressibleByArgument {
    init(argument: String) {
        self = BuiltInModel(name: argument).map { .builtIn($0) } ?? .file(argument)
    }

    var defaultValueDescription: String { argument }

    /// What was given.
    var argument: String {
        switch self {
        case .builtIn(let model): model.name
        case .file(let path): path
        }
    }
}
