import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import ImageCapture
import ModelGraph
import PerformanceModel
import RetrainingCompiler

/// Draws up the books of a finished retraining.
struct RetrainLedger {
    let inputs: RetrainInputs
    let plan: RetrainingPlan
    let profile: ChipProfile
    let accelerator: Accelerator
    /// Whether every layer is retrained too, to compare with.
    let comparesFull: Bool

    /// The books of a retraining that reached a state.
    func ledger(
        of state: TrainingState,
        _ record: RetrainingRecord
    ) async throws -> RetrainingLedger {
        let quality = try await quality(of: state)
        return try RetrainingAccounts(
            options: inputs.options,
            pictures: inputs.manifest,
            record: record,
            plan: plan,
            profile: profile,
            capabilities: accelerator.capabilities,
            quality: quality
        ).ledger
    }

    // MARK: Quality

    private func quality(of state: TrainingState) async throws -> Reported<QualityLedger> {
        guard !inputs.heldOut.isEmpty else {
            return .absent(reason: "no picture was held out; give --hold-out or more pictures")
        }
        // One judge for all: one that saw none of the user's pictures, where there is one.
        let (judge, judgeWords) =
            if case .model = inputs.options.start {
                (inputs.start.discriminator.parameters, "the discriminator it began with")
            } else {
                (state.discriminator.parameters, "the discriminator as it was trained")
            }
        let before = try await scores(inputs.start.generator.parameters, judge)
        let reached = try await scores(state.generator.parameters, judge)
        let full = try await fullScores(judge)
        let names = inputs.heldOut.map(\.name).joined(separator: ", ")
        return .known(
            QualityLedger(
                before: before,
                full: full,
                plan: reached,
                accounting: "means over the pictures held out (\(names)), each attribute switched "
                    + "in turn; class accuracy is that of \(judgeWords)"
            )
        )
    }

    private func scores(
        _ generator: ParameterSet,
        _ judge: ParameterSet
    ) async throws -> QualityScores {
        try await QualityEvaluation(
            accelerator,
            configuration: inputs.options.configuration,
            classLoss: inputs.options.classLoss,
            rules: inputs.options.rules
        ).scores(
            generator: generator,
            discriminator: judge,
            images: inputs.heldOut.map { $0.image.planarFloats() },
            labels: inputs.heldOut.map(\.labels)
        )
    }

    private func fullScores(_ judge: ParameterSet) async throws -> Reported<QualityScores> {
        guard comparesFull else {
            return .absent(reason: "full retraining was not asked for with --compare-full")
        }
        let options = inputs.selecting(.all).options
        let retraining = try Retraining(
            accelerator,
            options: options,
            pictures: inputs.manifest,
            images: inputs.crops.map { $0.planarFloats() }
        )
        StandardStreams.complain("retraining every layer, to compare with")
        let progress = RetrainProgress(epochs: options.epochs)
        let clock = ContinuousClock()
        let start = clock.now
        var record = RetrainingRecord(for: options)
        let (ending, state) = try await retraining.run(
            from: inputs.start,
            record: &record,
            observer: Retraining.Observer(
                unsaved: { Interruption.isRequested },
                onStep: { progress.show($0, seconds: (clock.now - start) / .seconds(1)) }
            )
        )
        guard ending == .finished else {
            progress.endLine()
            return .absent(reason: "full retraining was interrupted")
        }
        return .known(try await scores(state.generator.parameters, judge))
    }
}

extension RetrainingAccounts {
    /// What a retraining's books are made from, with the work of its runs estimated.
    init(
        options: RetrainingOptions,
        pictures: PictureManifest,
        record: RetrainingRecord,
        plan: RetrainingPlan,
        profile: ChipProfile,
        capabilities: DeviceCapabilities,
        quality: Reported<QualityLedger>
    ) throws(RetrainingError) {
        var model = CostModel(profile)
        let job = RetrainingJob(options, labels: pictures.entries.map(\.labels))
        func work(_ rolin: ROLINMode) throws(RetrainingError) -> WorkEstimate {
            try job.work(of: record.runs, rolin: rolin, on: capabilities, &model)
        }
        let counted = try work(options.rolin)
        let withoutROLIN = try work(.off)
        self.init(
            options: options,
            record: record,
            plan: plan,
            request: plan.basis != nil ? .automatic : plan.selection == .all ? .all : .named,
            work: counted,
            workWithoutROLIN: withoutROLIN,
            model: model,
            quality: quality
        )
    }
}
