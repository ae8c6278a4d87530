package import ModelGraph
import PerformanceModel
import RetrainingCompiler

/// What two plans differ in, and nothing else.
package struct PlanDifference: Sendable, Equatable {
    /// What, and how each plan has it.
    package struct Entry: Sendable, Equatable {
        /// What differs.
        package var subject: String
        /// How the first plan has it.
        package var first: String
        /// How the second plan has it.
        package var second: String
    }

    /// Empty for plans that are the same.
    package private(set) var entries: [Entry] = []

    /// Compares two plans.
    package init(_ first: RetrainingPlan, _ second: RetrainingPlan) {
        add("cycle", first.selection.cycle.rawValue, second.selection.cycle.rawValue)
        addLayers(first, second)
        addBasis(first.basis, second.basis)
        add("kept layers", "\(first.keptLayerCount)", "\(second.keptLayerCount)")
        add("profile", first.profileName, second.profileName)
        add("ROLIN", first.rolin.rawValue, second.rolin.rawValue)
        for figure in RetrainingPlan.Figure.allCases {
            add(figure, figure.name, first.cost, second.cost)
            add(figure, "full retraining: \(figure.name)", first.fullCost, second.fullCost)
        }
        guard entries.isEmpty, first != second else { return }
        entries.append(Entry(subject: "costs of layers", first: "differ", second: "differ"))
    }

    private mutating func add(_ subject: String, _ first: String, _ second: String) {
        guard first != second else { return }
        entries.append(Entry(subject: subject, first: first, second: second))
    }

    /// Readable figures, or all their digits where those look the same.
    private mutating func add(
        _ figure: RetrainingPlan.Figure,
        _ subject: String,
        _ first: RetrainingPlan.Cost,
        _ second: RetrainingPlan.Cost
    ) {
        guard figure.value(of: first) != figure.value(of: second) else { return }
        let texts = (figure.text(of: first), figure.text(of: second))
        guard texts.0 == texts.1 else { return add(subject, texts.0, texts.1) }
        add(subject, "\(figure.value(of: first))", "\(figure.value(of: second))")
    }

    private mutating func addLayers(_ first: RetrainingPlan, _ second: RetrainingPlan) {
        func trained(_ plan: RetrainingPlan) -> [String: String] {
            Dictionary(plan.layers.map { ("\($0.network) \($0.name)", $0.trained) }) { $1 }
        }
        let (mine, others) = (trained(first), trained(second))
        var names: [String] = []
        for layer in first.layers + second.layers {
            let name = "\(layer.network) \(layer.name)"
            if !names.contains(name) { names.append(name) }
        }
        for name in names {
            add("trained: \(name)", mine[name] ?? "no such layer", others[name] ?? "no such layer")
        }
        let changed = first.layers.filter { layer in
            let other = second.layers.first {
                $0.network == layer.network && $0.name == layer.name
            }
            return other.map { $0.importance != layer.importance } ?? false
        }
        guard !changed.isEmpty else { return }
        func words(_ plan: RetrainingPlan) -> String {
            plan.basis.map { "probed on \($0.device)" } ?? "not probed"
        }
        entries.append(
            Entry(
                subject: "importances of \(changed.count) layers",
                first: words(first),
                second: words(second)
            )
        )
    }

    private mutating func addBasis(
        _ first: RetrainingPlan.Basis?,
        _ second: RetrainingPlan.Basis?
    ) {
        func words(_ value: (RetrainingPlan.Basis) -> String) -> (String, String) {
            (first.map(value) ?? "named", second.map(value) ?? "named")
        }
        let budget = words { "\($0.budget)" }
        let measure = words(\.measure.rawValue)
        let probe = words { "\($0.probeStepCount) on \($0.device)" }
        add("budget", budget.0, budget.1)
        add("importance", measure.0, measure.1)
        add("probe steps", probe.0, probe.1)
    }

    /// The differences as a table, or that there are none; without a newline at the end.
    package func text(first: String, second: String) -> String {
        guard !entries.isEmpty else { return "no difference" }
        let table = TextTable(
            columns: [.words(""), .words("A"), .words("B")],
            rows: entries.map { [$0.subject, $0.first, $0.second] }
        )
        return (["A: \(first)", "B: \(second)"] + table.lines).joined(separator: "\n")
    }

    /// The differences as a document.
    package var document: StrictJSON {
        [
            "differs": .bool(!entries.isEmpty),
            "differences": .array(
                entries.map { entry in
                    [
                        "subject": .string(entry.subject), "first": .string(entry.first),
                        "second": .string(entry.second),
                    ]
                }
            ),
        ]
    }
}
