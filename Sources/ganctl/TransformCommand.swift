import AcceleratorDriver
import AcceleratorRuntime
import ArgumentParser
import ImageCapture
import ModelGraph

/// Changes pictures with a trained model.
struct TransformCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transform",
        abstract: "Change pictures with a trained model.",
        discussion: """
            Writes one PNG a picture, named after it, into the output folder. A StarGAN needs to \
            be told what to change; attributes that are not named are off, or as --labels has \
            them. Generators of CycleGAN and pix2pix (resnet, U-Net) read a picture alone. What \
            cannot be read is named, and the rest goes on; the exit status is then 65, or 66 if \
            files are only missing.
            """
    )

    @Option(
        help: ArgumentHelp(
            "Model: \(ModelSource.grammar).",
            discussion: ModelSource.discussion,
            valueName: "name or file"
        )
    )
    var model: ModelSource

    @Option(
        help: ArgumentHelp(
            "Which generator, of a model with several.",
            valueName: "G_A"
        )
    )
    var network: String?

    @Option(
        help: ArgumentHelp("What the pictures shall show.", valueName: "a=on,b=off")
    )
    var attributes: String?

    @Option(
        help: ArgumentHelp(
            "Table of which picture shows which attribute, as retrain takes it.",
            valueName: "file"
        )
    )
    var labels: String?

    @Argument(help: "Pictures, or folders of pictures.")
    var inputs: [String]

    @Option(help: "Folder for the results; made if it is missing.")
    var output: String

    @Option(
        help: """
            Side of the pictures, for a model that does not say; else 256, or what a U-Net halves \
            to one pixel.
            """
    )
    var size: Int?

    @Flag(help: "Replace pictures of the same names.")
    var force = false

    @OptionGroup var device: DeviceOptions

    func validate() throws {
        let sizes = StarGANConfiguration.Limits.imageSize
        if let size, !sizes.contains(size) || size % 4 != 0 {
            throw ValidationError(
                "--size is \(size); give a multiple of 4 from \(sizes.lowerBound) to "
                    + "\(sizes.upperBound)"
            )
        }
    }

    func run() async throws {
        let generator = try model.loadGenerator(network)
        let side = try side(of: generator)
        let targets = try TransformTargets(generator, labels: labels, changes: attributes)
        let pictures = try TransformInputs(inputs)
        let folder = OutputFolder(path: output)
        try pictures.check(folder, replaces: force)
        let graph = try reporting { () throws(RetrainingError) in
            try generator.graph(imageSize: side)
        }
        let accelerator = try await device.open()
        let failures: [ExitStatus]
        do {
            let transformer = try await Transformer(
                accelerator,
                generator: graph,
                parameters: generator.parameters
            )
            try folder.create()
            failures = try await transform(pictures, transformer, targets, side, folder)
        } catch {
            await accelerator.close()
            if let error = error as? RetrainingError { throw CommandFailure(error) }
            throw error
        }
        await accelerator.close()
        print(
            "changed \(pictures.paths.count - failures.count) of \(pictures.paths.count) pictures "
                + "on \(device.device) into \(output)"
        )
        guard let first = failures.first else { return }
        let status = failures.contains(.badData) ? .badData : first
        throw ExitCode(status.rawValue)
    }

    /// Side of the pictures: what the model was made for, if it says.
    private func side(of generator: PictureGenerator) throws -> Int {
        guard let known = generator.imageSize else { return size ?? generator.usualImageSize }
        if let size, size != known {
            throw CommandFailure(
                .configuration,
                "the model is for pictures of \(known) pixels, --size says \(size); "
                    + "leave --size out"
            )
        }
        return known
    }

    /// Changes every picture; returns the kinds of the failures, which are named as they occur.
    private func transform(
        _ pictures: TransformInputs,
        _ transformer: Transformer,
        _ targets: TransformTargets,
        _ side: Int,
        _ folder: OutputFolder
    ) async throws -> [ExitStatus] {
        var failures = pictures.missing.map { _ in ExitStatus.noInput }
        for path in pictures.paths where !pictures.missing.contains(path) {
            let picture: RGBImage
            let target: [Bool]
            do {
                picture = try RGBImage(contentsOfFile: path, minimumSide: 2 * side)
                target = try targets.labels(ofFile: TransformInputs.fileName(path))
            } catch {
                StandardStreams.complain("ganctl: skipped: \(error)")
                if case ImageError.unreadable = error {
                    failures.append(.noInput)
                } else {
                    failures.append(.badData)
                }
                continue
            }
            let values = try await transformer.transform(
                picture.squareCropped(side: side).planarFloats(),
                to: target
            )
            try folder.write(
                RGBImage(planar: values, width: side, height: side),
                as: TransformInputs.resultName(path)
            )
        }
        return failures
    }
}
