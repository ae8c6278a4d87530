import ModelGraph
import RetrainingCompiler

/// Both networks of a StarGAN.
typealias StarGANGraphs = (generator: NetworkGraph, discriminator: NetworkGraph)

/// What retraining each layer is worth to a selection, by unit.
///
/// All of the generator's layers together are worth 1, those of a fresh discriminator
/// ``freshDiscriminatorWorth``. One that has learnt is worth nothing: trained on a user's few
/// pictures it soon knows them by heart, and changes come out worse than by what it knew before.
package struct LayerWorths: Sendable, Equatable {
    /// The generator's.
    package private(set) var generator: [Double]
    /// The discriminator's.
    package private(set) var discriminator: [Double]

    /// Worth of all layers of a fresh discriminator together, the generator's being 1: what it
    /// learns reaches the pictures through the generator only.
    package static let freshDiscriminatorWorth = 0.1

    /// Worths by importances that were probed for.
    package init(
        _ importances: (generator: [LayerImportance], discriminator: [LayerImportance]),
        by measure: LayerImportance.Measure,
        isDiscriminatorFresh: Bool
    ) {
        // A layer may be worth less than nothing where it is led astray.
        func shares(_ layers: [LayerImportance]) -> [Double] {
            let values = layers.map { max(0, $0.value(measure)) }
            let sum = max(values.reduce(0, +), .leastNormalMagnitude)
            return values.map { $0 / sum }
        }
        generator = shares(importances.generator)
        let worth = isDiscriminatorFresh ? Self.freshDiscriminatorWorth : 0
        discriminator = shares(importances.discriminator).map { $0 * worth }
    }

    /// The same worth for each layer of the generator; the discriminator has learnt.
    init(sameFor graphs: StarGANGraphs) {
        let count = Double(max(1, graphs.generator.units.count))
        generator = graphs.generator.units.map { _ in 1 / count }
        discriminator = graphs.discriminator.units.map { _ in 0 }
    }

    /// Worths by the importances of a plan.
    ///
    /// - Throws: `.configuration` when it has none, or those of other layers.
    init(_ plan: RetrainingPlan, for graphs: StarGANGraphs) throws(RetrainingError) {
        guard let basis = plan.basis else {
            throw .configuration(
                "failed to weigh layers: the plan was not probed for, so it has no importances; "
                    + "take one that --selret auto made"
            )
        }
        func importances(
            _ network: String,
            _ graph: NetworkGraph
        ) throws(RetrainingError) -> [LayerImportance] {
            let layers = plan.layers.filter { $0.network == network }
            guard layers.map(\.name) == graph.units.map(\.name) else {
                throw .configuration(
                    "failed to weigh layers: those of the plan's \(network) are not the "
                        + "\(graph.units.count) of this model; choose the sizes of the model that "
                        + "the plan is for"
                )
            }
            let importances = layers.compactMap(\.importance)
            guard importances.count == layers.count else {
                throw .configuration(
                    "failed to weigh layers: the plan's \(network) has layers without an "
                        + "importance; make it anew"
                )
            }
            return importances
        }
        self.init(
            (
                try importances("generator", graphs.generator),
                try importances("discriminator", graphs.discriminator)
            ),
            by: basis.measure,
            isDiscriminatorFresh: plan.layers.contains {
                $0.network == "discriminator" && $0.trained != "none"
            }
        )
    }
}

extension SelectionPlanner {
    /// A planner on what full retraining takes.
    init(full work: WorkEstimate, graphs: StarGANGraphs, worths: LayerWorths) {
        self.init(
            full: work,
            generator: (graphs.generator, worths.generator),
            discriminator: (graphs.discriminator, worths.discriminator)
        )
    }
}

extension LayerSelection {
    /// All parameters of the layers that were chosen.
    init(_ choice: SelectionPlanner.Choice, graphs: StarGANGraphs) {
        func names(_ graph: NetworkGraph, _ units: Set<Int>) -> Set<String> {
            Set(graph.parameters.filter { units.contains($0.unitIndex) }.map(\.name))
        }
        self.init(
            generator: names(graphs.generator, choice.generator),
            discriminator: names(graphs.discriminator, choice.discriminator),
            cycle: LayerProbe.choice
        )
    }
}

extension StarGANConfiguration {
    /// Both networks of these sizes.
    ///
    /// - Throws: `.configuration`.
    func graphs() throws(RetrainingError) -> StarGANGraphs {
        do {
            return (try generator(), try discriminator())
        } catch {
            throw .configuration("\(error)")
        }
    }
}
