import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import Glibc
import ModelGraph

/// Writes a stored model to a file.
struct ModelExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a stored model to a file that PyTorch loads.",
        discussion: """
            Names, order, types and shapes are those of the file that was imported; the extension \
            says what is written: .safetensors, or .pth, .pt and .ckpt for a zip file that \
            torch.load(weights_only=True) takes. A model of several files is written as nested \
            state dicts, or one of them with --part. A file that came without a label goes by what \
            it holds, generator or discriminator, or by its name.
            """
    )

    @Argument(help: ArgumentHelp("Name or id of a stored model.", valueName: "model"))
    var model: String

    @Argument(help: ArgumentHelp("File to write.", valueName: "file"))
    var output: String

    @Option(help: "The one file to write: its label, such as G_A, or generator.")
    var part: String?

    @OptionGroup(title: "Store")
    var place: StoreOptions

    @Flag(help: "Replace a file of that name.")
    var force = false

    func run() throws {
        guard let format = Checkpoint.Format(fileName: output) else {
            throw CommandFailure(
                .usage,
                "failed to export to \(output): its extension says no format; use .safetensors, "
                    + ".pth, .pt or .ckpt"
            )
        }
        guard force || access(output, F_OK) != 0 else {
            throw CommandFailure(
                .configuration,
                "failed to export: there is already \(output); choose another file, or replace it "
                    + "with --force"
            )
        }
        let store = try place.modelStore
        let checkpoint = try reporting { () throws(RetrainingError) in
            let stored = try store.find(model)
            guard let part else { return try store.load(stored) }
            return try store.load(part: part, of: stored)
        }
        let bytes: [UInt8]
        do throws(CheckpointError) {
            bytes = try checkpoint.encoded(as: format)
        } catch {
            throw CommandFailure(.badData, "failed to export \(model): \(error)")
        }
        do throws(FileWriteError) {
            try AtomicFile.write(bytes, to: output)
        } catch {
            throw CommandFailure(.inputOutput, "\(error)")
        }
        StandardStreams.complain("wrote \(output): \(checkpoint.tensors.count) tensors")
    }
}
