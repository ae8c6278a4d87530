import ModelGraph
import RetrainingCompiler

/// A report for a terminal: headings, aligned tables, and how each figure is counted.
package struct ReportText {
    private let report: RetrainingReport
    private let ledger: RetrainingLedger

    /// Columns of a line at most, long names and digests aside.
    package static let width = 96

    /// The text of a report.
    package init(_ report: RetrainingReport) {
        self.report = report
        ledger = report.ledger
    }

    /// The whole text, without a newline at the end.
    package var text: String {
        let sections = [
            heading, losses, published, chip, layers, selection, reordering, quality, profile,
            pictures,
        ]
        return sections.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private var heading: [String] {
        let sizes = report.configuration
        return wrapped(
            "retrained on \(report.device) (kernels \(report.kernels), \(report.threads) threads): "
                + "\(report.training.epochs) epochs, \(report.steps) steps, "
                + "\(Readable.number(report.wallSeconds)) s on this host's clock",
            indent: ""
        )
            + wrapped("started from \(report.startedFrom)")
            + wrapped(
                "model: \(sizes.imageSize) x \(sizes.imageSize) pixels, "
                    + "\(sizes.generatorChannels) channels, \(sizes.residualBlocks) blocks; "
                    + "attributes \(report.attributes.joined(separator: ", "))"
            )
            + ["  weights \(report.weightsHash)"]
    }

    private var losses: [String] {
        let rows = report.losses.map { curve in
            let known = curve.means.compactMap { $0 }
            return [
                curve.loss.name, known.first.map(Readable.number) ?? "none",
                known.last.map(Readable.number) ?? "none",
            ]
        }
        return ["mean losses"]
            + TextTable(
                columns: [.words("loss"), .number("first epoch"), .number("last epoch")],
                rows: rows
            ).lines
    }

    private var published: [String] {
        let figures = report.publishedFigures
        let rows = figures.enumerated().map { index, figure in
            ["[\(index + 1)] \(figure.name)", figure.publishedText, figure.oursText]
        }
        let table = TextTable(
            columns: [.words("figure"), .number("paper"), .number("ours")],
            rows: rows
        )
        // Figures that are counted alike share a note.
        var notes: [(numbers: String, words: String)] = []
        for (index, figure) in figures.enumerated() {
            if notes.last?.words == figure.accounting {
                notes[notes.count - 1].numbers += ", \(index + 1)"
            } else {
                notes.append(("\(index + 1)", figure.accounting))
            }
        }
        return ["the paper's figures (Kim et al., IEEE JSSC 56(10), 2021) and ours"] + table.lines
            + notes.flatMap { wrapped("[\($0.numbers)] \($0.words)") }
    }

    private var chip: [String] {
        let time = section("chip", ledger.chip) { chip in
            [
                "  \(Readable.quantity(chip.seconds, "s")), "
                    + "\(Readable.quantity(chip.energyJoules, "J")), "
                    + "\(Readable.quantity(chip.averagePowerWatts, "W")) on average"
            ] + wrapped(chip.accounting)
        }
        let memory = section("DRAM", ledger.dram) { dram in
            [
                "  \(Readable.quantity(dram.energyJoules, "J")) at "
                    + "\(Readable.number(dram.picojoulesPerBit)) pJ/bit"
            ] + wrapped(dram.accounting)
        }
        return time + memory
    }

    private var layers: [String] {
        section("layers", ledger.layers) { layers in
            let rows = (layers.rows + [layers.total]).map { row in
                [
                    row.network, row.layer, row.isTrained ? "yes" : "",
                    Readable.count(Double(row.macs.total)),
                    Readable.quantity(Double(row.bytes.total), "B"),
                    Readable.count(Double(row.cycles.total)),
                    Readable.quantity(row.energyJoules.total, "J"),
                ]
            }
            let table = TextTable(
                columns: [
                    .words("network"), .words("layer"), .words("trained"), .number("MACs"),
                    .number("bytes"), .number("cycles"), .number("energy"),
                ],
                rows: rows
            )
            return table.lines + wrapped(layers.accounting)
        }
    }

    private var selection: [String] {
        section("SELRET", ledger.selret) { selection in
            var lines = ["  mode \(selection.mode.rawValue)"]
            lines += wrapped("budget: \(text(selection.budget))")
            lines += wrapped("importance: \(text(selection.importance))")
            lines += wrapped("retrained: \(list(selection.trainedLayers))")
            lines.append("  cycle gradient: \(selection.keepsCycleGradient ? "kept" : "cut")")
            lines += wrapped("cached: \(list(selection.cachedPrefix))")
            let rows = SelectionLedger.Reduction.allCases.map { reduction in
                [
                    Readable.percent(selection.fraction(reduction)), reduction.accounting,
                ]
            }
            lines += TextTable(columns: [.number("saved"), .words("of")], rows: rows).lines
            return lines + wrapped(selection.accounting)
        }
    }

    private var reordering: [String] {
        section("ROLIN", ledger.rolin) { reordering in
            let rows = [("forward", reordering.forward), ("error", reordering.error)].map {
                name,
                traffic in
                [
                    name, Readable.quantity(Double(traffic.off), "B"),
                    Readable.quantity(Double(traffic.counted), "B"),
                    Readable.percent(traffic.reduction), traffic.isModelRight ? "equal" : "DIFFERS",
                ]
            }
            let table = TextTable(
                columns: [
                    .words("stage"), .number("off, modelled"),
                    .number("\(reordering.mode), counted"), .number("saved"),
                    .words("model against count"),
                ],
                rows: rows
            )
            return ["  mode \(reordering.mode)"] + table.lines + wrapped(reordering.accounting)
        }
    }

    private var quality: [String] {
        section("quality", ledger.quality) { quality in
            var columns = [("before", quality.before)]
            if let full = quality.full.value { columns.append(("full", full)) }
            columns.append(("plan", quality.plan))
            let rows = QualityScores.Score.shown(of: quality).map { score in
                [score.name] + columns.map { score.text(of: $0.1) }
            }
            let table = TextTable(
                columns: [.words("score")] + columns.map { .number($0.0) },
                rows: rows
            )
            return table.lines + wrapped("verdict: \(quality.verdict)")
                + wrapped(quality.accounting)
        }
    }

    private var profile: [String] {
        section("chip profile", ledger.profile) { profile in
            let rows = profile.parameters.map { parameter in
                [
                    parameter.name, Readable.number(parameter.value), parameter.unit,
                    parameter.source,
                ]
            }
            let table = TextTable(
                columns: [
                    .words("parameter"), .number("value"), .words("unit"), .words("source"),
                ],
                rows: rows
            )
            return ["  \(profile.name)"] + table.lines
        }
    }

    private var pictures: [String] {
        ["pictures"] + wrapped("used: \(list(report.pictures))")
            + report.skipped.flatMap { wrapped("skipped \($0.name): \($0.reason)") }
    }

    /// A heading with lines below it, or with the reason why there are none.
    private func section<Part>(
        _ heading: String,
        _ part: Reported<Part>,
        _ lines: (Part) -> [String]
    ) -> [String] {
        switch part {
        case .known(let part): [heading] + lines(part)
        case .absent(let reason): wrapped("\(heading): \(reason)", indent: "")
        }
    }

    private func wrapped(_ text: String, indent: String = "  ") -> [String] {
        TextLines.wrapped(text, width: Self.width, indent: indent)
    }

    private func text(_ part: Reported<String>) -> String { part.value ?? part.reason ?? "" }

    private func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.joined(separator: ", ")
    }
}

