import AcceleratorDriver
import AcceleratorRuntime
import ModelGraph
import PerformanceModel
import RetrainingCompiler
import SamplePortraits

/// Retrains a model on a drawn user's pictures, and judges generators by the truth of others.
struct UserRetraining {
    let model: PortraitModel
    let options: RetrainingOptions
    /// The step size that was asked for.
    let learningRate: Double?
    let profile: ChipProfile
    let accelerator: Accelerator

    /// What a retraining came to.
    struct Outcome {
        let plan: RetrainingPlan
        /// The options, with what the plan selects.
        let options: RetrainingOptions
        let pictures: PictureManifest
        let record: RetrainingRecord
        let state: TrainingState
        /// Device DRAM in use at most, in bytes.
        let deviceByteCount: UInt64
    }

    /// A retraining of a model, as the study and the demonstration do it.
    init(
        _ model: PortraitModel,
        epochs: Int,
        learningRate: Double?,
        profile: ChipProfile,
        accelerator: Accelerator
    ) {
        self.model = model
        self.profile = profile
        self.accelerator = accelerator
        let start = RetrainingOptions.Start.model(weightsHash: model.weightsHash)
        var options = RetrainingOptions(
            configuration: model.configuration,
            attributes: Attribute.allCases.map(\.name),
            epochs: epochs,
            batch: 1,
            seed: 1,
            adversarialLoss: .leastSquares,
            classLoss: .sigmoid,
            criticSteps: 1,
            learningRate: learningRate ?? RetrainingOptions.learningRate(for: start, .all),
            start: start,
            rolin: .full
        )
        let weights = RetrainingOptions.lossWeights(for: start)
        options.lambdaAdversarial = weights.adversarial
        options.lambdaReconstruction = weights.reconstruction
        self.options = options
        self.learningRate = learningRate
    }

    /// What a retraining starts from.
    var start: TrainingState {
        TrainingState(generator: model.generator, discriminator: model.discriminator)
    }

    /// Plans retrainings on the user's pictures.
    func planner(_ user: DrawnUser) -> RetrainingPlanner {
        RetrainingPlanner(
            accelerator,
            options: options,
            labels: user.pictures.labels,
            images: user.pictures.images,
            profile: profile
        )
    }

    /// Retrains on the user's pictures; those to judge by have no part in it.
    ///
    /// An automatic request is probed for where no `importances` are given. `planned` is told of
    /// the plan, which the training follows.
    ///
    /// - Throws: ``UserInterruption`` when asked to stop.
    func retrain(
        _ user: DrawnUser,
        _ request: SelectionRequest,
        _ observer: Retraining.Observer,
        importances: LayerImportances? = nil,
        planned: (RetrainingPlan) -> Void = { _ in }
    ) async throws -> Outcome {
        let plan = try await planner(user).plan(request, from: start, importances: importances)
        guard !observer.shouldStop() else { throw UserInterruption() }
        planned(plan)
        var options = options
        options.select(plan.selection, learningRate: learningRate)
        let retraining = try Retraining(
            accelerator,
            options: options,
            pictures: user.pictures.manifest,
            images: user.pictures.images
        )
        var record = RetrainingRecord(for: options)
        let (ending, reached) = try await retraining.run(
            from: start,
            record: &record,
            observer: observer
        )
        guard ending == .finished else { throw UserInterruption() }
        return Outcome(
            plan: plan,
            options: options,
            pictures: user.pictures.manifest,
            record: record,
            state: reached,
            deviceByteCount: retraining.deviceByteCount
        )
    }

    /// Scores a generator on the pictures to judge by; the model's discriminator judges.
    func scores(_ user: DrawnUser, _ generator: ParameterSet) async throws -> QualityScores {
        let evaluation = QualityEvaluation(
            accelerator,
            configuration: options.configuration,
            classLoss: options.classLoss,
            rules: options.rules
        )
        return try await evaluation.scores(
            generator: generator,
            discriminator: model.discriminator,
            images: user.judged.images,
            labels: user.judged.labels,
            truth: { user.truth($0, $1) }
        )
    }

    /// PSNR against the truth of the judged pictures as they are, in dB: what changing nothing
    /// comes to, over the same changes as ``scores(_:_:)``.
    func ratioOfInputs(_ user: DrawnUser) -> Double {
        let ratios = zip(user.judged.images, user.judged.labels).enumerated().flatMap {
            index,
            picture in
            QualityEvaluation.targets(of: picture.1, picture: index, rules: options.rules)
                .compactMap { user.truth(index, $0) }
                .map { PictureDifference.peakSignalToNoise(picture.0, $0) }
        }
        return ratios.reduce(0, +) / Double(max(1, ratios.count))
    }
}

extension SampleUser.Picture {
    /// What reports call the picture.
    var name: String { "shot \(shot)" }
}

/// A retraining for a drawn user was asked to end.
struct UserInterruption: Error {}
