package import AcceleratorDriver
import AcceleratorISA
import ModelGraph
package import PerformanceModel
package import RetrainingCompiler

/// Makes the plan of a retraining: which layers, and what that takes of a chip.
package struct RetrainingPlanner: Sendable {
    private let accelerator: Accelerator
    private let options: RetrainingOptions
    private let labels: [[Bool]]
    private let images: [[Float]]
    private let profile: ChipProfile

    /// Worth of all of the discriminator's layers together, the generator's being 1: what it
    /// learns reaches the pictures through the generator only.
    package static let discriminatorWorth = 0.1

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

    /// The plan that a request comes to; an automatic one is probed for on the device, whose
    /// weights are left to be written again.
    ///
    /// - Throws: `.configuration` for a name that stands for nothing or a budget too small for one
    ///   layer, `.compilation`, `.device`.
    package func plan(
        _ request: SelectionRequest,
        from state: TrainingState
    ) async throws(RetrainingError) -> RetrainingPlan {
        var model = CostModel(profile)
        let job = RetrainingJob(options, labels: labels)
        let full = try job.work(selection: .all, on: accelerator, &model)
        switch request {
        case .all: return try plan(.all, nil, nil, full, &model)
        case .named(let names, let cycle):
            let selection = try selection(of: names, cycle)
            return try plan(selection, nil, nil, full, &model)
        case .automatic(let budget, let measure):
            let probe = LayerProbe(
                accelerator,
                options: options,
                labels: labels,
                images: images
            )
            let importances = try await probe.run(from: state)
            let planner = try planner(full.work, importances, measure)
            guard let choice = planner.choice(budget: budget) else {
                throw .configuration(
                    "failed to plan: a budget of \(budget) does not pay for one layer of the "
                        + "generator; give a larger --budget"
                )
            }
            let selection = try selection(of: choice)
            let basis = RetrainingPlan.Basis(
                budget: budget,
                measure: measure,
                device: accelerator.descriptor.identifier,
                probeStepCount: importances.stepCount,
                probe: RetrainingPlan.Cost(try probe.work(&model), model)
            )
            return try plan(selection, basis, importances, full, &model)
        }
    }

    // MARK: Selections

    private func graphs() throws(RetrainingError) -> (NetworkGraph, NetworkGraph) {
        do {
            return (
                try options.configuration.generator(), try options.configuration.discriminator()
            )
        } catch {
            throw .configuration("\(error)")
        }
    }

    private func selection(
        of names: [String],
        _ cycle: LayerSelection.Cycle
    ) throws(RetrainingError) -> LayerSelection {
        let (generator, discriminator) = try graphs()
        do {
            return try LayerSelection(
                names: names,
                generator: generator,
                discriminator: discriminator,
                cycle: cycle
            )
        } catch {
            throw .configuration("\(error)")
        }
    }

    private func selection(
        of choice: SelectionPlanner.Choice
    ) throws(RetrainingError) -> LayerSelection {
        let (generator, discriminator) = try graphs()
        func names(_ graph: NetworkGraph, _ units: Set<Int>) -> Set<String> {
            Set(graph.parameters.filter { units.contains($0.unitIndex) }.map(\.name))
        }
        return LayerSelection(
            generator: names(generator, choice.generator),
            discriminator: names(discriminator, choice.discriminator),
            cycle: choice.cycle
        )
    }

    private func planner(
        _ full: WorkEstimate,
        _ importances: LayerImportances,
        _ measure: LayerImportance.Measure
    ) throws(RetrainingError) -> SelectionPlanner {
        let (generator, discriminator) = try graphs()
        // A layer may be worth less than nothing where a cycle leads it astray. One scale for all
        // cycles: one that is not whole is worth less by what it forgoes.
        let whole = importances.generator[.whole]?.map { max(0, $0.value(measure)) } ?? []
        let judge = importances.discriminator.map { max(0, $0.value(measure)) }
        let scale = max(whole.reduce(0, +), .leastNormalMagnitude)
        let judgeScale = max(judge.reduce(0, +), .leastNormalMagnitude)
        return SelectionPlanner(
            full: full,
            generator: (
                generator,
                importances.generator.mapValues { layers in
                    layers.map { max(0, $0.value(measure)) / scale }
                }
            ),
            discriminator: (
                discriminator, judge.map { $0 / judgeScale * Self.discriminatorWorth }
            )
        )
    }

    private func plan(
        _ selection: LayerSelection,
        _ basis: RetrainingPlan.Basis?,
        _ importances: LayerImportances?,
        _ full: RetrainingJob.Work,
        _ model: inout CostModel
    ) throws(RetrainingError) -> RetrainingPlan {
        let work = try RetrainingJob(options, labels: labels)
            .work(selection: selection, on: accelerator, &model)
        let (generator, discriminator) = try graphs()
        return RetrainingPlan(
            selection: selection,
            basis: basis,
            importances: importances,
            graphs: (generator, discriminator),
            work: work,
            full: full,
            model: model
        )
    }
}

