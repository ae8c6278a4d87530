import AcceleratorDriver
import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import Glibc
import ImageCapture
import ModelGraph
import RetrainingCompiler
import SamplePortraits

/// Trains a StarGAN on drawn portraits, whose truth is known.
struct PretrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pretrain",
        abstract: "Train a StarGAN from random weights on drawn portraits.",
        discussion: """
            Draws portraits as they are needed, no two the same, with the attributes \
            \(Attribute.allCases.map(\.name).joined(separator: ", ")). Since the true picture of \
            every change can be drawn too, its distance is one of the losses. The step size falls \
            to zero over the second half.

            Writes model.safetensors and report.json. Ctrl-C leaves a checkpoint; --resume goes on \
            to the same weights.
            """
    )

    @OptionGroup(title: "Results")
    var results: ResultOptions

    @Option(
        help: ArgumentHelp(
            "Model of an earlier pretraining to go on from: \(ModelSource.grammar).",
            discussion: "Its pictures may have had another size: small ones first are faster. The "
                + "discriminator is fresh where that of the model does not fit.",
            valueName: "name or file"
        )
    )
    var model: ModelSource?

    @Option(help: "Epochs.")
    var epochs = 20

    @Option(help: "Portraits of an epoch.")
    var portraits = 1000

    @Option(help: "Side of the pictures in pixels.")
    var size = 256

    @Option(help: "Seed of weights, portraits and everything chosen at random.")
    var seed: UInt64 = 1

    @Option(help: "Portraits of a step.")
    var batch = 1

    @Option(help: "Adam's step size.")
    var learningRate = 4e-4

    @Option(
        help: ArgumentHelp(
            "How often each attribute is changed, in their order, relative to the others.",
            discussion: "What is small or hard to draw is asked for more often.",
            valueName: "a,b,c"
        )
    )
    var shares = ChangeShares.standard

    @Option(
        help: ArgumentHelp(
            "What the distance from the truth is: absolute or squared.",
            discussion: "Squared, what a change has yet to do outweighs what all pictures share.",
            valueName: "kind"
        )
    )
    var truthLoss: TruthLoss = .squared

    @Option(help: "Weight of the distance from the truth.")
    var truthWeight: Float = 600

    @Option(
        help: ArgumentHelp(
            "Factor on the weights of the labels to begin with (default: 30, with --model 1).",
            discussion: "The norm after the first layer takes a plane's constant away but for the "
                + "picture's rim, the less the larger pictures are; larger weights make up for it."
        )
    )
    var labelGain: Float?

    @Option(
        help: ArgumentHelp(
            "How weights are stored: float32, or bfloat16 in half the bytes.",
            discussion: "What the training comes to is rounded once, at its end.",
            valueName: "type"
        )
    )
    var dtype: SafetensorsWriter.Encoding = .float32

    @OptionGroup(title: "Sizes of the model")
    var sizes: ModelSizes

    @OptionGroup(title: "Device")
    var device: DeviceOptions

    func validate() throws {
        func check(_ holds: Bool, _ message: String) throws {
            guard holds else { throw ValidationError(message) }
        }
        try check((1...100_000).contains(epochs), "--epochs is \(epochs); give at least 1")
        try check(
            (1...1_000_000).contains(portraits),
            "--portraits is \(portraits); give 1 or more"
        )
        try check((1...64).contains(batch), "--batch is \(batch); give 1 to 64")
        try check(learningRate >= 0 && learningRate <= 1, "--learning-rate is not from 0 to 1")
        try check(truthWeight > 0 && truthWeight <= 10_000, "--truth-weight is not above 0")
        if let labelGain {
            try check(labelGain > 0 && labelGain <= 1000, "--label-gain is not above 0, up to 1000")
        }
    }

    func run() async throws {
        let folder = try results.folder()
        let inputs = try inputs()
        let accelerator = try await device.open()
        do {
            try folder.create()
            try await PretrainSession(self, inputs, folder, accelerator).run()
        } catch {
            await accelerator.close()
            if let error = error as? RetrainingError { throw CommandFailure(error) }
            throw error
        }
        await accelerator.close()
    }

    private func inputs() throws -> PretrainInputs {
        let configuration: StarGANConfiguration
        let earlier: ModelFile?
        do {
            let defaults = try StarGANConfiguration(
                imageSize: size,
                generatorChannels: sizes.generatorChannels ?? 16,
                residualBlocks: sizes.residualBlocks ?? 6,
                classes: Attribute.allCases.count,
                discriminatorChannels: sizes.discriminatorChannels ?? 8,
                discriminatorLayers: sizes.layers(size: size)
            )
            earlier = try model.map { try $0.load(assuming: defaults) }
            configuration = try earlier.map { try continued($0, defaults) } ?? defaults
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.configuration, "\(error)")
        }
        var options = RetrainingOptions(
            configuration: configuration,
            attributes: Attribute.allCases.map(\.name),
            epochs: epochs,
            batch: batch,
            seed: seed,
            adversarialLoss: .leastSquares,
            classLoss: .sigmoid,
            criticSteps: 1,
            learningRate: learningRate,
            start: .randomWeights
        )
        options.pretraining = PretrainingOptions(
            portraitsPerEpoch: portraits,
            truthLoss: truthLoss,
            lambdaTruth: truthWeight,
            changeShares: shares.counts
        )
        return try PretrainInputs(
            options,
            earlier: earlier,
            path: model?.words,
            labelGain: labelGain ?? (earlier == nil ? 30 : 1)
        )
    }

    /// Sizes to go on with: the earlier generator's, and what was asked for.
    private func continued(
        _ earlier: ModelFile,
        _ defaults: StarGANConfiguration
    ) throws -> StarGANConfiguration {
        guard earlier.attributeNames == Attribute.allCases.map(\.name) else {
            throw CommandFailure(
                .badData,
                "failed to go on from \(model?.words ?? ""): its attributes are not those of the "
                    + "portraits; give a model of ganctl pretrain"
            )
        }
        try sizes.check(against: earlier)
        return try StarGANConfiguration(
            imageSize: size,
            generatorChannels: earlier.configuration.generatorChannels,
            residualBlocks: earlier.configuration.residualBlocks,
            classes: earlier.configuration.classes,
            discriminatorChannels: earlier.configuration.discriminatorChannels,
            discriminatorLayers: defaults.discriminatorLayers
        )
    }
}

