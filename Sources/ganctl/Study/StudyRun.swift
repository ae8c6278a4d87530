import AcceleratorDriver
import AcceleratorRuntime
import ImageCapture
import ModelGraph
import PerformanceModel
import RetrainingCompiler
import SamplePortraits

/// Deals with one user's pictures in one way, and judges what comes of it by the truth.
struct StudyRun {
    let model: ModelFile
    let options: RetrainingOptions
    let profile: ChipProfile
    let accelerator: Accelerator

    /// The row of a user and a way.
    func row(of user: SampleUser, _ way: StudyWay) async throws -> StudyRow {
        let clock = ContinuousClock()
        let start = clock.now
        var row = StudyRow(condition: user.name, seed: user.seed, way: way.name)
        var generator = model.generator
        let graph = try model.configuration.generator()
        if let request = way.request(generator: graph) {
            let (plan, reached) = try await retrain(user, request)
            row.plan = plan
            row.wallSeconds = (clock.now - start) / .seconds(1)
            generator = reached
        }
        row.scores = try await scores(user, generator)
        return row
    }

    /// Retrains on the user's pictures; those to judge by are not drawn here.
    private func retrain(
        _ user: SampleUser,
        _ request: SelectionRequest
    ) async throws -> (RetrainingPlan, ParameterSet) {
        let pictures = user.pictures
        var manifest = PictureManifest()
        for (number, picture) in pictures.enumerated() {
            manifest.add(
                name: "shot \(number)",
                pixels: picture.pixels,
                labels: picture.labels
            )
        }
        let images = pictures.map { floats($0.pixels) }
        let state = TrainingState(
            generator: model.generator,
            discriminator: try discriminator()
        )
        let plan = try await RetrainingPlanner(
            accelerator,
            options: options,
            labels: pictures.map(\.labels),
            images: images,
            profile: profile
        ).plan(request, from: state)
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
            observer: Retraining.Observer(unsaved: { Interruption.isRequested })
        )
        guard ending == .finished else { throw StudyInterruption() }
        return (plan, reached.generator.parameters)
    }

    private func floats(_ pixels: [UInt8]) -> [Float] {
        let size = model.configuration.imageSize
        return RGBImage(width: size, height: size, pixels: pixels).planarFloats()
    }

    private func discriminator() throws -> ParameterSet {
        guard let discriminator = model.discriminator else {
            throw CommandFailure(
                .configuration,
                "failed to start: the model has no discriminator to retrain against; "
                    + "give one that has"
            )
        }
        return discriminator
    }

    private func scores(
        _ user: SampleUser,
        _ generator: ParameterSet
    ) async throws -> QualityScores {
        let judged = user.judged
        let evaluation = QualityEvaluation(
            accelerator,
            configuration: options.configuration,
            classLoss: options.classLoss,
            rules: options.rules
        )
        return try await evaluation.scores(
            generator: generator,
            discriminator: try discriminator(),
            images: judged.map { floats($0.pixels) },
            labels: judged.map(\.labels),
            truth: { picture, target in
                floats(user.truth(judged[picture], showing: target))
            }
        )
    }
}

/// The study was asked to end.
struct StudyInterruption: Error {}
