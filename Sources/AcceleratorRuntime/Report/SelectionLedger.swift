import ModelGraph

/// What a training costs, as the planner has it: the same figures for the plan and for a full
/// retraining, so that what is saved is their quotient.
package struct TrainingCost: Sendable, Equatable {
    /// Multiply-accumulates of forward propagation.
    package var forwardMACs: UInt64
    /// Multiply-accumulates of error propagation.
    package var errorMACs: UInt64
    /// Multiply-accumulates of the weights' gradients.
    package var weightGradientMACs: UInt64
    /// Cycles of the chip's clock, all stages.
    package var cycles: UInt64
    /// Bytes of the optimizer: masters, moments and working copies, read and written.
    package var optimizerBytes: UInt64

    /// Names all of it.
    package init(
        forwardMACs: UInt64,
        errorMACs: UInt64,
        weightGradientMACs: UInt64,
        cycles: UInt64,
        optimizerBytes: UInt64
    ) {
        self.forwardMACs = forwardMACs
        self.errorMACs = errorMACs
        self.weightGradientMACs = weightGradientMACs
        self.cycles = cycles
        self.optimizerBytes = optimizerBytes
    }
}

/// Which layers were retrained (SELRET), and what that saved against retraining all of them.
package struct SelectionLedger: Sendable, Equatable {
    /// How the layers were chosen.
    package enum Mode: String, Sendable, CaseIterable {
        /// By their importance, under a budget.
        case automatic = "auto"
        /// Every layer.
        case all
        /// By the user.
        case named
    }

    /// How the layers were chosen.
    package var mode: Mode
    /// The budget in words: `40 % of the cycles of a full retraining`.
    package var budget: Reported<String>
    /// The measure of importance.
    package var importance: Reported<String>
    /// The retrained layers, network first.
    package var trainedLayers: [String]
    /// Whether the gradient runs through the generator's second pass to its first.
    package var keepsCycleGradient: Bool
    /// Layers whose activations were computed once and kept; empty where none were.
    package var cachedPrefix: [String]
    /// Cost of retraining every layer.
    package var full: TrainingCost
    /// Cost of this plan.
    package var plan: TrainingCost
    /// How both costs were found, in words.
    package var accounting: String

    /// Names all of it.
    package init(
        mode: Mode,
        budget: Reported<String>,
        importance: Reported<String>,
        trainedLayers: [String],
        keepsCycleGradient: Bool,
        cachedPrefix: [String],
        full: TrainingCost,
        plan: TrainingCost,
        accounting: String
    ) {
        self.mode = mode
        self.budget = budget
        self.importance = importance
        self.trainedLayers = trainedLayers
        self.keepsCycleGradient = keepsCycleGradient
        self.cachedPrefix = cachedPrefix
        self.full = full
        self.plan = plan
        self.accounting = accounting
    }
}

extension SelectionLedger {
    /// A way to say what was saved.
    package enum Reduction: String, Sendable, CaseIterable {
        case total, errorAndWeightGradient, weightGradient, cycles, optimizerBytes

        /// What is counted, in words.
        package var accounting: String {
            switch self {
            case .total:
                "multiply-accumulates of forward, error and weight gradient together"
            case .errorAndWeightGradient:
                "multiply-accumulates of error and weight gradient; forward not counted"
            case .weightGradient:
                "multiply-accumulates of the weight gradient alone"
            case .cycles:
                "cycles of the chip's clock, all stages"
            case .optimizerBytes:
                "bytes of the optimizer's masters, moments and working copies"
            }
        }

        func count(of cost: TrainingCost) -> UInt64 {
            switch self {
            case .total:
                .sum(.sum(cost.forwardMACs, cost.errorMACs), cost.weightGradientMACs)
            case .errorAndWeightGradient: .sum(cost.errorMACs, cost.weightGradientMACs)
            case .weightGradient: cost.weightGradientMACs
            case .cycles: cost.cycles
            case .optimizerBytes: cost.optimizerBytes
            }
        }
    }

    /// What was saved against a full retraining: 0 nothing, 1 everything, below 0 it cost more.
    package func fraction(_ reduction: Reduction) -> Double {
        Saving.fraction(reduction.count(of: plan), of: reduction.count(of: full))
    }
}

/// Savings as fractions.
enum Saving {
    /// `1 - count / whole`; 0 where there was nothing to save.
    static func fraction(_ count: UInt64, of whole: UInt64) -> Double {
        whole > 0 ? 1 - Double(count) / Double(whole) : 0
    }
}

extension SelectionLedger {
    static let keys = KeyTree.keys(
        [
            "mode", "budget", "importance", "trainedLayers", "cycleGradient", "cachedPrefix",
            "accounting",
        ].map { ($0, .leaf) } + [
            ("cost", .leaves("full", "plan")),
            ("reduction", .keys(Reduction.allCases.map { ($0.rawValue, .leaf) })),
        ]
    )

    func document(_ notes: inout AbsenceNotes) -> StrictJSON {
        let reductions = Reduction.allCases.map { reduction in
            (reduction.rawValue, StrictJSON.number(fraction(reduction)))
        }
        return [
            "mode": .string(mode.rawValue),
            "budget": notes.document(of: budget, at: "selret.budget"),
            "importance": notes.document(of: importance, at: "selret.importance"),
            "trainedLayers": .array(trainedLayers.map { .string($0) }),
            "cycleGradient": keepsCycleGradient ? "kept" : "cut",
            "cachedPrefix": .array(cachedPrefix.map { .string($0) }),
            "accounting": .string(accounting),
            "cost": ["full": full.document, "plan": plan.document],
            "reduction": .object(Dictionary(uniqueKeysWithValues: reductions)),
        ]
    }

    init(_ field: JSONField, _ notes: AbsenceNotes) throws(JSONError) {
        mode = try field["mode"].choice()
        budget = try notes.part(at: "selret.budget") { () throws(JSONError) in
            try field["budget"].string()
        }
        importance = try notes.part(at: "selret.importance") { () throws(JSONError) in
            try field["importance"].string()
        }
        trainedLayers = try field["trainedLayers"].strings()
        let cycle = try field["cycleGradient"]
        switch try cycle.string() {
        case "kept": keepsCycleGradient = true
        case "cut": keepsCycleGradient = false
        default: throw cycle.failure("expected kept or cut")
        }
        cachedPrefix = try field["cachedPrefix"].strings()
        accounting = try field["accounting"].string()
        full = try TrainingCost(try field["cost"]["full"])
        plan = try TrainingCost(try field["cost"]["plan"])
        for reduction in Reduction.allCases {
            let found = try field["reduction"][reduction.rawValue]
            try found.require(fraction(reduction), because: "1 - plan / full")
        }
    }
}

extension TrainingCost {
    var document: StrictJSON {
        [
            "macs": [
                "forward": .count(forwardMACs), "error": .count(errorMACs),
                "weightGradient": .count(weightGradientMACs),
            ],
            "cycles": .count(cycles),
            "optimizerBytes": .count(optimizerBytes),
        ]
    }

    init(_ field: JSONField) throws(JSONError) {
        let macs = try field["macs"]
        forwardMACs = try macs["forward"].count()
        errorMACs = try macs["error"].count()
        weightGradientMACs = try macs["weightGradient"].count()
        cycles = try field["cycles"].count()
        optimizerBytes = try field["optimizerBytes"].count()
    }
}

extension JSONField {
    /// The elements as strings.
    func strings() throws(JSONError) -> [String] {
        var strings: [String] = []
        for element in try elements() { strings.append(try element.string()) }
        return strings
    }
}
