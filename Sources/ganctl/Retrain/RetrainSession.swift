import AcceleratorDriver
import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import Glibc
import ImageCapture
import ModelGraph
import RetrainingCompiler

/// One run of `ganctl retrain`, from the inputs to the results.
struct RetrainSession {
    private let command: RetrainCommand
    private let inputs: RetrainInputs
    private let folder: OutputFolder
    private let accelerator: Accelerator
    private let clock: ContinuousClock
    private let start: ContinuousClock.Instant
    private let retraining: Retraining

    init(
        _ command: RetrainCommand,
        _ inputs: RetrainInputs,
        _ folder: OutputFolder,
        _ accelerator: Accelerator,
        _ clock: ContinuousClock,
        _ start: ContinuousClock.Instant
    ) throws(RetrainingError) {
        self.command = command
        self.inputs = inputs
        self.folder = folder
        self.accelerator = accelerator
        self.clock = clock
        self.start = start
        retraining = try Retraining(
            accelerator,
            options: inputs.options,
            pictures: inputs.manifest,
            images: inputs.crops.map { $0.planarFloats() }
        )
    }

    /// Trains, and writes what came out; throws the exit status of an interruption.
    func run() async throws {
        var state = inputs.start
        var record = RetrainingRecord(of: inputs.options.adversarialLoss)
        if command.resume {
            let checkpoint = try loadCheckpoint()
            state = checkpoint.state
            record = checkpoint.record
            record.resumeCount += 1
        }
        announce(state)
        Interruption.watch()
        let progress = RetrainProgress(epochs: inputs.options.epochs)
        let (ending, reached) = try await retraining.run(
            from: state,
            record: &record,
            observer: observer(progress)
        )
        guard ending == .finished else {
            progress.endLine()
            StandardStreams.complain(
                "ganctl: interrupted after step \(reached.stepCount) of \(retraining.stepCount); "
                    + "go on with the same command and --resume"
            )
            throw ExitCode(ExitStatus.interrupted.rawValue)
        }
        keep(reached, record)
        try await writeResults(reached, record)
    }

    private func announce(_ state: TrainingState) {
        let options = inputs.options
        let sizes = options.configuration
        StandardStreams.complain(
            """
            device: \(command.device.device), kernels \(command.device.kernelName), \
            \(command.device.threads) threads, \
            \(retraining.deviceByteCount / 1_000_000) MB of device memory
            pictures: \(inputs.crops.count) used, \(inputs.skipped.count) skipped, \
            \(sizes.imageSize) x \(sizes.imageSize) pixels
            model: \(sizes.generatorChannels) channels, \(sizes.residualBlocks) blocks; \
            attributes \(options.attributes.joined(separator: ", ")); \
            \(options.adversarialLoss.rawValue)
            start: \(inputs.startedFrom)\
            \(state.stepCount > 0 ? ", resumed after step \(state.stepCount)" : "")
            """
        )
    }

    // MARK: Checkpoints

    private func loadCheckpoint() throws -> RetrainingCheckpoint {
        let path = folder.file(OutputFolder.checkpoint)
        let bytes: [UInt8]
        do throws(FileBytes.Failure) {
            bytes = try FileBytes.read(path, maximumByteCount: 8 << 30)
        } catch {
            throw CommandFailure(.noInput, "failed to resume: cannot read \(path) (\(error))")
        }
        return try RetrainingCheckpoint(
            decoding: bytes,
            name: path,
            for: inputs.options,
            pictures: inputs.manifest
        )
    }

    private static func save(
        _ checkpoint: RetrainingCheckpoint,
        in folder: OutputFolder
    ) throws(RetrainingError) {
        let bytes = try checkpoint.encoded()
        do throws(FileWriteError) {
            try AtomicFile.write(bytes, to: folder.file(OutputFolder.checkpoint))
        } catch {
            throw .fileSystem("\(error)")
        }
    }

