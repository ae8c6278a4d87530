/// Chooses which layers to retrain: the most importance for a budget of computation.
///
/// Exact dynamic programming over layers and the depth that errors have to reach, for generator
/// and discriminator together, on costs rounded up to ``resolution`` parts of full retraining. In
/// both networks the error runs from the outputs to the earliest retrained layer; in the
/// generator's second pass to its input, if it is to go on into the first one.
package struct SelectionPlanner: Sendable {
    /// Costs and worth of one layer; costs are shares of full retraining's.
    package struct Layer: Sendable, Equatable {
        /// What its weight gradients and updates take.
        package var trainingCost: Double
        /// What carrying the error through it takes: of the generator in the pass that makes the
        /// fake, of the discriminator in its own step.
        package var errorCost: Double
        /// What carrying the error through it takes in the pass that reconstructs; 0 in the
        /// discriminator.
        package var cycleErrorCost: Double
        /// What retraining it is worth with each cycle, at least 0; one that is missing is not
        /// considered.
        package var worth: [LayerSelection.Cycle: Double]

        /// Names all of it.
        package init(
            trainingCost: Double,
            errorCost: Double,
            cycleErrorCost: Double,
            worth: [LayerSelection.Cycle: Double]
        ) {
            self.trainingCost = trainingCost
            self.errorCost = errorCost
            self.cycleErrorCost = cycleErrorCost
            self.worth = worth
        }
    }

    /// A choice: which layers of both networks, and whether the cycle is followed.
    package struct Choice: Sendable, Equatable {
        /// The generator's layers.
        package var generator: Set<Int>
        /// The discriminator's layers.
        package var discriminator: Set<Int>
        /// What is reconstructed.
        package var cycle: LayerSelection.Cycle
        /// What it is worth.
        package var worth: Double
        /// What it costs, as a share of full retraining.
        package var cost: Double
    }

    /// The generator's layers, from input to output.
    package var generator: [Layer]
    /// The discriminator's layers, from input to outputs.
    package var discriminator: [Layer]
    /// What every retraining of the generator takes besides: the judgement's error, the losses.
    package var generatorFixedCost: Double
    /// What every retraining of the discriminator takes besides.
    package var discriminatorFixedCost: Double

    /// Parts that the whole cost is counted in.
    package static let resolution = 2000

    /// Names everything that a choice depends on.
    package init(
        generator: [Layer],
        discriminator: [Layer],
        generatorFixedCost: Double,
        discriminatorFixedCost: Double
    ) {
        self.generator = generator
        self.discriminator = discriminator
        self.generatorFixedCost = generatorFixedCost
        self.discriminatorFixedCost = discriminatorFixedCost
    }

    /// The best choice that costs at most `budget`, a share of full retraining; nil when not even
    /// one layer of the generator fits.
    package func choice(budget: Double) -> Choice? {
        let parts = Int((min(max(budget, 0), 1) * Double(Self.resolution)).rounded(.down))
        var best: Choice?
        for cycle in LayerSelection.Cycle.allCases
        where generator.allSatisfy({ $0.worth[cycle] != nil }) {
            let followsCycle = cycle == .whole
            let own = suffix(of: generator, parts: parts) { layer in
                (
                    layer.trainingCost,
                    layer.errorCost + (followsCycle ? 0 : layer.cycleErrorCost),
                    layer.worth[cycle] ?? 0
                )
            }
            let judge = suffix(of: discriminator, parts: parts) { layer in
                (layer.trainingCost, layer.errorCost, layer.worth[cycle] ?? 0)
            }
            let wholeError =
                followsCycle ? generator.reduce(0) { $0 + $1.cycleErrorCost } : 0
            let hasJudge = discriminator.contains { ($0.worth[cycle] ?? 0) > 0 }
            let fixed = Self.parts(generatorFixedCost + wholeError)
            let judgeFixed = Self.parts(discriminatorFixedCost)
            for spent in 0...max(0, parts - fixed) where spent + fixed <= parts {
                guard let mine = own.best(parts: spent), !mine.isEmpty else { continue }
                let rest = parts - fixed - spent - judgeFixed
                let others = hasJudge && rest >= 0 ? judge.best(parts: rest) ?? [] : []
                let choice = self.choice(mine, others, cycle)
                if choice.worth > (best?.worth ?? -1) { best = choice }
            }
        }
        return best
    }

    private func choice(
        _ mine: Set<Int>,
        _ others: Set<Int>,
        _ cycle: LayerSelection.Cycle
    ) -> Choice {
        let worth =
            mine.reduce(0) { $0 + (generator[$1].worth[cycle] ?? 0) }
            + others.reduce(0) { $0 + (discriminator[$1].worth[cycle] ?? 0) }
        return Choice(
            generator: mine,
            discriminator: others,
            cycle: cycle,
            worth: worth,
            cost: cost(generator: mine, discriminator: others, cycle: cycle)
        )
    }

    /// What a choice costs, as a share of full retraining.
    package func cost(
        generator mine: Set<Int>,
        discriminator others: Set<Int>,
        cycle: LayerSelection.Cycle
    ) -> Double {
        var sum = 0.0
        if let depth = mine.min() {
            sum += generatorFixedCost
            for (index, layer) in generator.enumerated() {
                if mine.contains(index) { sum += layer.trainingCost }
                if index > depth { sum += layer.errorCost }
                if index > depth || cycle == .whole { sum += layer.cycleErrorCost }
            }
        }
        if let depth = others.min() {
            sum += discriminatorFixedCost
            for (index, layer) in discriminator.enumerated() {
                if others.contains(index) { sum += layer.trainingCost }
                if index > depth { sum += layer.errorCost }
            }
        }
        return sum
    }

    /// A cost in whole parts, rounded up.
    private static func parts(_ cost: Double) -> Int {
        Int((cost * Double(resolution) - 1e-9).rounded(.up))
    }

    /// One network's best choices for every cost.
    private struct Suffixes {
        /// By earliest retrained layer: what it costs besides, and the knapsack behind it.
        let starts: [(layer: Int, parts: Int, worth: Double)]
        let knapsack: Knapsack

        /// The layers worth most for at most `parts`; nil when none fits.
        func best(parts: Int) -> Set<Int>? {
            var best: (worth: Double, layer: Int, rest: Int)?
            for start in starts where start.parts <= parts {
                let rest = parts - start.parts
                let worth = start.worth + knapsack.worth[start.layer + 1][rest]
                if worth > best?.worth ?? -1 { best = (worth, start.layer, rest) }
            }
            guard let best else { return nil }
            return knapsack.layers(from: best.layer + 1, parts: best.rest).union([best.layer])
        }
    }

    /// Best worth of layers from each one on, for each cost: the textbook table.
    private struct Knapsack {
        let worth: [[Double]]
        let costs: [Int]

        init(_ layers: [(parts: Int, worth: Double)], parts: Int) {
            costs = layers.map(\.parts)
            var rows = [[Double](repeating: 0, count: parts + 1)]
            for layer in layers.reversed() {
                let behind = rows[rows.count - 1]
                rows.append(
                    behind.indices.map { budget in
                        guard layer.parts <= budget else { return behind[budget] }
                        return max(behind[budget], layer.worth + behind[budget - layer.parts])
                    }
                )
            }
            worth = rows.reversed()
        }

        /// The layers behind an entry.
        func layers(from first: Int, parts: Int) -> Set<Int> {
            var (chosen, rest) = (Set<Int>(), parts)
            for layer in first..<max(first, costs.count)
            where worth[layer][rest] > worth[layer + 1][rest] {
                chosen.insert(layer)
                rest -= costs[layer]
            }
            return chosen
        }
    }

    private func suffix(
        of layers: [Layer],
        parts: Int,
        _ weigh: (Layer) -> (training: Double, error: Double, worth: Double)
    ) -> Suffixes {
        let weighed = layers.map(weigh)
        let knapsack = Knapsack(
            weighed.map { (Self.parts($0.training), $0.worth) },
            parts: parts
        )
        var starts: [(layer: Int, parts: Int, worth: Double)] = []
        var depth = 0.0
        for (index, layer) in weighed.enumerated().reversed() {
            starts.append((index, Self.parts(depth) + Self.parts(layer.training), layer.worth))
            depth += layer.error
        }
        return Suffixes(starts: starts, knapsack: knapsack)
    }
}
