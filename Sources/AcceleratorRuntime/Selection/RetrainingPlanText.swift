import AcceleratorISA
import ModelGraph
import PerformanceModel
import RetrainingCompiler

/// A plan for a terminal: what is retrained and why, what each layer takes, and what is saved.
package struct RetrainingPlanText {
    private let plan: RetrainingPlan

    /// The text of a plan.
    package init(_ plan: RetrainingPlan) { self.plan = plan }

    /// The whole text, without a newline at the end.
    package var text: String {
        [heading, layers, totals, savings].map { $0.joined(separator: "\n") }
            .joined(separator: "\n\n")
    }

    private func wrapped(_ text: String, indent: String = "  ") -> [String] {
        TextLines.wrapped(text, width: ReportText.width, indent: indent)
    }

    private var heading: [String] {
        let trained = plan.layers.count { $0.trained != "none" }
        var lines = ["retrains \(trained) of \(plan.layers.count) layers"]
        if let basis = plan.basis {
            lines += wrapped(
                "chosen by \(basis.measure.rawValue) for a budget of "
                    + "\(Readable.percent(basis.budget)) of full retraining's error propagation, "
                    + "weight gradients and updates, in cycles and in multiply-accumulates"
            )
            lines += wrapped(
                "probed on \(basis.device): \(basis.probeStepCount) steps, which take "
                    + "\(Readable.quantity(basis.probe.seconds, "s")) and "
                    + "\(Readable.quantity(basis.probe.joules, "J")) besides"
            )
        } else {
            lines += wrapped("named, nothing was probed")
        }
        lines += wrapped("cycle \(plan.selection.cycle.rawValue): \(plan.selection.cycle.meaning)")
        lines += wrapped(keptWords)
        lines += wrapped(
            "costs are predicted for the whole training on profile \(plan.profileName), ROLIN "
                + plan.rolin.rawValue
        )
        return lines
    }

    private var keptWords: String {
        let names = plan.layers.filter { $0.network == "generator" }.prefix(plan.keptLayerCount)
            .map(\.name)
        guard let first = names.first, let last = names.last else {
            return "no value of a frozen prefix is kept from step to step"
        }
        return "values kept from step to step: those of generator \(first) to \(last), "
            + "\(names.count) layers"
    }

    // MARK: Layers

    private var layers: [String] {
        let hasImportance = plan.layers.contains { $0.importance != nil }
        let measures = hasImportance ? LayerImportance.Measure.allCases : []
        let whole = plan.cost.cycles.total
        func figures(_ cost: RetrainingPlan.Cost) -> [String] {
            [
                Readable.percent(whole > 0 ? Double(cost.cycles.total) / Double(whole) : 0),
                Readable.count(Double(cost.cycles.total)),
                Readable.quantity(Double(cost.byteCounts.total), "B"),
                Readable.quantity(cost.joules, "J"),
            ]
        }
        var rows = plan.layers.map { layer in
            [layer.network, layer.name, layer.trained == "none" ? "" : layer.trained]
                + measures.map { measure in
                    layer.importance.map { Self.scientific($0.value(measure)) } ?? ""
                } + figures(layer.cost)
        }
        let blanks = measures.map { _ in "" }
        rows.append(["other", "", ""] + blanks + figures(plan.otherCost))
        rows.append(["all", "", ""] + blanks + figures(plan.cost))
        let columns: [TextTable.Column] =
            [.words("network"), .words("layer"), .words("trained")]
            + measures.map { .number($0.rawValue) }
            + [.number("share"), .number("cycles"), .number("bytes"), .number("energy")]
        return ["layers"] + TextTable(columns: columns, rows: rows).lines
            + wrapped(
                "share: of the plan's cycles; bytes: between chip and DRAM; energy: chip and DRAM "
                    + "together; other: pictures, losses, sums of errors"
            )
    }

    /// Two digits and a power of ten, for importances lie far apart.
    private static func scientific(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return "0" }
        var (scaled, exponent) = (abs(value), 0)
        while scaled >= 9.95 { (scaled, exponent) = (scaled / 10, exponent + 1) }
        while scaled < 0.995 { (scaled, exponent) = (scaled * 10, exponent - 1) }
        return "\(value < 0 ? "-" : "")\(Readable.decimal(scaled, places: 1))e\(exponent)"
    }

    // MARK: Totals

    private var totals: [String] {
        let rows = RetrainingPlan.Figure.allCases.map { figure in
            let (mine, full) = (figure.value(of: plan.cost), figure.value(of: plan.fullCost))
            let saved = full > 0 ? Readable.percent(1 - mine / full) : ""
            return [figure.name, figure.text(of: plan.cost), figure.text(of: plan.fullCost), saved]
        }
        return ["totals"]
            + TextTable(
                columns: [
                    .words(""), .number("this plan"), .number("full retraining"), .number("saved"),
                ],
                rows: rows
            ).lines
    }

    private var savings: [String] {
        let rows = SelectionLedger.Reduction.allCases.map { kind in
            [Readable.percent(plan.reduction.share(kind)), kind.accounting]
        }
        return ["reductions against full retraining"]
            + TextTable(columns: [.number("saved"), .words("of")], rows: rows).lines
            + wrapped(plan.basis == nil ? "" : "the probe is not counted in any of them")
    }
}

