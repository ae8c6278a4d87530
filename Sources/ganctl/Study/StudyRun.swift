import AcceleratorRuntime
import ModelGraph
import SamplePortraits

/// Deals with one user's pictures in one way, and judges what comes of it by the truth.
struct StudyRun {
    let retraining: UserRetraining

    /// The row of a user and a way.
    func row(of user: SampleUser, _ way: StudyWay) async throws -> StudyRow {
        let clock = ContinuousClock()
        let start = clock.now
        var row = StudyRow(condition: user.name, seed: user.seed, way: way.name)
        let model = retraining.model
        var generator = model.generator
        let graph = try model.configuration.generator()
        if let request = way.request(generator: graph) {
            let outcome = try await retraining.retrain(
                user,
                request,
                Retraining.Observer(unsaved: { Interruption.isRequested })
            )
            row.plan = outcome.plan
            row.wallSeconds = (clock.now - start) / .seconds(1)
            generator = outcome.state.generator.parameters
        }
        row.scores = try await retraining.scores(user, generator)
        return row
    }
}
