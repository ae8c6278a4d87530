import AcceleratorISA
package import ModelGraph
import PerformanceModel

/// Costs as a chip has them.
///
/// A cost is the larger of two shares of full retraining: of the cycles of error propagation,
/// weight gradients and updates, and of the multiply-accumulates of the first two. So a choice
/// within a budget keeps it in either accounting.
extension SelectionPlanner {
    /// A planner on what full retraining takes, with worths of layers as given.
    package init(
        full work: WorkEstimate,
        generator: (graph: NetworkGraph, worth: [Double], worthCut: [Double]),
        discriminator: (graph: NetworkGraph, worth: [Double])
    ) {
        let shares = CostShares(work.total)
        let (own, judge) = (generator.graph.name, discriminator.graph.name)
        func cost(
            _ network: String,
            _ unit: Int?,
            _ stages: [Stage],
            passes: Set<String>
        ) -> Double {
            let sum = work.sum { layer in
                layer.network == network && (unit == nil || layer.unit == unit)
                    && passes.contains(layer.pass)
            }
            return shares.share(of: sum, stages)
        }
        let both: Set = [StarGANPass.generator, StarGANPass.reconstruction, StarGANPass.update]
        self.init(
            generator: generator.graph.units.indices.map { unit in
                Layer(
                    trainingCost: cost(own, unit, [.weightGradient, .update], passes: both),
                    errorCost: cost(own, unit, [.error], passes: [StarGANPass.generator]),
                    cycleErrorCost: cost(
                        own,
                        unit,
                        [.error],
                        passes: [StarGANPass.reconstruction]
                    ),
                    worth: generator.worth[unit],
                    worthCut: generator.worthCut[unit]
                )
            },
            discriminator: discriminator.graph.units.indices.map { unit in
                Layer(
                    trainingCost: cost(
                        judge,
                        unit,
                        [.weightGradient, .update],
                        passes: [StarGANPass.discriminator, StarGANPass.update]
                    ),
                    errorCost: cost(
                        judge,
                        unit,
                        [.error],
                        passes: [StarGANPass.discriminator]
                    ),
                    cycleErrorCost: 0,
                    worth: discriminator.worth[unit],
                    worthCut: discriminator.worth[unit]
                )
            },
            generatorFixedCost: cost(judge, nil, [.error], passes: [StarGANPass.judgement])
                + shares.share(of: work.other, [.error, .weightGradient, .update]),
            discriminatorFixedCost: cost(
                judge,
                nil,
                [.error, .weightGradient],
                passes: [StarGANPass.penalty]
            )
        )
    }
}

/// The labels of a StarGAN step's passes.
enum StarGANPass {
    static let generator = "generator"
    static let reconstruction = "reconstruction"
    static let discriminator = "discriminator"
    static let penalty = "penalty"
    static let judgement = "judgement"
    static let update = "update"
}

/// Shares of full retraining.
private struct CostShares {
    private let cycles: Double
    private let multiplyAccumulates: Double

    init(_ total: CommandEstimate) {
        cycles = Double(total.cycles.total &- total.cycles.forward)
        let counts = total.counters.multiplyAccumulates
        multiplyAccumulates = Double(counts.error &+ counts.weightGradient)
    }

    func share(of estimate: CommandEstimate, _ stages: [Stage]) -> Double {
        let counts = estimate.counters.multiplyAccumulates
        let (mine, useful) = stages.reduce((0.0, 0.0)) { sum, stage in
            (sum.0 + Double(estimate.cycles[stage]), sum.1 + Double(counts[stage]))
        }
        return max(mine / max(1, cycles), useful / max(1, multiplyAccumulates))
    }
}
