import AcceleratorISA
package import PerformanceModel
package import RetrainingCompiler

/// Everything the books of a retraining are made from.
package struct RetrainingAccounts: Sendable {
    /// What was asked for.
    package var options: RetrainingOptions
    /// What was done.
    package var record: RetrainingRecord
    /// The plan that was followed.
    package var plan: RetrainingPlan
    /// How the layers were chosen.
    package var request: SelectionLedger.Mode
    /// What the runs that were done take of the chip.
    package var work: WorkEstimate
    /// The same runs in ROLIN mode `off`.
    package var workWithoutROLIN: WorkEstimate
    /// The chip.
    package var model: CostModel
    /// The pictures before and after, or why nobody looked.
    package var quality: Reported<QualityLedger>

    /// Names all of it.
    package init(
        options: RetrainingOptions,
        record: RetrainingRecord,
        plan: RetrainingPlan,
        request: SelectionLedger.Mode,
        work: WorkEstimate,
        workWithoutROLIN: WorkEstimate,
        model: CostModel,
        quality: Reported<QualityLedger>
    ) {
        self.options = options
        self.record = record
        self.plan = plan
        self.request = request
        self.work = work
        self.workWithoutROLIN = workWithoutROLIN
        self.model = model
        self.quality = quality
    }

    /// Whether the model's bytes and multiply-accumulates are those the device counted.
    package var isModelRight: Bool {
        var modelled = work.total.counters
        modelled.commandCount = record.work.counters.commandCount
        return modelled == record.work.counters
    }

    /// The books.
    package var ledger: RetrainingLedger {
        var ledger = RetrainingLedger.notComputed
        ledger.profile = .known(ProfileLedger(model.profile))
        ledger.chip = .known(chip)
        ledger.dram = .known(dram)
        ledger.layers = .known(layers)
        ledger.selret = .known(selection)
        ledger.rolin = .known(reordering)
        ledger.quality = quality
        return ledger
    }

    // MARK: Chip

    private var probeWords: String {
        guard let basis = plan.basis else { return "" }
        return "; the probe of \(basis.probeStepCount) steps included"
    }

    private var checkWords: String {
        isModelRight
            ? "the model's bytes and multiply-accumulates are the device's own counts"
            : "the model's bytes and multiply-accumulates DIFFER from the device's own counts"
    }

    private var chip: ChipLedger {
        let probe = plan.basis?.probe
        return ChipLedger(
            seconds: model.seconds(of: work.total) + (probe?.seconds ?? 0),
            energyJoules: model.chipEnergyJoules(of: work.total) + (probe?.chipJoules ?? 0),
            accounting: "cycles and energy of the programs that ran, by the performance model of "
                + "profile \(model.profile.name); the chip alone\(probeWords); \(checkWords)"
        )
    }

    private var dram: DRAMLedger {
        let coefficient = model.profile.energy.dramPicojoulesPerBit.value
        let bits = Double(record.work.counters.byteCounts.total) * 8
        return DRAMLedger(
            energyJoules: bits * coefficient * 1e-12 + (plan.basis?.probe.dramJoules ?? 0),
            picojoulesPerBit: coefficient,
            accounting: "every bit the device counted between chip and DRAM\(probeWords)"
        )
    }

    private var layers: LayersLedger {
        var rows: [LayerLedger] = []
        for layer in plan.layers {
            let sum = work.sum { $0.network == layer.graph && $0.name == layer.name }
            rows.append(
                row(
                    sum,
                    LayerLedger(
                        network: layer.network,
                        layer: layer.name,
                        isTrained: layer.trained != "none"
                    )
                )
            )
        }
        rows.append(row(work.other, .other))
        return LayersLedger(
            rows: rows,
            accounting: "the programs that ran, by the performance model; energy of the chip "
                + "alone; the probe is not among them; \(checkWords)"
        )
    }

    private func row(_ estimate: CommandEstimate, _ empty: LayerLedger) -> LayerLedger {
        var row = empty
        let macs = estimate.counters.multiplyAccumulates
        let bytes = estimate.counters.byteCounts
        for stage in Stage.allCases {
            row.macs[stage] = macs[stage]
            row.bytes[stage] = bytes[stage]
            row.cycles[stage] = estimate.cycles[stage]
            row.energyJoules[stage] = model.chipEnergyJoules(of: estimate, stage: stage)
        }
        return row
    }

    // MARK: Savings

    private var selection: SelectionLedger {
        let trained = plan.layers.filter { $0.trained != "none" }.map { layer in
            "\(layer.network) \(layer.name)"
                + (layer.trained == "all" ? "" : " (\(layer.trained))")
        }
        let kept = plan.layers.filter { $0.network == "generator" }.prefix(plan.keptLayerCount)
        let named = Reported<String>.absent(reason: "the layers were not chosen by a budget")
        return SelectionLedger(
            mode: request,
            budget: plan.basis.map {
                .known(
                    "\(Readable.percent($0.budget)) of full retraining's error propagation, weight "
                        + "gradients and updates, in cycles and in multiply-accumulates"
                )
            } ?? named,
            importance: plan.basis.map { .known($0.measure.rawValue) } ?? named,
            trainedLayers: trained,
            keepsCycleGradient: plan.selection.cycle == .whole,
            cachedPrefix: kept.map(\.name),
            full: plan.fullCost.ledger,
            plan: plan.cost.ledger.adding(plan.basis?.probe.ledger),
            accounting: "the whole job by the performance model, plan against full retraining with "
                + "the same pictures and epochs; cycle \(plan.selection.cycle.rawValue)"
                + probeWords
        )
    }

    private var reordering: ReorderingLedger {
        func bytes(_ counters: DeviceCounters, _ stage: Stage) -> UInt64 {
            var sum: UInt64 = 0
            for kind in [TensorKind.featureMap, .error] {
                for direction in DeviceCounters.Direction.allCases {
                    sum &+= counters.byteCount(kind: kind, stage: stage, direction: direction)
                }
            }
            return sum
        }
        func traffic(_ stage: Stage) -> ReorderingLedger.Traffic {
            ReorderingLedger.Traffic(
                off: bytes(workWithoutROLIN.total.counters, stage),
                modelled: bytes(work.total.counters, stage),
                counted: bytes(record.work.counters, stage)
            )
        }
        return ReorderingLedger(
            mode: options.rolin.rawValue,
            forward: traffic(.forward),
            error: traffic(.error)
        )
    }
}

