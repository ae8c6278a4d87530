import AcceleratorISA
import ModelGraph
import PerformanceModel
import RetrainingCompiler

/// Estimates the jobs of one model, batch and loss, chip by chip, as `RetrainingPlanner` plans
/// them; what does not depend on the chip is worked out once.
struct SweepEstimator {
    private let options: RetrainingOptions
    private let grid: SweepGrid
    private let graphs: StarGANGraphs
    private let worths: LayerWorths
    private let job: RetrainingJob
    private let capabilities: DeviceCapabilities
    /// Programs by what they depend on; a nil plan does not fit into DRAM.
    private var programs: [Key: Programs?] = [:]

    /// Most programs that are remembered: a few hundred megabytes.
    private static let programLimit = 128

    private struct Key: Hashable {
        let rolin: ROLINMode
        let selection: LayerSelection
    }

    /// A plan and how often its programs run.
    private struct Programs {
        let plan: StarGANPlan
        let runs: ProgramRuns
    }

    init(
        _ options: RetrainingOptions,
        grid: SweepGrid,
        graphs: StarGANGraphs,
        worths: LayerWorths
    ) {
        self.options = options
        self.grid = grid
        self.graphs = graphs
        self.worths = worths
        job = RetrainingJob(options, labels: Self.labels(options, grid.pictureCount))
        capabilities = DeviceCapabilities(dramByteCount: grid.dramByteCount)
    }

    /// Labels of pictures of which none has an attribute.
    private static func labels(_ options: RetrainingOptions, _ pictureCount: Int) -> [[Bool]] {
        Array(repeating: options.attributes.map { _ in false }, count: pictureCount)
    }

    /// The points of a chip, mode by mode, budgets in the order of the list.
    mutating func points(on chip: ChipProfile) throws(RetrainingError) -> [SweepPoint] {
        var model = CostModel(chip)
        var points: [SweepPoint] = []
        for rolin in grid.rolinModes {
            var options = options
            options.rolin = rolin
            let full = try work(Key(rolin: rolin, selection: .all), &model)
            for budget in grid.budgets {
                let outcome = try outcome(of: budget, rolin, full, &model)
                points.append(
                    SweepPoint(
                        job: SweepPoint.Job(
                            options: options,
                            pictureCount: grid.pictureCount,
                            budget: budget
                        ),
                        chip: chip,
                        outcome: outcome
                    )
                )
            }
        }
        return points
    }

    /// What all runs of a job's programs take.
    private typealias Work = Result<
        (estimate: WorkEstimate, keptLayerCount: Int), SweepPoint.Obstacle
    >

    private mutating func outcome(
        of budget: Double,
        _ rolin: ROLINMode,
        _ full: Work,
        _ model: inout CostModel
    ) throws(RetrainingError) -> Result<SweepPoint.Figures, SweepPoint.Obstacle> {
        let whole: WorkEstimate
        switch full {
        case .success(let work): whole = work.estimate
        case .failure(let obstacle): return .failure(obstacle)
        }
        var (selection, work) = (LayerSelection.all, full)
        if budget < 1 {
            let planner = SelectionPlanner(full: whole, graphs: graphs, worths: worths)
            guard let choice = planner.choice(budget: budget) else {
                return .failure(.budgetTooSmall)
            }
            selection = LayerSelection(choice, graphs: graphs)
            work = try self.work(Key(rolin: rolin, selection: selection), &model)
        }
        let fullCost = RetrainingPlan.Cost(whole.total, model)
        return work.map { work in
            let total = work.estimate.total
            return SweepPoint.Figures(
                selection: selection,
                generatorLayerCount: graphs.generator.layerCount(selection.trainsGenerator),
                discriminatorLayerCount: graphs.discriminator.layerCount(
                    selection.trainsDiscriminator
                ),
                keptLayerCount: work.keptLayerCount,
                total: total,
                reduction: RetrainingPlan.Reduction(
                    RetrainingPlan.Cost(total, model),
                    against: fullCost
                )
            )
        }
    }

    private mutating func work(
        _ key: Key,
        _ model: inout CostModel
    ) throws(RetrainingError) -> Work {
        guard let programs = try programs(key) else { return .failure(.dramTooSmall) }
        do throws(CompileError) {
            let work = try programs.plan.estimate(programs.runs, &model)
            return .success((work, programs.plan.keptUnits))
        } catch {
            return .failure(.sramTooSmall)
        }
    }

    private mutating func programs(_ key: Key) throws(RetrainingError) -> Programs? {
        if let known = programs[key] { return known }
        if programs.count >= Self.programLimit { programs = [:] }
        var made: Programs?
        do throws(RetrainingError) {
            let plan = try job.plan(key.selection, key.rolin, on: capabilities)
            made = Programs(plan: plan, runs: job.runs(of: plan))
        } catch .compilation {
            made = nil
        }
        programs[key] = .some(made)
        return made
    }
}

extension NetworkGraph {
    /// Layers with a parameter for which `trains` says so.
    fileprivate func layerCount(_ trains: (Parameter) -> Bool) -> Int {
        Set(parameters.filter(trains).map(\.unitIndex)).count
    }
}
