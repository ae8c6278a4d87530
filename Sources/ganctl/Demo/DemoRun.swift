import AcceleratorDriver
import AcceleratorRuntime
import ImageCapture
import ModelGraph
import RetrainingCompiler
import SamplePortraits

/// One demonstration, from the model as it is to the model retrained.
struct DemoRun {
    private let command: DemoCommand
    private let retraining: UserRetraining
    private let user: SampleUser
    private let drawn: DrawnUser
    private let clock = ContinuousClock()

    init(_ command: DemoCommand, _ retraining: UserRetraining, _ user: SampleUser) {
        self.command = command
        self.retraining = retraining
        self.user = user
        drawn = DrawnUser(drawing: user, rules: retraining.options.rules)
    }

    /// Scores, retrains, scores again, and draws; throws ``UserInterruption`` when asked to stop.
    func results() async throws -> DemoResults {
        let start = clock.now
        announce()
        let before = try await retraining.scores(drawn, retraining.model.generator)
        try stopIfAsked()
        StandardStreams.complain(
            "before: PSNR \(DemoResults.decibels(before.psnr)) against the truth; probing layers"
        )
        let outcome = try await retrained()
        try stopIfAsked()
        StandardStreams.complain("scoring and drawing")
        let generator = outcome.state.generator.parameters
        let after = try await retraining.scores(drawn, generator)
        try stopIfAsked()
        let inputs = retraining.ratioOfInputs(drawn)
        let changes = try await DemoPictures(retraining, drawn).changes(after: generator)
        try stopIfAsked()
        return DemoResults(
            user: user,
            model: retraining.model,
            outcome: outcome,
            changes: changes,
            report: try report(outcome, before, after, inputs: inputs),
            inputs: inputs,
            seconds: (clock.now - start) / .seconds(1)
        )
    }

    private func stopIfAsked() throws {
        if Interruption.isRequested { throw UserInterruption() }
    }

    private func announce() {
        let device = command.device
        let sizes = retraining.model.configuration
        StandardStreams.complain(
            """
            user \(user.seed) under \(user.name), drawn by this program: \(user.pictureCount) \
            pictures to retrain on, \(user.judgedCount) others to judge by
            device: \(device.device), kernels \(device.kernelName), \(device.threads) threads
            model: \(retraining.model.words); \(sizes.generatorChannels) channels, \
            \(sizes.imageSize) x \(sizes.imageSize) pixels
            """
        )
    }

    private func retrained() async throws -> UserRetraining.Outcome {
        let progress = RetrainProgress(epochs: command.epochs)
        let start = clock.now
        var trainingStart = start
        func seconds(since instant: ContinuousClock.Instant) -> Double {
            (clock.now - instant) / .seconds(1)
        }
        do {
            return try await retraining.retrain(
                drawn,
                .automatic(budget: SelectionRequest.defaultBudget, measure: .lossDecrease),
                Retraining.Observer(
                    shouldStop: { Interruption.isRequested },
                    onStep: { progress.show($0, seconds: seconds(since: trainingStart)) },
                    isCheckpointDue: { false },
                    save: { (_: RetrainingCheckpoint) throws(RetrainingError) in },
                    seconds: { seconds(since: start) }
                ),
                planned: { plan in
                    StandardStreams.complain("retrained: \(plan.words)")
                    trainingStart = clock.now
                }
            )
        } catch let error as UserInterruption {
            progress.endLine()
            throw error
        }
    }

    private func report(
        _ outcome: UserRetraining.Outcome,
        _ before: QualityScores,
        _ after: QualityScores,
        inputs: Double
    ) throws -> RetrainingReport {
        let quality = QualityLedger(
            before: before,
            full: .absent(reason: "the demonstration runs none; ganctl study does"),
            plan: after,
            accounting: "means over \(user.judgedCount) pictures of user \(user.seed) under "
                + "\(user.name) that training did not see, each attribute switched in turn; the "
                + "truth is the same scene drawn with the attribute changed (the pictures as they "
                + "are, nothing changed, have \(DemoResults.decibels(inputs)) against it); class "
                + "accuracy is that of the discriminator it began with"
        )
        let ledger = try RetrainingAccounts(
            options: outcome.options,
            pictures: outcome.pictures,
            record: outcome.record,
            plan: outcome.plan,
            profile: retraining.profile,
            capabilities: retraining.accelerator.capabilities,
            quality: .known(quality)
        ).ledger
        return RetrainingReport(
            device: command.device.device,
            kernels: command.device.kernelName,
            threads: command.device.threads,
            options: outcome.options,
            record: outcome.record,
            pictures: outcome.pictures,
            skipped: [],
            startedFrom: retraining.model.words,
            weightsHash: WeightsHash.hexadecimal(
                generator: outcome.state.generator.parameters,
                discriminator: outcome.state.discriminator.parameters
            ),
            steps: outcome.state.stepCount,
            deviceByteCount: outcome.deviceByteCount,
            ledger: ledger
        )
    }
}
