import AcceleratorISA
import RetrainingCompiler

// MARK: The ledger's parts

extension RetrainingReportPage {
    var qualitySection: Markup {
        section("Quality", report.ledger.quality) { quality in
            var columns = [("Before", quality.before)]
            if let full = quality.full.value { columns.append(("Full retraining", full)) }
            columns.append(("This retraining", quality.plan))
            let rows = QualityScores.Score.shown(of: quality).map { score in
                [score.name] + columns.map { score.text(of: $0.1) }
            }
            return [
                .element("p", ["class": "verdict"], Markup("Verdict: \(quality.verdict).")),
                table(
                    "Scores of the generated pictures",
                    [.words("Score")] + columns.map { .number($0.0) },
                    rows
                ),
                counted(quality.accounting),
            ]
        }
    }

    var selectionSection: Markup {
        section("Which layers were retrained (SELRET)", report.ledger.selret) { selection in
            let facts = [
                ["mode", selection.mode.rawValue],
                ["budget", text(selection.budget) { $0 }],
                ["importance", text(selection.importance) { $0 }],
                ["retrained layers", list(selection.trainedLayers)],
                ["cycle gradient", selection.keepsCycleGradient ? "kept" : "cut"],
                ["layers whose activations were kept", list(selection.cachedPrefix)],
            ]
            let savings = SelectionLedger.Reduction.allCases.map { reduction in
                [reduction.accounting, Readable.percent(selection.fraction(reduction))]
            }
            return [
                table("The plan", [.words("What"), .words("Choice")], facts),
                table(
                    "Saved against retraining every layer",
                    [.words("Of"), .number("Saved")],
                    savings
                ),
                counted(selection.accounting),
            ]
        }
    }

    var reorderingSection: Markup {
        section("Reordered norms (ROLIN)", report.ledger.rolin) { reordering in
            let rows = [("forward", reordering.forward), ("error", reordering.error)].map {
                name,
                traffic in
                [
                    name, Readable.quantity(Double(traffic.off), "B"),
                    Readable.quantity(Double(traffic.counted), "B"),
                    Readable.percent(traffic.reduction),
                    traffic.isModelRight ? "equal" : "the model differs",
                ]
            }
            return [
                table(
                    "Bytes of feature maps and errors, mode \(reordering.mode)",
                    [
                        .words("Stage"), .number("Off, modelled"), .number("Counted"),
                        .number("Saved"), .words("Model against count"),
                    ],
                    rows
                ),
                counted(reordering.accounting),
            ]
        }
    }

    var chipSection: Markup {
        let memory = report.ledger.dram
        let chip = section("Time and energy", report.ledger.chip) { chip in
            let rows = [
                ["time of the chip", Readable.quantity(chip.seconds, "s")],
                ["energy of the chip", Readable.quantity(chip.energyJoules, "J")],
                ["average power of the chip", Readable.quantity(chip.averagePowerWatts, "W")],
                [
                    "energy of the memory beside it",
                    text(memory) { Readable.quantity($0.energyJoules, "J") },
                ],
                [
                    "energy of a bit moved",
                    text(memory) { "\(Readable.number($0.picojoulesPerBit)) pJ" },
                ],
            ]
            return [
                table("Of the whole training", [.words("What"), .number("Value")], rows),
                paragraph("Chip: \(chip.accounting)."),
                paragraph("Memory: \(text(memory, \.accounting))."),
            ]
        }
        let profile = section("Parameters of the chip", report.ledger.profile) { profile in
            let rows = profile.parameters.map { parameter in
                [
                    parameter.name, Readable.number(parameter.value), parameter.unit,
                    parameter.source,
                ]
            }
            return [
                table(
                    "Profile \(profile.name)",
                    [.words("Parameter"), .number("Value"), .words("Unit"), .words("Source")],
                    rows
                )
            ]
        }
        return Markup([chip, profile])
    }

    /// How figures above are counted.
    private func counted(_ words: String) -> Markup { paragraph("How it is counted: \(words).") }

    private func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.joined(separator: ", ")
    }
}

// MARK: Layers

extension RetrainingReportPage {
    /// Names of the stages as people read them.
    private static let stages: [(stage: Stage, name: String)] = [
        (.forward, "forward"), (.error, "error"), (.weightGradient, "weight gradient"),
        (.update, "update"),
    ]

    var layerSection: Markup {
        section("Layer by layer", report.ledger.layers) { layers in
            let plots: [Markup] = [
                plot(layers, "Multiply-accumulates", unit: "MAC") { Double($0.macs[$1]) },
                plot(layers, "Bytes between chip and memory", unit: "B") { Double($0.bytes[$1]) },
                plot(layers, "Cycles of the chip", unit: "cycles") { Double($0.cycles[$1]) },
                plot(layers, "Energy", unit: "J") { $0.energyJoules[$1] },
            ]
            let table = Markup.element(
                "details",
                [:],
                .element("summary", [:], Markup("The numbers behind the bars")),
                layerTable(layers)
            )
            return plots + [table, counted(layers.accounting)]
        }
    }

    /// A bar for each layer, made of one piece a stage.
    private func plot(
        _ layers: LayersLedger,
        _ title: String,
        unit: String,
        _ figure: (LayerLedger, Stage) -> Double
    ) -> Markup {
        let sums = layers.rows.map { row in
            Self.stages.map { figure(row, $0.stage) }.reduce(0, +)
        }
        // Bars carry plain numbers, so the prefix goes to the axis.
        let (prefix, scale) = Readable.prefix(for: sums.max() ?? 0)
        let series = Self.stages.map { stage, name in
            SVGBarChart.Series(name, layers.rows.map { figure($0, stage) / scale })
        }
        let chart = SVGBarChart(
            title,
            axis: PlotAxis("\(prefix)\(unit)"),
            categories: layers.rows.map(Self.label),
            series: series
        )
        let words = "\(title) of each layer, by stage; the numbers are in the table below"
        return drawing(.bars(chart), words)
    }

    /// A layer's name, and a dot where it was retrained.
    private static func label(_ row: LayerLedger) -> String {
        guard !row.isOther else { return row.layer }
        let network = row.network.split(separator: " ").last.map(String.init) ?? row.network
        return "\(row.isTrained ? "● " : "")\(network) \(row.layer)"
    }

    private func layerTable(_ layers: LayersLedger) -> Markup {
        let rows = (layers.rows + [layers.total]).flatMap { row in
            Self.stages.map { stage, name in
                [
                    row.isTotal ? row.layer : "\(row.network) \(row.layer)",
                    row.isTotal ? "" : row.isTrained ? "yes" : "no", name,
                    "\(row.macs[stage])", "\(row.bytes[stage])", "\(row.cycles[stage])",
                    Readable.quantity(row.energyJoules[stage], "J"),
                ]
            }
        }
        return table(
            "Work, traffic, cycles and energy of each layer over the whole training; ● marks a "
                + "retrained layer in the drawings",
            [
                .words("Layer"), .words("Retrained"), .words("Stage"), .number("MACs"),
                .number("Bytes"), .number("Cycles"), .number("Energy"),
            ],
            rows
        )
    }
}

// MARK: Losses

extension RetrainingReportPage {
    var lossSection: Markup {
        lossSection(report.losses.map { ($0.loss.name, $0.means) })
    }
}
