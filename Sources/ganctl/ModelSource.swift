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
            do throws(RetrainingError) {
                return try model.load()
            } catch {
                throw CommandFailure(error)
            }
        case .file(let path): return try Self.read(path, defaults)
        }
    }

    private static func read(
        _ path: String,
        _ defaults: StarGANConfiguration
    ) throws(CommandFailure) -> ModelFile {
        if !path.contains("/"), access(path, F_OK) != 0 { return try stored(path, defaults) }
        let bytes = try WeightsFile.read(path, to: "read model")
        do throws(RetrainingError) {
            return try ModelFile(decoding: bytes, name: path, assuming: defaults)
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension ModelSource {
    /// Reads a model of the user's store.
    private static func stored(
        _ reference: String,
        _ defaults: StarGANConfiguration
    ) throws(CommandFailure) -> ModelFile {
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
            return try ModelFile(
                try store.load(model),
                name: model.name,
                attributes: model.attributes,
                assuming: defaults
            )
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
