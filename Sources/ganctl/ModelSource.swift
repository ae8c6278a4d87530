import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import ModelGraph

/// What `--model` names: a model that comes with this program, or a file.
enum ModelSource: Equatable, Sendable {
    case builtIn(BuiltInModel)
    case file(String)

    /// What may be given, for help.
    static let grammar =
        "a safetensors file, or a built-in model: "
        + BuiltInModel.allCases.map(\.name).joined(separator: ", ")
    /// What the names are not for.
    static let discussion = "A file called like a built-in model is given as ./stargan-8."

    /// Most bytes of a model's file.
    private static let maximumByteCount = 2 << 30

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
        let bytes: [UInt8]
        do throws(FileBytes.Failure) {
            bytes = try FileBytes.read(path, maximumByteCount: maximumByteCount)
        } catch {
            switch error {
            case .system(let reason):
                throw CommandFailure(.noInput, "failed to read model \(path): \(reason)")
            case .tooLarge(let byteCount):
                throw CommandFailure(
                    .badData,
                    "failed to read model \(path): it has \(byteCount) bytes, more than 2 GiB"
                )
            }
        }
        do throws(RetrainingError) {
            return try ModelFile(decoding: bytes, name: path, assuming: defaults)
        } catch {
            throw CommandFailure(error)
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
