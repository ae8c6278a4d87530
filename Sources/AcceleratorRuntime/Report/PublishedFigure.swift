import ModelGraph

/// A figure of the paper, beside ours and how ours is counted.
///
/// The paper: Kim et al., IEEE JSSC 56(10), 2021. Its own accounting is not published; that of ours
/// is named with every figure.
package struct PublishedFigure: Sendable, Equatable {
    /// What the figure is of.
    package let name: String
    /// The paper's value, in ``unit``.
    package let published: Double
    /// Whether the paper gives a limit the value stays under.
    package let isLimit: Bool
    /// The unit; empty for fractions, which are shown as percentages.
    package let unit: String
    /// Our value, in ``unit``.
    package let ours: Reported<Double>
    /// How ours is counted, in words.
    package let accounting: String

    /// The paper's value as it is shown.
    package var publishedText: String { (isLimit ? "< " : "") + text(published) }

    /// Our value as it is shown, or why there is none.
    package var oursText: String {
        switch ours {
        case .known(let value): text(value)
        case .absent(let reason): reason
        }
    }

    private func text(_ value: Double) -> String {
        switch unit {
        case "": Readable.percent(value)
        case "TFLOPS/W": "\(Readable.number(value)) \(unit)"
        default: Readable.quantity(value, unit)
        }
    }
}

extension RetrainingLedger {
    /// The paper's figures beside ours; `operations` is how many operations the device counted,
    /// two a multiply-accumulate of a convolution.
    package func publishedFigures(operations: Double) -> [PublishedFigure] {
        trafficFigures + computationFigures + chipFigures(operations)
    }

    private var trafficFigures: [PublishedFigure] {
        let accounting = rolin.value?.accounting ?? ReorderingLedger.usualAccounting
        return [
            ("external memory access saved, forward", 0.387, rolin.map(\.forward.reduction)),
            ("external memory access saved, error", 0.322, rolin.map(\.error.reduction)),
        ].map { name, published, ours in
            PublishedFigure(
                name: name,
                published: published,
                isLimit: false,
                unit: "",
                ours: ours,
                accounting: accounting
            )
        }
    }

    private var computationFigures: [PublishedFigure] {
        [
            ("total", SelectionLedger.Reduction.total),
            ("error and weight gradient", .errorAndWeightGradient),
            ("weight gradient", .weightGradient),
        ].map { name, reduction in
            PublishedFigure(
                name: "computation saved, \(name)",
                published: 0.69,
                isLimit: false,
                unit: "",
                ours: selret.map { $0.fraction(reduction) },
                accounting: reduction.accounting
                    + (selret.value.map { "; \($0.accounting)" } ?? "")
            )
        }
    }

    private func chipFigures(_ operations: Double) -> [PublishedFigure] {
        let accounting = chip.value?.accounting ?? "the chip alone, memory beside it excluded"
        let efficiency: Reported<Double> =
            switch chip {
            case .known(let chip) where chip.energyJoules > 0:
                .known(operations / chip.energyJoules * 1e-12)
            case .known: .absent(reason: "no energy")
            case .absent(let reason): .absent(reason: reason)
            }
        return [
            PublishedFigure(
                name: "time of a retraining",
                published: 30,
                isLimit: true,
                unit: "s",
                ours: chip.map(\.seconds),
                accounting: "the chip's own time, not this host's; \(accounting)"
            ),
            PublishedFigure(
                name: "power",
                published: 0.274,
                isLimit: false,
                unit: "W",
                ours: chip.map(\.averagePowerWatts),
                accounting: "mean over the training; \(accounting)"
            ),
            PublishedFigure(
                name: "efficiency",
                published: 0.38,
                isLimit: false,
                unit: "TFLOPS/W",
                ours: efficiency,
                accounting: "two operations a multiply-accumulate the device counted, over the "
                    + "chip's energy; \(accounting)"
            ),
        ]
    }
}

extension PublishedFigure {
    /// The figures for a report: derived from its other parts, so they are not read back.
    static func document(_ figures: [PublishedFigure], _ notes: inout AbsenceNotes) -> StrictJSON {
        var elements: [StrictJSON] = []
        for (index, figure) in figures.enumerated() {
            let ours = notes.document(
                of: figure.ours,
                at: "published[\(index)].ours",
                keys: .leaf
            ) { value, _ in .number(value) }
            elements.append([
                "name": .string(figure.name),
                "published": .number(figure.published),
                "isLimit": .bool(figure.isLimit),
                "unit": .string(figure.unit),
                "ours": ours,
                "accounting": .string(figure.accounting),
            ])
        }
        return .array(elements)
    }
}

extension Reported {
    /// The same, worked on where it is known.
    package func map<Other>(_ transform: (Value) -> Other) -> Reported<Other> {
        switch self {
        case .known(let value): .known(transform(value))
        case .absent(let reason): .absent(reason: reason)
        }
    }
}
