package import AcceleratorISA
package import PerformanceModel
package import RetrainingCompiler

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
        on capabilities: DeviceCapabilities,
        _ model: inout CostModel
    ) throws(RetrainingError) -> Work {
        let plan = try plan(selection, options.rolin, on: capabilities)
        let runs = runs(of: plan)
        return Work(
            runs: runs,
            work: try plan.work(of: runs, &model),
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
        on capabilities: DeviceCapabilities,
        _ model: inout CostModel
    ) throws(RetrainingError) -> WorkEstimate {
        try plan(options.selection, rolin, on: capabilities).work(of: runs, &model)
    }

    /// Its programs with a selection, in a ROLIN mode.
    ///
    /// - Throws: `.compilation`, `.configuration`.
    func plan(
        _ selection: LayerSelection,
        _ rolin: ROLINMode,
        on capabilities: DeviceCapabilities
    ) throws(RetrainingError) -> StarGANPlan {
        var options = options
        options.selection = selection
        options.rolin = rolin
        let training = options.training(
            pictureCount: schedule.labels.count,
            prefixSlots: options.prefixSlots(schedule)
        )
        return try training.plan(on: capabilities)
    }

    /// The runs of one session from the first step to the last, as the trainer counts them.
    func runs(of plan: StarGANPlan) -> ProgramRuns {
        let stepCount = options.epochs * schedule.stepsPerEpoch
        var runs = ProgramRuns()
        runs.step = stepCount / options.criticSteps
        runs.criticStep = stepCount - runs.step
        let slots = plan.prefixSlots.count
        guard slots > 0 else { return runs }
        var kept: Set<StepPrefix> = []
        var shared: [Bool: StepPrefix] = [:]
        func sides(_ program: StarGANProgram) -> [Bool] {
            [false, true].filter { side in program.prefixUses.contains { $0.isOriginal == side } }
        }
        // A program may read neither: one of a network that is not retrained, for instance.
        let (sidesOfStep, sidesOfCriticStep) = (sides(plan.step), sides(plan.criticStep))
        schedule.forEachStep(first: stepCount) { number, step in
            let isGenerators = (number + 1) % options.criticSteps == 0
            for isOriginal in isGenerators ? sidesOfStep : sidesOfCriticStep {
                let key = StepPrefix(step, isOriginal: isOriginal)
                guard !kept.contains(key), shared[isOriginal] != key else { continue }
                if kept.count + 2 < slots { kept.insert(key) } else { shared[isOriginal] = key }
                runs.prefix += 1
            }
        }
        return runs
    }
}

extension StarGANPlan {
    /// What runs of its programs take.
    ///
    /// - Throws: `.compilation` when a command does not run on such a chip.
    func work(
        of runs: ProgramRuns,
        _ model: inout CostModel
    ) throws(RetrainingError) -> WorkEstimate {
        do throws(CompileError) {
            return try estimate(runs, &model)
        } catch {
            throw .compilation(error)
        }
    }
}
