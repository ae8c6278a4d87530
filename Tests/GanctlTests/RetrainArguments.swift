import AcceleratorRuntime
import DurableStorage
import ModelGraph
import TestSupport

/// The command line of a retraining that takes moments.
struct RetrainArguments {
    var images: String
    var output: String
    var size = 32
    var epochs = 1
    /// Further arguments; of an option given twice the last one counts.
    var further: [String] = []

    /// The words after `ganctl`.
    var words: [String] {
        [
            "retrain", "--images", images, "--output", output, "--size", "\(size)",
            "--generator-channels", "4", "--residual-blocks", "1", "--discriminator-channels", "4",
            "--discriminator-layers", "3", "--epochs", "\(epochs)", "--threads", "2",
        ] + further
    }

    /// A retraining of two small pictures, put into the folder, with its output in the folder.
    init(in folder: TemporaryFolder, epochs: Int = 1) throws {
        images = try PictureFiles.addPortraits(to: folder)
        output = folder.path + "/output"
        self.epochs = epochs
    }

    /// The report it wrote.
    func report() throws -> JSONField {
        let path = output + "/report.json"
        let bytes = try FileBytes.read(path, maximumByteCount: 1 << 20)
        return try JSONField(parsing: bytes, document: path)
    }

    /// The model it wrote.
    func model() throws -> ModelFile {
        let path = output + "/model.safetensors"
        return try ModelFile(
            decoding: FileBytes.read(path, maximumByteCount: 1 << 24),
            name: path,
            assuming: StarGANConfiguration(
                imageSize: 16,
                generatorChannels: 1,
                residualBlocks: 0,
                classes: 1,
                discriminatorChannels: 1,
                discriminatorLayers: 2
            )
        )
    }
}