/// A training as a number of runs of its programs, without a device that does them.
package struct RetrainingJob: Sendable {
    private let options: RetrainingOptions
    private let schedule: TrainingSchedule

    /// What a training takes of a chip.
    package struct Work: Sendable, Equatable {
        /// How often each program runs.
        package let runs: ProgramRuns
        /// What all runs take.
        package let work: WorkEstimate
        /// How norms pass through the device.
        package let rolin: ROLINMode
        /// Leading units of the generator whose value is kept; 0 where none is.
        package let keptUnits: Int
    }

    /// The training that options and labels come to.
    package init(_ options: RetrainingOptions, labels: [[Bool]]) {
        self.options = options
        schedule = options.schedule(labels: labels)
    }

    /// What it takes with a selection, from the first step to the last in one session.
    ///
    /// - Throws: `.compilation`, `.configuration`.
    package func work(
        selection: LayerSelection,
        on accelerator: Accelerator,
        _ model: inout CostModel
    ) throws(RetrainingError) -> Work {
        var options = options
        options.selection = selection
        let plan = try plan(options, accelerator)
        let runs = runs(options, of: plan)
        return Work(
            runs: runs,
            work: try Self.estimate(plan, runs, &model),
            rolin: options.rolin,
            keptUnits: plan.keptUnits
        )
    }

    /// What runs of its programs take, in a ROLIN mode.
    ///
    /// - Throws: `.compilation`, `.configuration`.
    package func work(
        of runs: ProgramRuns,
        rolin: ROLINMode,
        on accelerator: Accelerator,
        _ model: inout CostModel
    ) throws(RetrainingError) -> WorkEstimate {
        var options = options
        options.rolin = rolin
        return try Self.estimate(try plan(options, accelerator), runs, &model)
    }

    private func plan(
        _ options: RetrainingOptions,
        _ accelerator: Accelerator
    ) throws(RetrainingError) -> StarGANPlan {
        let training = options.training(
            pictureCount: schedule.labels.count,
            prefixSlots: options.prefixSlots(schedule)
        )
        return try accelerator.plan(training)
    }

    private static func estimate(
        _ plan: StarGANPlan,
        _ runs: ProgramRuns,
        _ model: inout CostModel
    ) throws(RetrainingError) -> WorkEstimate {
        do throws(CompileError) {
            return try plan.estimate(runs, &model)
        } catch {
            throw .compilation(error)
        }
    }

    /// The runs of one session from the first step to the last, as the trainer counts them.
    private func runs(_ options: RetrainingOptions, of plan: StarGANPlan) -> ProgramRuns {
        let slots = plan.prefixSlots.count
        var runs = ProgramRuns()
        var kept: Set<StepPrefix> = []
        var shared: [Bool: StepPrefix] = [:]
        func sides(_ program: StarGANProgram) -> [Bool] {
            [false, true].filter { side in program.prefixUses.contains { $0.isOriginal == side } }
        }
        // A program may read neither: one of a network that is not retrained, for instance.
        let (sidesOfStep, sidesOfCriticStep) = (sides(plan.step), sides(plan.criticStep))
        for number in 0..<options.epochs * schedule.stepsPerEpoch {
            let isGenerators = (number + 1) % options.criticSteps == 0
            runs += isGenerators ? ProgramRuns(step: 1) : ProgramRuns(criticStep: 1)
            guard slots > 0 else { continue }
            let step = schedule.step(number)
            for isOriginal in isGenerators ? sidesOfStep : sidesOfCriticStep {
                let key = StepPrefix(step, isOriginal: isOriginal)
                guard !kept.contains(key), shared[isOriginal] != key else { continue }
                if kept.count + 2 < slots { kept.insert(key) } else { shared[isOriginal] = key }
                runs += ProgramRuns(prefix: 1)
            }
        }
        return runs
    }
}
