import ModelGraph
package import PerformanceModel
package import RetrainingCompiler

/// A plan: what of a StarGAN is retrained, why, and what that takes of a chip.
package struct RetrainingPlan: Sendable, Equatable {
    /// What is retrained.
    package var selection: LayerSelection
    /// What an automatic selection goes by; nil for one that was named.
    package var basis: Basis?
    /// All layers, the generator's first.
    package var layers: [Layer]
    /// What the retraining takes.
    package var cost: Cost
    /// What retraining every layer takes.
    package var fullCost: Cost
    /// The profile that costs are those of.
    package var profileName: String
    /// How norms pass through the device in these costs.
    package var rolin: ROLINMode
    /// Leading layers of the generator whose value is kept from step to step.
    package var keptLayerCount: Int

    /// What an automatic selection goes by.
    package struct Basis: Sendable, Equatable {
        /// Share of full retraining's error propagation and weight gradients that may be spent.
        package var budget: Double
        /// Which importance.
        package var measure: LayerImportance.Measure
        /// The device that was probed on.
        package var device: String
        /// Steps of the probe.
        package var probeStepCount: Int
        /// What the probe took.
        package var probe: Cost
    }

    /// One layer.
    package struct Layer: Sendable, Equatable {
        /// What ``network`` may be.
        static let networks = ["generator", "discriminator"]

        /// `generator` or `discriminator`.
        package var network: String
        /// The graph's name.
        package var graph: String
        /// The module's name.
        package var name: String
        /// Which of its parameters are retrained: `all`, `none`, or their roles.
        package var trained: String
        /// Its importance with the cycle as the plan has it; nil where nothing was probed.
        package var importance: LayerImportance?
        /// What it takes of the retraining.
        package var cost: Cost
        /// What it takes where every layer is retrained.
        package var fullCost: Cost
    }

    /// Work, time and energy of a part of a training.
    package struct Cost: Sendable, Equatable {
        /// Multiply-accumulates by stage.
        package var multiplyAccumulates: StageCounts
        /// Bytes between chip and DRAM by stage.
        package var byteCounts: StageCounts
        /// Cycles by stage.
        package var cycles: StageCounts
        /// Seconds on the chip.
        package var seconds: Double
        /// Joules of the chip.
        package var chipJoules: Double
        /// Joules of DRAM.
        package var dramJoules: Double

        init(_ estimate: CommandEstimate, _ model: CostModel) {
            multiplyAccumulates = estimate.counters.multiplyAccumulates
            byteCounts = estimate.counters.byteCounts
            cycles = estimate.cycles
            seconds = model.seconds(of: estimate)
            chipJoules = model.chipEnergyJoules(of: estimate)
            dramJoules = model.dramEnergyJoules(of: estimate)
        }
    }

    init(
        selection: LayerSelection,
        basis: Basis?,
        importances: LayerImportances?,
        graphs: (generator: NetworkGraph, discriminator: NetworkGraph),
        work: RetrainingJob.Work,
        full: RetrainingJob.Work,
        model: CostModel
    ) {
        self.selection = selection
        self.basis = basis
        cost = Cost(work.work.total, model)
        fullCost = Cost(full.work.total, model)
        profileName = model.profile.name
        rolin = work.rolin
        keptLayerCount = work.keptUnits
        layers = []
        let own = importances?.generator[selection.cycle]
        for (network, graph, trains, importance) in [
            ("generator", graphs.generator, selection.trainsGenerator, own),
            (
                "discriminator", graphs.discriminator, selection.trainsDiscriminator,
                importances?.discriminator
            ),
        ] {
            for (index, unit) in graph.units.enumerated() {
                func cost(_ work: WorkEstimate) -> Cost {
                    let sum = work.sum { $0.network == graph.name && $0.unit == index }
                    return Cost(sum, model)
                }
                layers.append(
                    Layer(
                        network: network,
                        graph: graph.name,
                        name: unit.name,
                        trained: Self.trained(graph, index, trains),
                        importance: importance?[index],
                        cost: cost(work.work),
                        fullCost: cost(full.work)
                    )
                )
            }
        }
    }

    /// What of a unit is retrained, in a word.
    private static func trained(
        _ graph: NetworkGraph,
        _ unit: Int,
        _ trains: (NetworkGraph.Parameter) -> Bool
    ) -> String {
        let parameters = graph.parameters.filter { $0.unitIndex == unit }
        let chosen = parameters.filter(trains)
        if chosen.isEmpty { return "none" }
        guard chosen.count < parameters.count else { return "all" }
        return chosen.map { "\($0.role)" }.joined(separator: ",")
    }
}

extension RetrainingPlan {
    /// What a plan saves against full retraining, each as a share.
    package struct Reduction: Sendable, Equatable {
        /// Of all multiply-accumulates, forward propagation included.
        package var total: Double
        /// Of those of error propagation and weight gradients.
        package var errorAndWeightGradient: Double
        /// Of those of weight gradients.
        package var weightGradient: Double
        /// Of all cycles.
        package var cycles: Double
        /// Of the bytes of weight updates.
        package var updateBytes: Double

        /// What one cost saves against another one.
        init(_ cost: Cost, against full: Cost) {
            func share(_ count: (Cost) -> UInt64) -> Double {
                let whole = count(full)
                return whole > 0 ? 1 - Double(count(cost)) / Double(whole) : 0
            }
            total = share { $0.multiplyAccumulates.total }
            errorAndWeightGradient = share {
                $0.multiplyAccumulates.error + $0.multiplyAccumulates.weightGradient
            }
            weightGradient = share { $0.multiplyAccumulates.weightGradient }
            cycles = share { $0.cycles.total }
            updateBytes = share { $0.byteCounts.update }
        }
    }

    /// What the plan saves.
    package var reduction: Reduction { Reduction(cost, against: fullCost) }
}

extension RetrainingPlan {
    /// The plan in a line, with what each share is of.
    package var words: String {
        let trained = layers.filter { $0.trained != "none" }
        func percent(_ share: Double) -> String { "\(Int((share * 1000).rounded()) / 10) %" }
        guard trained.count < layers.count || selection.cycle != .whole else {
            return "all \(layers.count) layers"
        }
        let how = basis.map { "by \($0.measure.rawValue), budget \($0.budget)" } ?? "as named"
        return "\(trained.count) of \(layers.count) layers (\(how)"
            + ", cycle \(selection.cycle.rawValue))"
            + ", saving \(percent(reduction.errorAndWeightGradient)) of the operations of error "
            + "and weight gradient, \(percent(reduction.total)) of all, "
            + "\(percent(reduction.cycles)) of \(profileName) cycles"
    }
}