extension RetrainingPlan {
    /// A total that plans are compared by.
    enum Figure: CaseIterable {
        case forward, error, weightGradient, cycles, bytes, updateBytes, seconds
        case chipEnergy, dramEnergy

        /// What it is.
        var name: String {
            switch self {
            case .forward: "MACs, forward"
            case .error: "MACs, error"
            case .weightGradient: "MACs, weight gradient"
            case .cycles: "cycles"
            case .bytes: "bytes, DRAM"
            case .updateBytes: "bytes, optimizer"
            case .seconds: "time"
            case .chipEnergy: "energy, chip"
            case .dramEnergy: "energy, DRAM"
            }
        }

        func value(of cost: Cost) -> Double {
            switch self {
            case .forward: Double(cost.multiplyAccumulates.forward)
            case .error: Double(cost.multiplyAccumulates.error)
            case .weightGradient: Double(cost.multiplyAccumulates.weightGradient)
            case .cycles: Double(cost.cycles.total)
            case .bytes: Double(cost.byteCounts.total)
            case .updateBytes: Double(cost.byteCounts.update)
            case .seconds: cost.seconds
            case .chipEnergy: cost.chipJoules
            case .dramEnergy: cost.dramJoules
            }
        }

        func text(of cost: Cost) -> String {
            let value = value(of: cost)
            return switch self {
            case .forward, .error, .weightGradient, .cycles: Readable.count(value)
            case .bytes, .updateBytes: Readable.quantity(value, "B")
            case .seconds: Readable.quantity(value, "s")
            case .chipEnergy, .dramEnergy: Readable.quantity(value, "J")
            }
        }
    }

    /// What commands of no layer take: the whole without all layers.
    var otherCost: Cost {
        layers.reduce(into: cost) { $0.subtract($1.cost) }
    }
}

extension RetrainingPlan.Cost {
    /// Joules of chip and DRAM together.
    var joules: Double { chipJoules + dramJoules }

    /// Takes a part away; what would fall below zero is zero.
    mutating func subtract(_ part: RetrainingPlan.Cost) {
        for stage in Stage.allCases {
            multiplyAccumulates[stage] -= min(
                multiplyAccumulates[stage],
                part.multiplyAccumulates[stage]
            )
            byteCounts[stage] -= min(byteCounts[stage], part.byteCounts[stage])
            cycles[stage] -= min(cycles[stage], part.cycles[stage])
        }
        seconds = max(0, seconds - part.seconds)
        chipJoules = max(0, chipJoules - part.chipJoules)
        dramJoules = max(0, dramJoules - part.dramJoules)
    }
}

extension RetrainingPlan.Reduction {
    /// The share of a kind.
    func share(_ kind: SelectionLedger.Reduction) -> Double {
        switch kind {
        case .total: total
        case .errorAndWeightGradient: errorAndWeightGradient
        case .weightGradient: weightGradient
        case .cycles: cycles
        case .optimizerBytes: updateBytes
        }
    }
}

extension LayerSelection.Cycle {
    /// What it means, in words.
    var meaning: String {
        switch self {
        case .whole: "the fake is reconstructed, and the error goes back to what made it"
        case .cut: "the fake is reconstructed, and the error ends at the earliest retrained layer"
        case .own: "the picture itself is reconstructed, with the labels it has"
        }
    }
}
