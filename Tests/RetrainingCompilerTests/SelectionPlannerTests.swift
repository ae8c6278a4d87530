import RetrainingCompiler
import TestSupport
import Testing

@Suite struct SelectionPlannerTests {
    /// Costs that add up to about 1 where everything is retrained, worths in eighths.
    private static func planner(seed: UInt64) -> SelectionPlanner {
        var random = SeededGenerator(seed: seed)
        func layers(_ count: Int) -> [SelectionPlanner.Layer] {
            (0..<count).map { _ in
                func cost() -> Double { Double(random.unit()) / 10 }
                return SelectionPlanner.Layer(
                    trainingCost: cost(),
                    errorCost: cost(),
                    worth: Double(random.below(9)) / 8
                )
            }
        }
        return SelectionPlanner(
            generator: layers(1 + random.below(7)),
            discriminator: layers(1 + random.below(4)),
            generatorFixedCost: Double(random.unit()) / 20,
            discriminatorFixedCost: Double(random.unit()) / 20
        )
    }

    private static let budgets = [0, 0.02, 0.05, 0.1, 0.17, 0.31, 0.5, 0.77, 1]

    /// What rounding each part up by a hair less than a hair leaves open.
    private static let slack = 1e-8

    @Test(arguments: UInt64(1)...10)
    func theChoiceIsTheBestOfAll(seed: UInt64) {
        let planner = Self.planner(seed: seed)
        let all = EveryChoice(of: planner)
        for budget in Self.budgets {
            let choice = planner.choice(budget: budget)
            let parts = Int((budget * Double(SelectionPlanner.resolution)).rounded(.down))
            let rounded = all.bestWorth { $0.parts <= parts }
            let exact = all.bestWorth { $0.cost <= budget + Self.slack }
            guard let choice else {
                #expect(rounded == nil, "budget \(budget)")
                continue
            }
            let cost = planner.cost(
                generator: choice.generator,
                discriminator: choice.discriminator
            )
            #expect(choice.cost == cost)
            #expect(cost <= budget + Self.slack, "budget \(budget)")
            #expect(!choice.generator.isEmpty)
            #expect(choice.worth >= (rounded ?? 0), "budget \(budget)")
            #expect(choice.worth <= (exact ?? 0), "budget \(budget)")
        }
    }

    @Test(arguments: UInt64(1)...6)
    func aLargerBudgetIsWorthNoLess(seed: UInt64) {
        let planner = Self.planner(seed: seed)
        let worths = stride(from: 0, through: 1, by: 0.04).map {
            planner.choice(budget: $0)?.worth ?? -1
        }
        #expect(worths == worths.sorted())
        #expect(Set(worths).count > 3)
    }

    @Test func nothingIsChosenForLessThanOneLayerCosts() {
        let layer = SelectionPlanner.Layer(trainingCost: 0.2, errorCost: 0, worth: 1)
        let planner = SelectionPlanner(
            generator: [layer],
            discriminator: [layer],
            generatorFixedCost: 0.1,
            discriminatorFixedCost: 0.1
        )
        #expect(planner.choice(budget: 0.29) == nil)
        #expect(planner.choice(budget: -1) == nil)
        #expect(planner.choice(budget: 0.31)?.generator == [0])
        #expect(planner.choice(budget: 0.59)?.discriminator == [])
        #expect(planner.choice(budget: 0.61)?.discriminator == [0])
        #expect(planner.choice(budget: 7)?.discriminator == [0])
    }

    @Test func aDiscriminatorOfNoWorthIsLeftAsItIs() {
        func layer(_ worth: Double) -> SelectionPlanner.Layer {
            SelectionPlanner.Layer(trainingCost: 0.01, errorCost: 0.01, worth: worth)
        }
        var planner = SelectionPlanner(
            generator: [layer(1)],
            discriminator: [layer(0), layer(0)],
            generatorFixedCost: 0,
            discriminatorFixedCost: 0.01
        )
        #expect(planner.choice(budget: 1)?.discriminator == [])
        planner.discriminator[1] = layer(0.1)
        #expect(planner.choice(budget: 1)?.discriminator == [1])
    }

    @Test func theErrorStopsAtTheEarliestRetrainedLayer() {
        let layer = SelectionPlanner.Layer(trainingCost: 0.01, errorCost: 0.3, worth: 1)
        let planner = SelectionPlanner(
            generator: Array(repeating: layer, count: 3),
            discriminator: Array(repeating: layer, count: 2),
            generatorFixedCost: 0.003,
            discriminatorFixedCost: 0.005
        )
        for (generator, discriminator, cost) in [
            ([2], [], 0.013), ([1], [], 0.313), ([0, 2], [], 0.623), ([1], [1], 0.328),
            ([], [0], 0.315), ([], [], 0),
        ] as [(Set<Int>, Set<Int>, Double)] {
            let found = planner.cost(generator: generator, discriminator: discriminator)
            #expect(abs(found - cost) < 1e-12, "\(generator) \(discriminator)")
        }
    }
}

/// Every choice of layers of both networks, by brute force.
private struct EveryChoice {
    struct Entry {
        let worth: Double
        /// The exact cost.
        let cost: Double
        /// The cost with each part of it rounded up to whole parts, as the planner counts.
        let parts: Int
    }

    private let entries: [Entry]

    init(of planner: SelectionPlanner) {
        var entries: [Entry] = []
        for own in 1..<1 << planner.generator.count {
            for judge in 0..<1 << planner.discriminator.count {
                entries.append(Self.entry(planner, Self.members(own), Self.members(judge)))
            }
        }
        self.entries = entries
    }

    /// The most worth of the choices that fit; nil when none does.
    func bestWorth(where fits: (Entry) -> Bool) -> Double? {
        entries.lazy.filter(fits).map(\.worth).max()
    }

    private static func members(_ bits: Int) -> Set<Int> {
        Set((0..<Int.bitWidth).filter { bits >> $0 & 1 == 1 })
    }

    private static func entry(
        _ planner: SelectionPlanner,
        _ own: Set<Int>,
        _ judge: Set<Int>
    ) -> Entry {
        var worth = 0.0
        var (costs, parts) = (0.0, 0)
        func add(_ cost: Double) {
            costs += cost
            parts += Int((cost * Double(SelectionPlanner.resolution) - 1e-9).rounded(.up))
        }
        for (chosen, layers, fixed) in [
            (own, planner.generator, planner.generatorFixedCost),
            (judge, planner.discriminator, planner.discriminatorFixedCost),
        ] {
            guard let depth = chosen.min() else { continue }
            add(fixed)
            add(layers.dropFirst(depth + 1).reduce(0) { $0 + $1.errorCost })
            for index in chosen {
                add(layers[index].trainingCost)
                worth += layers[index].worth
            }
        }
        return Entry(worth: worth, cost: costs, parts: parts)
    }
}