extension QualityScores {
    /// A score as reports show it.
    enum Score: CaseIterable {
        case psnr, truthSSIM, truthSlicedWasserstein
        case reconstructionL1, ssim, slicedWasserstein, classAccuracy, pictures

        /// The scores to show: those of the truth where it is known.
        static func shown(of quality: QualityLedger) -> [Score] {
            allCases.filter { score in
                switch score {
                case .truthSSIM: quality.plan.truthSSIM != nil
                case .truthSlicedWasserstein: quality.plan.truthSlicedWasserstein != nil
                default: true
                }
            }
        }

        /// Its name, with unit and direction.
        var name: String {
            switch self {
            case .reconstructionL1: "reconstruction L1 (lower is better)"
            case .ssim: "SSIM of reconstructions (higher is better)"
            case .slicedWasserstein: "sliced Wasserstein x 1000 (lower is better)"
            case .truthSSIM: "SSIM to the truth (higher is better)"
            case .truthSlicedWasserstein: "Wasserstein x 1000 to truth (lower is better)"
            case .classAccuracy: "class accuracy (higher is better)"
            case .psnr: "PSNR against the truth, dB (higher is better)"
            case .pictures: "pictures, changes of them"
            }
        }

        private static let unknown = "truth not known"

        func text(of scores: QualityScores) -> String {
            switch self {
            case .reconstructionL1: Readable.decimal(scores.reconstructionL1, places: 4)
            case .ssim: Readable.decimal(scores.ssim, places: 4)
            case .slicedWasserstein: Readable.decimal(scores.slicedWasserstein, places: 1)
            case .classAccuracy: Readable.percent(scores.classAccuracy)
            case .psnr: scores.psnr.map { Readable.decimal($0, places: 2) } ?? Self.unknown
            case .truthSSIM:
                scores.truthSSIM.map { Readable.decimal($0, places: 4) } ?? Self.unknown
            case .truthSlicedWasserstein:
                scores.truthSlicedWasserstein.map { Readable.decimal($0, places: 1) }
                    ?? Self.unknown
            case .pictures: "\(scores.pictureCount), \(scores.changeCount)"
            }
        }
    }
}
