package import AcceleratorDriver
import AcceleratorISA
import ModelGraph
package import PerformanceModel
import RetrainingCompiler

/// Makes the plan of a retraining: which layers, and what that takes of a chip.
package struct RetrainingPlanner: Sendable {
    private let accelerator: Accelerator
    private let options: RetrainingOptions
    private let labels: [[Bool]]
    private let images: [[Float]]
    private let profile: ChipProfile

    /// A planner for a training on a device with these labels and images.
    package init(
        _ accelerator: Accelerator,
        options: RetrainingOptions,
        labels: [[Bool]],
        images: [[Float]],
        profile: ChipProfile
    ) {
        self.accelerator = accelerator
        self.options = options
        self.labels = labels
        self.images = images
        self.profile = profile
    }

    private var probe: LayerProbe {
        LayerProbe(accelerator, options: options, labels: labels, images: images)
    }

    /// What automatic plans go by: one probe on the device serves those of all budgets.
    ///
    /// The device's weights are left to be written again.
    package func importances(
        from state: TrainingState
    ) async throws(RetrainingError) -> LayerImportances {
        try await probe.run(from: state)
    }

    /// The plan that a request comes to; an automatic one is probed for on the device, whose
    /// weights are left to be written again, where no `importances` from this state are given.
    ///
    /// - Throws: `.configuration` for a name that stands for nothing or a budget too small for one
    ///   layer, `.compilation`, `.device`.
    package func plan(
        _ request: SelectionRequest,
        from state: TrainingState,
        importances known: LayerImportances? = nil
    ) async throws(RetrainingError) -> RetrainingPlan {
        var model = CostModel(profile)
        let job = RetrainingJob(options, labels: labels)
        let full = try job.work(selection: .all, on: accelerator.capabilities, &model)
        switch request {
        case .all: return try plan(.all, nil, nil, (full, full), model)
        // Costs are rounded up part by part, so the planner would leave layers out.
        case .automatic where !request.needsProbe:
            return try plan(.all, nil, nil, (full, full), model)
        case .named(let names, let cycle):
            let selection = try selection(of: names, cycle)
            let work = try job.work(selection: selection, on: accelerator.capabilities, &model)
            return try plan(selection, nil, nil, (work, full), model)
        case .automatic(let budget, let measure):
            let importances: LayerImportances
            if let known {
                importances = known
            } else {
                importances = try await probe.run(from: state)
            }
            let graphs = try graphs()
            let planner = SelectionPlanner(
                full: full.work,
                graphs: graphs,
                worths: LayerWorths(
                    (importances.generator[LayerProbe.choice] ?? [], importances.discriminator),
                    by: measure,
                    isDiscriminatorFresh: !options.start.hasDiscriminator
                )
            )
            guard let choice = planner.choice(budget: budget) else {
                throw .configuration(
                    "failed to plan: a budget of \(budget) does not pay for one layer of the "
                        + "generator; give a larger --budget"
                )
            }
            let selection = LayerSelection(choice, graphs: graphs)
            let basis = RetrainingPlan.Basis(
                budget: budget,
                measure: measure,
                device: accelerator.descriptor.identifier,
                probeStepCount: importances.stepCount,
                probe: RetrainingPlan.Cost(try probe.work(&model), model)
            )
            let work = try job.work(selection: selection, on: accelerator.capabilities, &model)
            return try plan(selection, basis, importances, (work, full), model)
        }
    }

    // MARK: Selections

    private func graphs() throws(RetrainingError) -> StarGANGraphs {
        try options.configuration.graphs()
    }

    private func selection(
        of names: [String],
        _ cycle: LayerSelection.Cycle
    ) throws(RetrainingError) -> LayerSelection {
        let graphs = try graphs()
        do {
            return try LayerSelection(
                names: names,
                generator: graphs.generator,
                discriminator: graphs.discriminator,
                cycle: cycle
            )
        } catch {
            throw .configuration("\(error)")
        }
    }

    private func plan(
        _ selection: LayerSelection,
        _ basis: RetrainingPlan.Basis?,
        _ importances: LayerImportances?,
        _ cost: (work: RetrainingJob.Work, full: RetrainingJob.Work),
        _ model: CostModel
    ) throws(RetrainingError) -> RetrainingPlan {
        RetrainingPlan(
            selection: selection,
            basis: basis,
            importances: importances,
            graphs: try graphs(),
            work: cost.work,
            full: cost.full,
            model: model
        )
    }
}