/// What a pretraining starts from.
struct PretrainInputs {
    let options: RetrainingOptions
    let state: TrainingState
    /// In words.
    let startedFrom: String

    /// Starts from the networks of an earlier pretraining as far as they fit, else from fresh ones.
    init(
        _ options: RetrainingOptions,
        earlier: ModelFile?,
        path: String?,
        labelGain: Float
    ) throws {
        var options = options
        var judge: ParameterSet?
        if let earlier, let path {
            let fits =
                earlier.configuration.discriminatorLayers
                == options.configuration.discriminatorLayers
            judge = fits ? earlier.discriminator : nil
            let hash = earlier.weightsHash
            options.start = judge == nil ? .generator(weightsHash: hash) : .model(weightsHash: hash)
            startedFrom =
                (judge == nil
                    ? "generator of \(path), weights \(hash); fresh discriminator"
                    : "\(path), weights \(hash)")
                + (labelGain == 1 ? "" : "; weights of labels times \(labelGain)")
        } else {
            startedFrom =
                "random weights, seed \(options.seed), those of labels times \(labelGain)"
        }
        self.options = options
        do {
            var state = try TrainingState(
                options.configuration,
                seed: options.seed,
                generator: earlier?.generator,
                discriminator: judge
            )
            if labelGain != 1 { try state.enlargeLabelWeights(by: labelGain) }
            self.state = state
        } catch {
            throw CommandFailure(error)
        }
    }
}

/// One run of `ganctl pretrain`.
struct PretrainSession {
    private let command: PretrainCommand
    private let inputs: PretrainInputs
    private let folder: OutputFolder
    private let retraining: Retraining
    private var options: RetrainingOptions { inputs.options }
    private var saves: CheckpointFile { CheckpointFile(folder: folder) }

    init(
        _ command: PretrainCommand,
        _ inputs: PretrainInputs,
        _ folder: OutputFolder,
        _ accelerator: Accelerator
    ) throws(RetrainingError) {
        self.command = command
        self.inputs = inputs
        let options = inputs.options
        self.folder = folder
        retraining = try Retraining(
            accelerator,
            options: options,
            pictures: PictureManifest(),
            images: [],
            supply: PortraitSupply(
                seed: options.seed,
                batch: options.batch,
                size: options.configuration.imageSize,
                shares: command.shares
            ).steps
        )
    }

    func run() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        var state = inputs.state
        var record = RetrainingRecord(for: options)
        if command.results.resume {
            let checkpoint = try saves.load(for: options, pictures: PictureManifest())
            (state, record) = (checkpoint.state, checkpoint.record)
            record.resumeCount += 1
        }
        StandardStreams.complain(
            "device: \(command.device.device), kernels \(command.device.kernelName), "
                + "\(command.device.threads) threads; \(retraining.stepCount) steps"
        )
        Interruption.watch()
        let progress = RetrainProgress(epochs: options.epochs)
        let (ending, reached) = try await retraining.run(
            from: state,
            record: &record,
            observer: saves.observer(
                minutes: command.results.checkpointMinutes,
                clock: clock,
                start: start,
                progress: progress
            )
        )
        guard ending == .finished else {
            progress.endLine()
            throw saves.interruption(after: reached.stepCount, of: retraining.stepCount)
        }
        saves.keep(retraining.checkpoint(of: reached, record))
        try write(reached, record)
    }

    private func write(_ state: TrainingState, _ record: RetrainingRecord) throws {
        let weights = try ModelWeights(
            generator: state.generator.parameters,
            discriminator: state.discriminator.parameters
        ).rounded(to: command.dtype)
        let hash = weights.hash
        let report = RetrainingReport(
            device: command.device.device,
            kernels: command.device.kernelName,
            threads: command.device.threads,
            options: options,
            record: record,
            pictures: PictureManifest(),
            skipped: [],
            startedFrom: inputs.startedFrom,
            weightsHash: hash,
            steps: state.stepCount,
            deviceByteCount: retraining.deviceByteCount
        )
        try folder.write(
            try ModelFile.encoded(
                generator: weights.generator,
                discriminator: weights.discriminator,
                options: options,
                as: command.dtype
            ),
            as: OutputFolder.model
        )
        try folder.write(try report.document.serialized(.indented), as: OutputFolder.report)
        folder.remove(OutputFolder.checkpoint)
        print(
            "pretrained on \(command.device.device) in "
                + "\(RetrainProgress.short(record.wallSeconds)) s; weights \(hash)"
        )
    }
}

extension SafetensorsWriter.Encoding: ExpressibleByArgument {}

extension TruthLoss: ExpressibleByArgument {}
