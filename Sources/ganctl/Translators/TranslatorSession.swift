import AcceleratorDriver
import AcceleratorRuntime
import ImageCapture
import ModelGraph
import RetrainingCompiler

/// One run of `ganctl retrain-translator`, from the inputs to the results.
struct TranslatorSession {
    private let command: RetrainTranslatorCommand
    private let inputs: TranslatorInputs
    private let folder: OutputFolder
    private let accelerator: Accelerator
    private let clock: ContinuousClock
    private let start: ContinuousClock.Instant
    private let retraining: TranslatorRetraining
    private var saves: CheckpointFile { CheckpointFile(folder: folder) }

    init(
        _ command: RetrainTranslatorCommand,
        _ inputs: TranslatorInputs,
        _ folder: OutputFolder,
        _ accelerator: Accelerator,
        _ time: (clock: ContinuousClock, start: ContinuousClock.Instant)
    ) throws(RetrainingError) {
        self.command = command
        self.inputs = inputs
        self.folder = folder
        self.accelerator = accelerator
        clock = time.clock
        start = time.start
        retraining = try TranslatorRetraining(
            accelerator,
            model: inputs.model,
            options: inputs.options,
            manifest: inputs.manifest,
            pictures: inputs.pictures
        )
    }

    /// Trains, and writes what came out; throws the exit status of an interruption.
    func run() async throws {
        var state = TranslatorState(inputs.model)
        var record = TranslatorRecord(for: inputs.options)
        if command.results.resume {
            let (bytes, path) = try saves.read()
            let checkpoint = try TranslatorCheckpoint(
                decoding: bytes,
                name: path,
                model: inputs.model,
                options: inputs.options,
                manifest: inputs.manifest,
                counts: inputs.pictures.counts
            )
            (state, record) = (checkpoint.state, checkpoint.record)
            record.resumeCount += 1
        }
        announce(state)
        Interruption.watch()
        let progress = RetrainProgress(
            epochs: inputs.options.epochs,
            shown: inputs.options.kind.losses.map(\.name)
        )
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
        try await writeResults(reached, record)
    }

    private func announce(_ state: TranslatorState) {
        let options = inputs.options
        let counts = inputs.pictures.counts
        let pictures =
            options.kind == .pix2pix
            ? "\(counts[0]) pairs" : "\(counts[0]) of a, \(counts[1]) of b"
        let warmUp =
            options.warmUpSteps > 0 ? "\(options.warmUpSteps) of warm-up, " : ""
        StandardStreams.complain(
            """
            device: \(command.device.device), kernels \(command.device.kernelName), \
            \(command.device.threads) threads, \
            \(retraining.deviceByteCount / 1_000_000) MB of device memory
            pictures: \(pictures), \(inputs.skipped.count) skipped, \
            \(options.imageSize) x \(options.imageSize) pixels
            model: \(options.kind.title); steps: \(warmUp)\(retraining.trainingStepCount)
            start: \(inputs.startedFrom)\
            \(state.stepCount > 0 ? ", resumed after step \(state.stepCount)" : "")
            """
        )
    }

    private func writeResults(_ state: TranslatorState, _ record: TranslatorRecord) async throws {
        let model = TranslatorModel(inputs.model, parameters: state.parameters)
        let hash = model.weightsHash
        let report = TranslatorReport(
            of: retraining,
            record,
            TranslatorReport.Run(
                device: command.device.device,
                kernels: command.device.kernelName,
                threads: command.device.threads,
                skipped: inputs.skipped,
                startedFrom: inputs.startedFrom,
                parent: inputs.parent
            ),
            weightsHash: hash
        )
        let sheet = try await TranslatorSheet(inputs, accelerator).compose(
            after: model,
            footer: "Ran on \(report.device) (\(report.kernels)), \(report.training.epochs) "
                + "epochs, weights \(hash.prefix(12)). Started from \(report.startedFrom)."
        )
        try folder.write(try model.encoded(), as: OutputFolder.model)
        try folder.write(sheet, as: OutputFolder.pictures)
        let page = TranslatorReportPage(report, sheet: sheet.encodedPNG())
        try folder.write(Array(page.html.utf8), as: OutputFolder.page)
        try folder.write(try report.document.serialized(.indented), as: OutputFolder.report)
        folder.remove(OutputFolder.checkpoint)
        if command.json {
            StandardStreams.print(report.document)
        } else {
            print(
                """
                \(report.text)
                wrote \(OutputFolder.model), \(OutputFolder.report), \(OutputFolder.page), \
                \(OutputFolder.pictures) to \(folder.path)
                """
            )
        }
    }
}
