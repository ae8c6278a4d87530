import AcceleratorRuntime
import DurableStorage
import ImageCapture
import ModelGraph
import RetrainingCompiler

/// Everything a retraining reads: the model, the labels, the pictures.
struct RetrainInputs {
    private(set) var options: RetrainingOptions
    /// The step size that was asked for.
    private let learningRate: Double?
    let manifest: PictureManifest
    /// The cut pictures, in the manifest's order.
    let crops: [RGBImage]
    let skipped: [(name: String, reason: String)]
    /// Pictures that training does not see, with their labels.
    let heldOut: [LabelledPicture]
    /// Weights to start from.
    let start: TrainingState
    /// Where they come from, in words.
    let startedFrom: String

    init(_ command: TrainingOptions) throws {
        let table = try command.labels.map { try Self.table($0) }
        let starting = try StartingModel(command, table, assuming: try Self.defaults(command))
        let model = starting.loaded?.file
        let attributes = try Self.attributes(command, table, model)
        if let table {
            do throws(LabelTableError) {
                try table.check(attributes: attributes)
            } catch {
                throw CommandFailure(.badData, "\(error)")
            }
        }
        options = try Self.options(command, attributes, model)
        learningRate = command.learningRate
        (start, startedFrom) = try Self.start(options, starting)
        let pictures = try Self.pictures(command.images, options, table)
        skipped = pictures.skipped
        (manifest, crops, heldOut) = try Self.split(pictures.read, command)
    }

    /// The same inputs for retraining a selection of layers.
    func selecting(_ selection: LayerSelection) -> RetrainInputs {
        var inputs = self
        inputs.options.select(selection, learningRate: learningRate)
        return inputs
    }

    // MARK: Labels and attributes

    private static func table(_ path: String) throws -> LabelTable {
        do throws(LabelTableError) {
            return try LabelTable(contentsOfFile: path)
        } catch {
            if case .unreadable = error { throw CommandFailure(.noInput, "\(error)") }
            throw CommandFailure(.badData, "\(error)")
        }
    }

