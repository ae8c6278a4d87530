import AcceleratorDriver
import AcceleratorRuntime
import ImageCapture
import ModelGraph
import PerformanceModel
import RetrainingCompiler
import SamplePortraits

/// Retrains a model on a drawn user's pictures, and judges generators by the truth of others.
struct UserRetraining {
    let model: PortraitModel
    let options: RetrainingOptions
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
        learningRate: Double,
        profile: ChipProfile,
        accelerator: Accelerator
    ) {
        self.model = model
        self.profile = profile
        self.accelerator = accelerator
        options = RetrainingOptions(
            configuration: model.configuration,
            attributes: Attribute.allCases.map(\.name),
            epochs: epochs,
            batch: 1,
            seed: 1,
            adversarialLoss: .leastSquares,
            classLoss: .sigmoid,
            criticSteps: 1,
            learningRate: learningRate,
            start: .model(weightsHash: model.weightsHash),
            rolin: .full
        )
    }

    /// Retrains on the user's pictures; those to judge by are not drawn here.
    ///
    /// `planned` is told of the plan, which the training follows.
    ///
    /// - Throws: ``UserInterruption`` when asked to stop.
    func retrain(
        _ user: SampleUser,
        _ request: SelectionRequest,
        _ observer: Retraining.Observer,
        planned: (RetrainingPlan) -> Void = { _ in }
    ) async throws -> Outcome {
        let pictures = user.pictures
        var manifest = PictureManifest()
        for picture in pictures {
            manifest.add(
                name: picture.name,
                pixels: picture.pixels,
                labels: picture.labels
            )
        }
        let images = pictures.map { floats($0.pixels) }
        let state = TrainingState(
            generator: model.generator,
            discriminator: model.discriminator
        )
        let plan = try await RetrainingPlanner(
            accelerator,
            options: options,
            labels: pictures.map(\.labels),
            images: images,
            profile: profile
        ).plan(request, from: state)
        guard !observer.shouldStop() else { throw UserInterruption() }
        planned(plan)
        var options = options
        options.selection = plan.selection
        let retraining = try Retraining(
            accelerator,
            options: options,
            pictures: manifest,
            images: images
        )
        var record = RetrainingRecord(for: options)
        let (ending, reached) = try await retraining.run(
            from: state,
            record: &record,
            observer: observer
        )
        guard ending == .finished else { throw UserInterruption() }
        return Outcome(
            plan: plan,
            options: options,
            pictures: manifest,
            record: record,
            state: reached,
            deviceByteCount: retraining.deviceByteCount
        )
    }

    /// Scores a generator on the pictures to judge by; the model's discriminator judges.
    func scores(_ user: SampleUser, _ generator: ParameterSet) async throws -> QualityScores {
        let judged = user.judged
        let evaluation = QualityEvaluation(
            accelerator,
            configuration: options.configuration,
            classLoss: options.classLoss,
            rules: options.rules
        )
        return try await evaluation.scores(
            generator: generator,
            discriminator: model.discriminator,
            images: judged.map { floats($0.pixels) },
            labels: judged.map(\.labels),
            truth: { picture, target in
                floats(user.truth(judged[picture], showing: target))
            }
        )
    }

    /// PSNR against the truth of the judged pictures as they are, in dB: what changing nothing
    /// comes to, over the same changes as ``scores(_:_:)``.
    func ratioOfInputs(_ user: SampleUser) -> Double {
        let ratios = user.judged.enumerated().flatMap { index, picture in
            QualityEvaluation.targets(of: picture.labels, picture: index, rules: options.rules)
                .map { target in
                    PictureDifference.peakSignalToNoise(
                        floats(picture.pixels),
                        floats(user.truth(picture, showing: target))
                    )
                }
        }
        return ratios.reduce(0, +) / Double(max(1, ratios.count))
    }

    /// The pixels as the networks see them.
    func floats(_ pixels: [UInt8]) -> [Float] {
        let size = model.configuration.imageSize
        return RGBImage(width: size, height: size, pixels: pixels).planarFloats()
    }
}

extension SampleUser.Picture {
    /// What reports call the picture.
    var name: String { "shot \(shot)" }
}

/// A retraining for a drawn user was asked to end.
struct UserInterruption: Error {}
