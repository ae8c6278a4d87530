import AcceleratorDriver
import AcceleratorRuntime
import ImageCapture
import ModelGraph
import PerformanceModel
import RetrainingCompiler

/// One run of `ganctl retrain`, from the inputs to the results.
struct RetrainSession {
    private let command: RetrainCommand
    private let inputs: RetrainInputs
    private let folder: OutputFolder
    private let accelerator: Accelerator
    private let plan: RetrainingPlan
    private let profile: ChipProfile
    private let clock: ContinuousClock
    private let start: ContinuousClock.Instant
    private let retraining: Retraining
    private var saves: CheckpointFile { CheckpointFile(folder: folder) }

    init(
        _ command: RetrainCommand,
        _ inputs: RetrainInputs,
        _ plan: (plan: RetrainingPlan, profile: ChipProfile),
        _ folder: OutputFolder,
        _ accelerator: Accelerator,
        _ time: (clock: ContinuousClock, start: ContinuousClock.Instant)
    ) throws(RetrainingError) {
        self.plan = plan.plan
        profile = plan.profile
        self.command = command
        self.inputs = inputs
        self.folder = folder
        self.accelerator = accelerator
        clock = time.clock
        start = time.start
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
        var record = RetrainingRecord(for: inputs.options)
        if command.results.resume {
            let checkpoint = try saves.load(for: inputs.options, pictures: inputs.manifest)
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
            retrained: \(plan.words)
            start: \(inputs.startedFrom)\
            \(state.stepCount > 0 ? ", resumed after step \(state.stepCount)" : "")
            """
        )
    }

    // MARK: Results

    private func writeResults(_ state: TrainingState, _ record: RetrainingRecord) async throws {
        let (generator, discriminator) = (
            state.generator.parameters, state.discriminator.parameters
        )
        let hash = WeightsHash.hexadecimal(generator: generator, discriminator: discriminator)
        let ledger = try await RetrainLedger(
            inputs: inputs,
            plan: plan,
            profile: profile,
            accelerator: accelerator,
            comparesFull: command.compareFull
        ).ledger(of: state, record)
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
            deviceByteCount: retraining.deviceByteCount,
            ledger: ledger
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
            print(summary(record, ledger, hash))
        }
    }

    private func footer(_ hash: String) -> String {
        "Ran on \(command.device.device) (\(command.device.kernelName)), "
            + "\(inputs.options.epochs) epochs, weights \(hash.prefix(12)). "
            + "Started from \(inputs.startedFrom)."
    }

    private func summary(
        _ record: RetrainingRecord,
        _ ledger: RetrainingLedger,
        _ hash: String
    ) -> String {
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
            \(chipWords(ledger))
            wrote \(OutputFolder.model), \(OutputFolder.report), \(OutputFolder.page), \
            \(OutputFolder.pictures), \(OutputFolder.plan) to \(folder.path); \
            ganctl report \(folder.path) prints the ledger
            """
    }

    /// What the chip would have taken, and what became of pictures held out.
    private func chipWords(_ ledger: RetrainingLedger) -> String {
        var lines: [String] = []
        if let chip = ledger.chip.value {
            lines.append(
                "profile \(profile.name): \(RetrainProgress.short(chip.seconds)) s, "
                    + "\(RetrainProgress.short(chip.energyJoules)) J, DRAM apart"
            )
        }
        switch ledger.quality {
        case .known(let quality): lines.append("held out: \(quality.verdict)")
        case .absent(let reason): lines.append("quality: \(reason)")
        }
        return lines.joined(separator: "\n")
    }
}
