import AcceleratorRuntime
import ModelGraph
import SamplePortraits

/// Deals with one user's pictures in one way, and judges what comes of it by the truth.
struct StudyRun {
    let retraining: UserRetraining

    /// The row of a user and a way.
    ///
    /// A probe serves all automatic ways of a user; each of their rows counts it as its own.
    func row(of user: inout DrawnUser, _ way: StudyWay) async throws -> StudyRow {
        let clock = ContinuousClock()
        let model = retraining.model
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
            let outcome = try await retraining.retrain(
                user,
                request,
                Retraining.Observer(unsaved: { Interruption.isRequested }),
                importances: user.probe?.importances
            )
            seconds += (clock.now - start) / .seconds(1)
            effort = StudyRow.Effort(outcome.plan, wallSeconds: seconds)
            generator = outcome.state.generator.parameters
        }
        return try StudyRow(
            StudyRow.Key(condition: user.condition, seed: user.seed, way: way.name),
            scores: try await retraining.scores(user, generator),
            effort: effort
        )
    }

    private func probe(_ user: inout DrawnUser) async throws -> DrawnUser.Probe {
        if let probe = user.probe { return probe }
        let clock = ContinuousClock()
        let start = clock.now
        let importances = try await retraining.planner(user).importances(from: retraining.start)
        let probe = DrawnUser.Probe(
            importances: importances,
            seconds: (clock.now - start) / .seconds(1)
        )
        user.probe = probe
        return probe
    }
}
