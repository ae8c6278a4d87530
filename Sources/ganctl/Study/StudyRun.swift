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
    ///
    /// A probe serves all automatic ways of a user; each of their rows counts it as its own.
    func row(of user: inout StudyUser, _ way: StudyWay) async throws -> StudyRow {
        let clock = ContinuousClock()
        var generator = model.generator
        var effort: StudyRow.Effort?
        let graph = try model.configuration.generator()
        if let request = way.request(generator: graph) {
            var seconds = 0.0
            if request.needsProbe {
                let probe = try await probe(&user)
                seconds = probe.seconds
            }
            let start = clock.now
            let (plan, reached) = try await retrain(user, request)
            seconds += (clock.now - start) / .seconds(1)
            effort = StudyRow.Effort(plan, wallSeconds: seconds)
            generator = reached
        }
        return try StudyRow(
            StudyRow.Key(condition: user.condition, seed: user.seed, way: way.name),
            scores: try await scores(user, generator),
            effort: effort
        )
    }

    private func probe(_ user: inout StudyUser) async throws -> StudyUser.Probe {
        if let probe = user.probe { return probe }
        let clock = ContinuousClock()
        let start = clock.now
        let importances = try await planner(user).importances(from: try initialState())
        let probe = StudyUser.Probe(
            importances: importances,
            seconds: (clock.now - start) / .seconds(1)
        )
        user.probe = probe
        return probe
    }

    private func planner(_ user: StudyUser) -> RetrainingPlanner {
        RetrainingPlanner(
            accelerator,
            options: options,
            labels: user.pictures.labels,
            images: user.pictures.images,
            profile: profile
        )
    }

    private func initialState() throws -> TrainingState {
        TrainingState(generator: model.generator, discriminator: try discriminator())
    }

    /// Retrains on the user's pictures; those to judge by have no part in it.
    private func retrain(
        _ user: StudyUser,
        _ request: SelectionRequest
    ) async throws -> (RetrainingPlan, ParameterSet) {
        let state = try initialState()
        let plan = try await planner(user).plan(
            request,
            from: state,
            importances: user.probe?.importances
        )
        var options = options
        options.selection = plan.selection
        let retraining = try Retraining(
            accelerator,
            options: options,
            pictures: user.pictures.manifest,
            images: user.pictures.images
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
        _ user: StudyUser,
        _ generator: ParameterSet
    ) async throws -> QualityScores {
        let evaluation = QualityEvaluation(
            accelerator,
            configuration: options.configuration,
            classLoss: options.classLoss,
            rules: options.rules
        )
        return try await evaluation.scores(
            generator: generator,
            discriminator: try discriminator(),
            images: user.judged.images,
            labels: user.judged.labels,
            truth: { user.truth($0, $1) }
        )
    }
}

/// The study was asked to end.
struct StudyInterruption: Error {}
