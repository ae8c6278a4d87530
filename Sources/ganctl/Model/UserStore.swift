import AcceleratorRuntime
import DurableStorage
import Glibc
import ModelGraph

extension ModelStore {
    /// The store of the user who runs this.
    static func ofUser() throws(CommandFailure) -> ModelStore {
        func variable(_ name: String) -> String? {
            guard let text = getenv(name) else { return nil }
            let value = String(cString: text)
            return value.hasPrefix("/") ? value : nil
        }
        let data = variable("XDG_DATA_HOME") ?? variable("HOME").map { $0 + "/.local/share" }
        guard let data else {
            throw CommandFailure(
                .configuration,
                "failed to find the store of models: neither XDG_DATA_HOME nor HOME is an absolute "
                    + "path; give --store"
            )
        }
        return ModelStore(path: data + "/gan-accelerator/models")
    }
}

/// Runs what fails with errors of the runtime, as a command fails.
func reporting<Value>(
    _ body: () throws(RetrainingError) -> Value
) throws(CommandFailure) -> Value {
    do throws(RetrainingError) {
        return try body()
    } catch {
        throw CommandFailure(error)
    }
}

/// A model's file, whole.
enum WeightsFile {
    /// Reads it; `purpose` is what it is wanted for, as in "failed to import".
    static func read(_ path: String, to purpose: String) throws(CommandFailure) -> [UInt8] {
        do throws(FileBytes.Failure) {
            return try FileBytes.read(path, maximumByteCount: ModelStore.maximumBlobByteCount)
        } catch {
            switch error {
            case .system(let reason):
                throw CommandFailure(.noInput, "failed to \(purpose) \(path): \(reason)")
            case .tooLarge(let byteCount):
                throw CommandFailure(
                    .badData,
                    "failed to \(purpose) \(path): it has \(byteCount) bytes, more than 2 GiB"
                )
            }
        }
    }

    /// Whether a model's name on the command line is the path of a file; a folder is none.
    static func isNamed(by reference: String) -> Bool {
        if reference.contains("/") { return true }
        var status = stat()
        return stat(reference, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
    }

    /// The name of a file without its folders.
    static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}

/// A model named on the command line: one of the store, or a file.
struct NamedModel {
    let words: String
    let checkpoint: Checkpoint
    let stored: StoredModel?

    /// Finds and reads it: a file where there is one of that path, else a model of the store.
    init(_ reference: String, in store: ModelStore) throws(CommandFailure) {
        if WeightsFile.isNamed(by: reference) {
            let bytes = try WeightsFile.read(reference, to: "read model")
            (words, stored) = (reference, nil)
            do {
                checkpoint = try Checkpoint(decoding: bytes)
            } catch {
                throw CommandFailure(.badData, "failed to read model \(reference): \(error)")
            }
            return
        }
        let model = try reporting { () throws(RetrainingError) in try store.find(reference) }
        words = "\(model.name), \(model.id.prefix(12))"
        stored = model
        checkpoint = try reporting { () throws(RetrainingError) in try store.load(model) }
    }
}
