import BuiltInModels
import DurableStorage
import Glibc
import ModelGraph

/// A model that comes with this package: a StarGAN pretrained on drawn portraits.
///
/// Its file lies in a folder beside the program, where the build puts it. <doc:BuiltInModels> says
/// how the models were made.
package enum BuiltInModel: String, Sendable, CaseIterable {
    /// A generator of 8 channels: the faster one to retrain.
    case stargan8 = "stargan-8"
    /// A generator of 16 channels: the better pictures.
    case stargan16 = "stargan-16"

    /// What is retrained when no model is asked for.
    package static let standard = BuiltInModel.stargan8

    /// The stable name, for example `stargan-8`.
    package var name: String { rawValue }

    /// The model of a stable name; nil when there is none.
    package init?(name: String) {
        self.init(rawValue: name)
    }

    /// What its file is called.
    package var fileName: String { "\(name).safetensors" }

    /// Most bytes of a built-in model's file.
    package static let maximumByteCount = 3_000_000

    /// Where built-in models are looked for, in order.
    ///
    /// The folder that the build makes beside the program, then the one of an installed program.
    package static var folders: [String] {
        guard let program = folderOfProgram else { return [] }
        return [
            "\(program)/\(BUILT_IN_MODELS_BUNDLE)/Models",
            "\(program)/../share/gan-accelerator/Models",
        ]
    }

    /// Reads the model from the first folder that has it.
    ///
    /// - Throws: `.missingFile` saying where it was looked for, `.badFile` for another model or a
    ///   damaged one.
    package func load(
        in folders: [String] = Self.folders
    ) throws(RetrainingError) -> ModelFile {
        let paths = folders.map { "\($0)/\(fileName)" }
        guard let path = paths.first(where: { access($0, F_OK) == 0 }) else {
            let places = folders.isEmpty ? "nowhere" : folders.joined(separator: ", ")
            throw .missingFile(
                "failed to read built-in model \(name): its file \(fileName) is missing (looked "
                    + "for in \(places)); copy the folder "
                    + "\(BUILT_IN_MODELS_BUNDLE) of the build to beside the program, or give a "
                    + "model's file with --model"
            )
        }
        let bytes: [UInt8]
        do throws(FileBytes.Failure) {
            bytes = try FileBytes.read(path, maximumByteCount: Self.maximumByteCount)
        } catch {
            throw .badFile(
                "failed to read built-in model \(name) from \(path): \(error); build it again"
            )
        }
        let model = try ModelFile(decoding: bytes, name: path, assuming: try Self.defaults())
        guard model.discriminator != nil, model.attributes != nil else {
            throw .badFile(
                "failed to read built-in model \(name) from \(path): it lacks the discriminator or "
                    + "the names of its attributes; build it again"
            )
        }
        return model
    }

    /// Sizes for what a file does not say; a built-in model's says all.
    private static func defaults() throws(RetrainingError) -> StarGANConfiguration {
        do {
            return try StarGANConfiguration(
                imageSize: 256,
                generatorChannels: 8,
                residualBlocks: 6,
                classes: 1,
                discriminatorChannels: 8,
                discriminatorLayers: 6
            )
        } catch {
            throw .internalFault("\(error)")
        }
    }

    /// The folder of the running program, links resolved.
    private static var folderOfProgram: String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return String(decoding: path[..<slash], as: UTF8.self)
    }
}
