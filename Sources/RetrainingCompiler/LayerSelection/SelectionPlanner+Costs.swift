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
        generator: (graph: NetworkGraph, worth: [Double]),
        discriminator: (graph: NetworkGraph, worth: [Double])
    ) {
        let costs = LayerCosts(work)
        let (own, judge) = (generator.graph.name, discriminator.graph.name)
        let training: [Stage] = [.weightGradient, .update]
        self.init(
            generator: generator.graph.units.indices.map { unit in
                Layer(
                    trainingCost: costs.cost(
                        own,
                        unit,
                        training,
                        [StarGANPass.generator, StarGANPass.reconstruction, StarGANPass.update]
                    ),
                    errorCost: costs.cost(own, unit, [.error], [StarGANPass.generator])
                        + costs.cost(own, unit, [.error], [StarGANPass.reconstruction]),
                    worth: generator.worth[unit]
                )
            },
            discriminator: discriminator.graph.units.indices.map { unit in
                Layer(
                    trainingCost: costs.cost(
                        judge,
                        unit,
                        training,
                        [StarGANPass.discriminator, StarGANPass.update]
                    ),
                    errorCost: costs.cost(judge, unit, [.error], [StarGANPass.discriminator]),
                    worth: discriminator.worth[unit]
                )
            },
            generatorFixedCost: costs.cost(judge, nil, [.error], [StarGANPass.judgement])
                + costs.share(of: work.other, [.error] + training),
            discriminatorFixedCost: costs.cost(
                judge,
                nil,
                [.error, .weightGradient],
                [StarGANPass.penalty]
            )
        )
    }
}

/// The labels of a StarGAN step's passes.
enum StarGANPass {
    static let generator = "generator"
    static let prefix = "prefix"
    static let reconstruction = "reconstruction"
    static let discriminator = "discriminator"
    static let penalty = "penalty"
    static let judgement = "judgement"
    static let update = "update"
}

/// Costs of layers as shares of full retraining.
private struct LayerCosts {
    private let work: WorkEstimate
    private let cycles: Double
    private let multiplyAccumulates: Double

    init(_ work: WorkEstimate) {
        self.work = work
        let total = work.total
        cycles = Double(total.cycles.total &- total.cycles.forward)
        let counts = total.counters.multiplyAccumulates
        multiplyAccumulates = Double(counts.error &+ counts.weightGradient)
    }

    /// What stages of some passes take in a layer of a network; in all of them without a unit.
    func cost(_ network: String, _ unit: Int?, _ stages: [Stage], _ passes: Set<String>) -> Double {
        let sum = work.sum { layer in
            layer.network == network && (unit == nil || layer.unit == unit)
                && passes.contains(layer.pass)
        }
        return share(of: sum, stages)
    }

    func share(of estimate: CommandEstimate, _ stages: [Stage]) -> Double {
        let counts = estimate.counters.multiplyAccumulates
        let (mine, useful) = stages.reduce((0.0, 0.0)) { sum, stage in
            (sum.0 + Double(estimate.cycles[stage]), sum.1 + Double(counts[stage]))
        }
        return max(mine / max(1, cycles), useful / max(1, multiplyAccumulates))
    }
}