extension RetrainingPlan.Cost {
    fileprivate var ledger: TrainingCost {
        TrainingCost(
            forwardMACs: multiplyAccumulates.forward,
            errorMACs: multiplyAccumulates.error,
            weightGradientMACs: multiplyAccumulates.weightGradient,
            cycles: cycles.total,
            optimizerBytes: byteCounts.update
        )
    }
}

extension TrainingCost {
    fileprivate func adding(_ other: TrainingCost?) -> TrainingCost {
        guard let other else { return self }
        return TrainingCost(
            forwardMACs: .sum(forwardMACs, other.forwardMACs),
            errorMACs: .sum(errorMACs, other.errorMACs),
            weightGradientMACs: .sum(weightGradientMACs, other.weightGradientMACs),
            cycles: .sum(cycles, other.cycles),
            optimizerBytes: .sum(optimizerBytes, other.optimizerBytes)
        )
    }
}

extension ProfileLedger {
    /// Every parameter of a profile.
    package init(_ profile: ChipProfile) {
        let decision = "this project's default"
        let inferred = "inferred from the published peak"
        var parameters = [
            Parameter(
                name: "multipliers",
                value: Double(profile.multiplierCount),
                unit: "",
                source: inferred
            ),
            Parameter(name: "clock", value: profile.clockHertz, unit: "Hz", source: inferred),
            Parameter(
                name: "DRAM bandwidth",
                value: profile.dramBytesPerSecond,
                unit: "B/s",
                source: decision
            ),
            Parameter(
                name: "SRAM",
                value: Double(profile.sramByteCount),
                unit: "B",
                source: decision
            ),
            Parameter(
                name: "vector lanes",
                value: Double(profile.vectorLanes),
                unit: "",
                source: decision
            ),
            Parameter(
                name: "cycles of a command",
                value: Double(profile.commandCycles),
                unit: "",
                source: decision
            ),
            Parameter(
                name: "cycles of a tile",
                value: Double(profile.tileCycles),
                unit: "",
                source: decision
            ),
        ]
        for (name, coefficient) in profile.energy.named {
            parameters.append(
                Parameter(
                    name: name,
                    value: coefficient.value,
                    unit: "",
                    source: coefficient.source
                )
            )
        }
        self.init(name: profile.name, parameters: parameters)
    }
}