    /// Keeps a finished training until its results are written, which may fail.
    private func keep(_ state: TrainingState, _ record: RetrainingRecord) {
        do throws(RetrainingError) {
            try Self.save(retraining.checkpoint(of: state, record), in: folder)
        } catch {
            // The results are smaller than the checkpoint, so they may still fit.
            StandardStreams.complain("ganctl: the last checkpoint was not written: \(error)")
        }
    }

    private func observer(_ progress: RetrainProgress) -> Retraining.Observer {
        let (clock, folder) = (clock, folder)
        let begin = clock.now
        let period = Duration.seconds(command.checkpointMinutes * 60)
        var saved = begin
        func seconds(since instant: ContinuousClock.Instant) -> Double {
            let (whole, fraction) = (clock.now - instant).components
            return Double(whole) + Double(fraction) * 1e-18
        }
        let start = start
        return Retraining.Observer(
            shouldStop: { Interruption.isRequested },
            onStep: { progress.show($0, seconds: seconds(since: begin)) },
            isCheckpointDue: { clock.now - saved >= period },
            save: { checkpoint throws(RetrainingError) in
                try Self.save(checkpoint, in: folder)
                saved = clock.now
            },
            seconds: { seconds(since: start) }
        )
    }

    // MARK: Results

    private func writeResults(_ state: TrainingState, _ record: RetrainingRecord) async throws {
        let (generator, discriminator) = (
            state.generator.parameters, state.discriminator.parameters
        )
        let hash = WeightsHash.hexadecimal(generator: generator, discriminator: discriminator)
        let report = RetrainingReport(
            device: command.device.device,
            kernels: command.device.kernelName,
            threads: command.device.threads,
            options: inputs.options,
            record: record,
            pictures: inputs.manifest,
            skipped: inputs.skipped,
            startedFrom: inputs.startedFrom,
            weightsHash: hash,
            steps: state.stepCount,
            deviceByteCount: retraining.deviceByteCount
        )
        let document = report.document
        let sheet = try await BeforeAfter(inputs, accelerator)
            .compose(
                before: inputs.start.generator.parameters,
                after: generator,
                footer: footer(hash)
            )
        try folder.write(
            try ModelFile.encoded(
                generator: generator,
                discriminator: discriminator,
                options: inputs.options
            ),
            as: OutputFolder.model
        )
        try folder.write(sheet, as: OutputFolder.pictures)
        let page = RetrainingReportPage(report, sheet: sheet.encodedPNG())
        try folder.write(Array(page.html.utf8), as: OutputFolder.page)
        try folder.write(try document.serialized(.indented), as: OutputFolder.report)
        folder.remove(OutputFolder.checkpoint)
        if command.json {
            StandardStreams.print(document)
        } else {
            print(summary(record, hash))
        }
    }

    private func footer(_ hash: String) -> String {
        "Ran on \(command.device.device) (\(command.device.kernelName)), "
            + "\(inputs.options.epochs) epochs, weights \(hash.prefix(12)). "
            + "Started from \(inputs.startedFrom)."
    }

    private func summary(_ record: RetrainingRecord, _ hash: String) -> String {
        let losses = StarGANLoss.allCases.compactMap { loss -> String? in
            guard let means = record.history.means[loss], let first = means.first ?? nil,
                let last = means.last ?? nil
            else { return nil }
            let (from, to) = (RetrainProgress.short(first), RetrainProgress.short(last))
            return "  \(loss.name): \(from) in the first epoch, \(to) in the last"
        }
        return """
            retrained on \(command.device.device) in \
            \(RetrainProgress.short(record.wallSeconds)) s, started from \(inputs.startedFrom)
            mean losses
            \(losses.joined(separator: "\n"))
            weights \(hash)
            wrote \(OutputFolder.model), \(OutputFolder.report), \(OutputFolder.page), \
            \(OutputFolder.pictures) to \(folder.path)
            """
    }
}