    private static func attributes(
        _ command: TrainingOptions,
        _ table: LabelTable?,
        _ model: ModelFile?
    ) throws -> [String] {
        // A model without names takes those of the table, if there is one of as many columns.
        var names = model?.attributes ?? table?.attributes ?? model?.attributeNames ?? ["attribute"]
        if let list = command.attributes {
            names = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard !names.isEmpty, !names.contains(""), Set(names).count == names.count else {
            throw CommandFailure(
                .usage,
                "--attributes has an empty or repeated name; give names with commas between them"
            )
        }
        if let model, model.configuration.classes != names.count {
            throw CommandFailure(
                .configuration,
                "the model has \(model.configuration.classes) classes, but \(names.count) "
                    + "attributes were named (\(names.joined(separator: ","))); name as many"
            )
        }
        if let known = model?.attributes, known != names, Set(known) == Set(names) {
            throw CommandFailure(
                .configuration,
                "--attributes has the model's attributes in another order; the model's is "
                    + known.joined(separator: ",")
            )
        }
        return names
    }

    // MARK: Model

    private static func defaults(_ command: TrainingOptions) throws -> StarGANConfiguration {
        do throws(RetrainingError) {
            return try configuration(command, classes: 1)
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func configuration(
        _ command: TrainingOptions,
        classes: Int
    ) throws(RetrainingError) -> StarGANConfiguration {
        do {
            return try StarGANConfiguration(
                imageSize: command.size ?? 256,
                generatorChannels: command.sizes.generatorChannels ?? 16,
                residualBlocks: command.sizes.residualBlocks ?? 6,
                classes: classes,
                discriminatorChannels: command.sizes.discriminatorChannels ?? 16,
                discriminatorLayers: command.sizes.layers(size: command.size ?? 256)
            )
        } catch {
            throw .configuration("\(error)")
        }
    }

    private static func options(
        _ command: TrainingOptions,
        _ attributes: [String],
        _ model: ModelFile?
    ) throws -> RetrainingOptions {
        do throws(RetrainingError) {
            let sizes: StarGANConfiguration
            if let model {
                sizes = model.configuration
            } else {
                sizes = try configuration(command, classes: attributes.count)
            }
            if let size = command.size, size != sizes.imageSize {
                throw .configuration(
                    "the model is for pictures of \(sizes.imageSize) pixels, --size says \(size); "
                        + "leave --size out"
                )
            }
            let start: RetrainingOptions.Start =
                switch model {
                case nil: .randomWeights
                case let model? where model.discriminator == nil:
                    .generator(weightsHash: model.weightsHash)
                case let model?: .model(weightsHash: model.weightsHash)
                }
            let steps = command.loss == .leastSquares ? 1 : 5
            let weights = RetrainingOptions.lossWeights(for: start)
            var options = RetrainingOptions(
                configuration: sizes,
                attributes: attributes,
                epochs: command.epochs,
                batch: command.batch,
                seed: command.seed,
                adversarialLoss: command.loss,
                classLoss: command.classLoss,
                criticSteps: command.criticSteps ?? steps,
                learningRate: command.learningRate
                    ?? RetrainingOptions.learningRate(for: start, .all),
                start: start,
                rolin: command.rolin
            )
            options.lambdaAdversarial = command.adversarialWeight ?? weights.adversarial
            options.lambdaReconstruction =
                command.reconstructionWeight ?? weights.reconstruction
            return options
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func start(
        _ options: RetrainingOptions,
        _ starting: StartingModel
    ) throws -> (TrainingState, String) {
        let model = starting.loaded?.file
        do throws(RetrainingError) {
            let state = try TrainingState(
                options.configuration,
                seed: options.seed,
                generator: model?.generator,
                discriminator: model?.discriminator
            )
            guard let (source, file) = starting.loaded else {
                let reason = starting.reason.map { " (\($0))" } ?? ""
                return (state, "random weights, seed \(options.seed)\(reason)")
            }
            let (name, hash) = (source.words, file.weightsHash)
            guard file.discriminator != nil else {
                return (state, "generator of \(name), weights \(hash); fresh discriminator")
            }
            return (state, "\(name), weights \(hash)")
        } catch {
            throw CommandFailure(error)
        }
    }

    // MARK: Pictures

    private static func pictures(
        _ path: String,
        _ options: RetrainingOptions,
        _ table: LabelTable?
    ) throws -> (read: [LabelledPicture], skipped: [(name: String, reason: String)]) {
        let size = options.configuration.imageSize
        let folder = try PictureFolder(path, size: size)
        var read: [LabelledPicture] = []
        do throws(LabelTableError) {
            for picture in folder.pictures {
                let labels = try table?.labels(
                    forFile: picture.name,
                    attributes: options.attributes
                )
                read.append(
                    LabelledPicture(
                        name: picture.name,
                        image: picture.image,
                        labels: labels ?? options.attributes.map { _ in false }
                    )
                )
            }
        } catch {
            throw CommandFailure(.badData, "\(error)")
        }
        for picture in read {
            try checkExclusive(table == nil ? nil : picture.labels, of: picture.name, options)
        }
        return (read, folder.skipped)
    }

    /// Divides the pictures into those to train on and those held out, the last ones of an order
    /// that the seed gives.
    private static func split(
        _ pictures: [LabelledPicture],
        _ command: TrainingOptions
    ) throws -> (PictureManifest, [RGBImage], [LabelledPicture]) {
        let count = command.holdOut ?? pictures.count / 5
        guard count < pictures.count else {
            throw CommandFailure(
                .configuration,
                "--hold-out is \(count), but there are \(pictures.count) pictures; "
                    + "leave at least one to train on"
            )
        }
        var random = CounterRandom(seed: command.seed, stream: "hold out")
        let held = Set(random.permutation(pictures.count).suffix(count))
        var manifest = PictureManifest()
        for (index, picture) in pictures.enumerated() where !held.contains(index) {
            manifest.add(
                name: picture.name,
                pixels: picture.image.pixels,
                labels: picture.labels
            )
        }
        return (
            manifest,
            pictures.enumerated().filter { !held.contains($0.offset) }.map(\.element.image),
            held.sorted().map { pictures[$0] }
        )
    }

    /// With the softmax loss every picture shows exactly one attribute.
    private static func checkExclusive(
        _ labels: [Bool]?,
        of file: String,
        _ options: RetrainingOptions
    ) throws {
        guard options.classLoss == .softmax else { return }
        guard let labels else {
            throw CommandFailure(
                .configuration,
                "--class-loss softmax needs to know which attribute each picture shows; "
                    + "give --labels"
            )
        }
        let count = labels.count { $0 }
        guard count == 1 else {
            throw CommandFailure(
                .badData,
                "failed to label \(file): it shows \(count) of the attributes, "
                    + "--class-loss softmax takes exactly one; "
                    + "use sigmoid, or choose other --attributes"
            )
        }
    }
}

/// A picture with what it shows.
struct LabelledPicture {
    let name: String
    let image: RGBImage
    let labels: [Bool]
}
