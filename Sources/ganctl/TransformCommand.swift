import AcceleratorDriver
import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import Glibc
import ImageCapture
import ModelGraph

/// Changes attributes of pictures with a trained model.
struct TransformCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transform",
        abstract: "Change attributes of pictures with a trained model.",
        discussion: """
            Writes one PNG a picture, named after it, into the output folder. Attributes that are \
            not named are off. What cannot be read is named, and the rest goes on.
            """
    )

    @Option(help: "Model: a safetensors file of a StarGAN.")
    var model: String

    @Option(
        help: ArgumentHelp("What the pictures shall show.", valueName: "a=on,b=off")
    )
    var attributes: String

    @Argument(help: "Pictures, or folders of pictures.")
    var inputs: [String]

    @Option(help: "Folder for the results; made if it is missing.")
    var output: String

    @Option(help: "Side of the pictures in pixels, for a model that does not say.")
    var size: Int?

    @Flag(help: "Replace pictures of the same names.")
    var force = false

    @OptionGroup var device: DeviceOptions

    func run() async throws {
        let model = try loadModel()
        let labels = try labels(of: model)
        let paths = try picturePaths()
        let folder = OutputFolder(path: output)
        let accelerator = try await device.open()
        do {
            let transformer = try await Transformer(
                accelerator,
                generator: try model.configuration.generator(),
                parameters: model.generator
            )
            try folder.create()
            let failureCount = try await transform(paths, transformer, model, labels, folder)
            await accelerator.close()
            if failureCount > 0 { throw ExitCode(ExitStatus.badData.rawValue) }
        } catch {
            await accelerator.close()
            if let error = error as? RetrainingError { throw CommandFailure(error) }
            throw error
        }
    }

    /// Changes every picture; returns how many could not be read.
    private func transform(
        _ paths: [String],
        _ transformer: Transformer,
        _ model: ModelFile,
        _ labels: [Bool],
        _ folder: OutputFolder
    ) async throws -> Int {
        let side = model.configuration.imageSize
        var names: Set<String> = []
        var failureCount = 0
        for path in paths {
            let picture: RGBImage
            do throws(ImageError) {
                picture = try RGBImage(contentsOfFile: path, minimumSide: 2 * side)
            } catch {
                StandardStreams.complain("ganctl: skipped: \(error)")
                failureCount += 1
                continue
            }
            let name = Self.resultName(path)
            guard names.insert(name).inserted, force || !folder.holds(name) else {
                throw CommandFailure(
                    .configuration,
                    "failed to write \(folder.file(name)): it is there already; "
                        + "choose another --output or replace it with --force"
                )
            }
            let values = try await transformer.transform(
                picture.squareCropped(side: side).planarFloats(),
                to: labels
            )
            try folder.write(RGBImage(planar: values, width: side, height: side), as: name)
        }
        print("changed \(names.count) pictures on \(device.device) into \(output)")
        return failureCount
    }

    private func loadModel() throws -> ModelFile {
        do {
            let bytes = try FileBytes.read(model, maximumByteCount: 2 << 30)
            let file = try ModelFile(
                decoding: bytes,
                name: model,
                assuming: try Self.defaults(imageSize: size ?? 256)
            )
            guard size == nil || size == file.configuration.imageSize else {
                throw CommandFailure(
                    .configuration,
                    "the model is for pictures of \(file.configuration.imageSize) pixels, "
                        + "--size says \(size ?? 0); leave --size out"
                )
            }
            return file
        } catch let error as FileBytes.Failure {
            throw CommandFailure(.noInput, "failed to read model \(model): \(error)")
        } catch let error as RetrainingError {
            throw CommandFailure(error)
        } catch let error as GraphError {
            throw CommandFailure(.usage, "\(error)")
        }
    }

    /// Sizes for a model that does not say; any discriminator will do that fits the pictures.
    private static func defaults(imageSize: Int) throws(GraphError) -> StarGANConfiguration {
        let most = StarGANConfiguration.Limits.discriminatorLayers.upperBound
        return try StarGANConfiguration(
            imageSize: imageSize,
            generatorChannels: 16,
            residualBlocks: 6,
            classes: 1,
            discriminatorChannels: 1,
            discriminatorLayers: min(most, max(1, imageSize.trailingZeroBitCount))
        )
    }

    private func labels(of model: ModelFile) throws -> [Bool] {
        let names = model.attributeNames
        var labels = names.map { _ in false }
        for part in attributes.split(separator: ",") {
            let sides = part.split(separator: "=", maxSplits: 1).map(String.init)
            let states = ["on": true, "off": false]
            guard sides.count == 2, let state = states[sides[1]] else {
                throw CommandFailure(
                    .usage,
                    "--attributes has '\(part)'; write name=on or name=off with commas between"
                )
            }
            guard let index = names.firstIndex(of: sides[0]) else {
                throw CommandFailure(
                    .usage,
                    "the model has no attribute '\(sides[0])'; it has "
                        + names.joined(separator: ", ")
                )
            }
            labels[index] = state
        }
        return labels
    }

    private func picturePaths() throws -> [String] {
        try inputs.flatMap { input -> [String] in
            var status = stat()
            guard stat(input, &status) == 0 else {
                throw CommandFailure(.noInput, "failed to read \(input): \(systemMessage(errno))")
            }
            guard status.st_mode & S_IFMT == S_IFDIR else { return [input] }
            do throws(ImageError) {
                let folder = try ImageFolder(path: input)
                return folder.names.filter { name in
                    [".png", ".jpg", ".jpeg"].contains { name.lowercased().hasSuffix($0) }
                }.map { folder.path(ofFile: $0) }
            } catch {
                throw CommandFailure(.noInput, "\(error)")
            }
        }
    }

    private static func resultName(_ path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        guard let dot = file.lastIndex(of: "."), dot > file.startIndex else { return file + ".png" }
        return file[..<dot] + ".png"
    }
}
