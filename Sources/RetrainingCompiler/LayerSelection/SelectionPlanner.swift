/// Chooses which layers to retrain: the most importance for a budget of computation.
///
/// Exact dynamic programming over layers and the depth that errors have to reach, for generator
/// and discriminator together, on costs rounded up to ``resolution`` parts of full retraining. In
/// both networks the error runs from the outputs to the earliest retrained layer; the generator
/// reconstructs the picture itself (``LayerSelection/Cycle/own``).
package struct SelectionPlanner: Sendable {
    /// Costs and worth of one layer; costs are shares of full retraining's.
    package struct Layer: Sendable, Equatable {
        /// What its weight gradients and updates take.
        package var trainingCost: Double
        /// What carrying the error through it takes, in all passes that train its network.
        package var errorCost: Double
        /// What retraining it is worth, at least 0.
        package var worth: Double

        /// Names all of it.
        package init(trainingCost: Double, errorCost: Double, worth: Double) {
            self.trainingCost = trainingCost
            self.errorCost = errorCost
            self.worth = worth
        }
    }

    /// A choice: which layers of both networks.
    package struct Choice: Sendable, Equatable {
        /// The generator's layers.
        package var generator: Set<Int>
        /// The discriminator's layers.
        package var discriminator: Set<Int>
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
        let own = Suffixes(of: generator, parts: parts)
        let judge = Suffixes(of: discriminator, parts: parts)
        let hasJudge = discriminator.contains { $0.worth > 0 }
        let fixed = Self.parts(generatorFixedCost)
        let judgeFixed = Self.parts(discriminatorFixedCost)
        var best: Choice?
        for spent in 0...max(0, parts - fixed) where spent + fixed <= parts {
            guard let mine = own.best(parts: spent), !mine.isEmpty else { continue }
            let rest = parts - fixed - spent - judgeFixed
            let others = hasJudge && rest >= 0 ? judge.best(parts: rest) ?? [] : []
            let choice = choice(mine, others)
            if choice.worth > (best?.worth ?? -1) { best = choice }
        }
        return best
    }

    private func choice(_ mine: Set<Int>, _ others: Set<Int>) -> Choice {
        Choice(
            generator: mine,
            discriminator: others,
            worth: mine.reduce(0) { $0 + generator[$1].worth }
                + others.reduce(0) { $0 + discriminator[$1].worth },
            cost: cost(generator: mine, discriminator: others)
        )
    }

    /// What a choice costs, as a share of full retraining.
    package func cost(generator mine: Set<Int>, discriminator others: Set<Int>) -> Double {
        var sum = 0.0
        for (chosen, layers, fixed) in [
            (mine, generator, generatorFixedCost), (others, discriminator, discriminatorFixedCost),
        ] {
            guard let depth = chosen.min() else { continue }
            sum += fixed
            for (index, layer) in layers.enumerated() {
                if chosen.contains(index) { sum += layer.trainingCost }
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

        init(of layers: [Layer], parts: Int) {
            knapsack = Knapsack(
                layers.map { (SelectionPlanner.parts($0.trainingCost), $0.worth) },
                parts: parts
            )
            var starts: [(layer: Int, parts: Int, worth: Double)] = []
            var depth = 0.0
            for (index, layer) in layers.enumerated().reversed() {
                let cost = SelectionPlanner.parts(depth) + knapsack.costs[index]
                starts.append((index, cost, layer.worth))
                depth += layer.errorCost
            }
            self.starts = starts
        }

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
}
