import AcceleratorISA
package import ModelGraph
import PerformanceModel
import RetrainingCompiler

/// A plan as a file: `plan.json`.
extension RetrainingPlan {
    /// What tells a plan from other files.
    private static let format = "gan-accelerator plan 1"
    /// Most of anything that is counted.
    private static let countLimit = 1 << 60

    /// The plan as a document.
    package var document: StrictJSON {
        func names(_ names: Set<String>?) -> StrictJSON {
            names.map { .array($0.sorted().map { .string($0) }) } ?? "all"
        }
        return [
            "format": .string(Self.format),
            "selection": [
                "generator": names(selection.generator),
                "discriminator": names(selection.discriminator),
                "cycle": .string(selection.cycle.rawValue),
            ],
            "basis": basis?.document ?? .null,
            "profile": .string(profileName),
            "rolin": .string(rolin.rawValue),
            "keptLayers": .integer(keptLayerCount),
            "cost": cost.document,
            "fullCost": fullCost.document,
            "layers": .array(layers.map(\.document)),
        ]
    }

    /// Reads a plan; `name` is the file's, for messages.
    ///
    /// - Throws: `.badFile` naming what is wrong, and where.
    package init(decoding bytes: [UInt8], name: String) throws(RetrainingError) {
        do throws(JSONError) {
            try self.init(try JSONField(parsing: bytes, document: name))
        } catch {
            throw .badFile("failed to read a plan: \(error); make it anew with ganctl plan save")
        }
    }

    private init(_ field: JSONField) throws(JSONError) {
        let format = try field["format"]
        guard try format.string() == Self.format else {
            throw format.failure("it is not \(Self.format)")
        }
        let chosen = try field["selection"]
        func names(_ key: String) throws(JSONError) -> Set<String>? {
            let field = try chosen[key]
            if field.value == "all" { return nil }
            var names: Set<String> = []
            for element in try field.elements() { names.insert(try element.string()) }
            return names
        }
        let word = try chosen["cycle"]
        guard let cycle = LayerSelection.Cycle(rawValue: try word.string()) else {
            throw word.failure("there is no such cycle")
        }
        selection = LayerSelection(
            generator: try names("generator"),
            discriminator: try names("discriminator"),
            cycle: cycle
        )
        let basis = try field["basis"]
        self.basis = basis.value == .null ? nil : try Basis(basis)
        profileName = try field["profile"].string()
        let mode = try field["rolin"]
        guard let rolin = ROLINMode(rawValue: try mode.string()) else {
            throw mode.failure("there is no such mode")
        }
        self.rolin = rolin
        keptLayerCount = try field["keptLayers"].integer(
            in: 0...NetworkGraph.Limits.units.upperBound
        )
        cost = try Cost(try field["cost"])
        fullCost = try Cost(try field["fullCost"])
        layers = []
        for element in try field["layers"].elements() { layers.append(try Layer(element)) }
    }

    fileprivate static func counts(_ field: JSONField) throws(JSONError) -> StageCounts {
        var counts = StageCounts()
        for stage in Stage.allCases {
            counts[stage] = UInt64(try field[stage.name].integer(in: 0...countLimit))
        }
        return counts
    }

    fileprivate static func document(_ counts: StageCounts) -> StrictJSON {
        let members = Stage.allCases.map { stage in
            (stage.name, StrictJSON.integer(Int(clamping: counts[stage])))
        }
        return .object(Dictionary(uniqueKeysWithValues: members))
    }
}

extension RetrainingPlan.Cost {
    fileprivate var document: StrictJSON {
        [
            "macs": RetrainingPlan.document(multiplyAccumulates),
            "bytes": RetrainingPlan.document(byteCounts),
            "cycles": RetrainingPlan.document(cycles),
            "chipSeconds": .number(seconds),
            "chipEnergyJoules": .number(chipJoules),
            "dramEnergyJoules": .number(dramJoules),
        ]
    }

    fileprivate init(_ field: JSONField) throws(JSONError) {
        multiplyAccumulates = try RetrainingPlan.counts(try field["macs"])
        byteCounts = try RetrainingPlan.counts(try field["bytes"])
        cycles = try RetrainingPlan.counts(try field["cycles"])
        seconds = try Self.amount(try field["chipSeconds"])
        chipJoules = try Self.amount(try field["chipEnergyJoules"])
        dramJoules = try Self.amount(try field["dramEnergyJoules"])
    }

    /// Seconds or joules.
    private static func amount(_ field: JSONField) throws(JSONError) -> Double {
        let amount = try field.number()
        guard amount >= 0 else { throw field.failure("expected a number of at least 0") }
        return amount
    }
}

extension RetrainingPlan.Basis {
    fileprivate var document: StrictJSON {
        [
            "budget": .number(budget),
            "importance": .string(measure.rawValue),
            "device": .string(device),
            "probeSteps": .integer(probeStepCount),
            "probe": probe.document,
        ]
    }

    fileprivate init(_ field: JSONField) throws(JSONError) {
        let share = try field["budget"]
        budget = try share.number()
        guard (0...1).contains(budget) else {
            throw share.failure("expected a share of at most 1, found \(budget)")
        }
        let name = try field["importance"]
        guard let measure = LayerImportance.Measure(rawValue: try name.string()) else {
            throw name.failure("there is no such importance")
        }
        self.measure = measure
        device = try field["device"].string()
        probeStepCount = try field["probeSteps"].integer(in: 0...LayerProbe.maximumStepCount)
        probe = try RetrainingPlan.Cost(try field["probe"])
    }
}

extension RetrainingPlan.Layer {
    fileprivate var document: StrictJSON {
        let importance: StrictJSON =
            if let importance {
                .object(
                    Dictionary(
                        uniqueKeysWithValues: LayerImportance.Measure.allCases.map {
                            ($0.rawValue, .number(importance.value($0)))
                        }
                    )
                )
            } else {
                .null
            }
        return [
            "network": .string(network),
            "graph": .string(graph),
            "layer": .string(name),
            "trained": .string(trained),
            "importance": importance,
            "cost": cost.document,
            "fullCost": fullCost.document,
        ]
    }

    fileprivate init(_ field: JSONField) throws(JSONError) {
        let place = try field["network"]
        network = try place.string()
        guard Self.networks.contains(network) else {
            throw place.failure("expected \(Self.networks.joined(separator: " or "))")
        }
        graph = try field["graph"].string()
        name = try field["layer"].string()
        trained = try field["trained"].string()
        let values = try field["importance"]
        importance =
            values.value == .null
            ? nil
            : LayerImportance(
                weightChange: try values[LayerImportance.Measure.weightChange.rawValue].number(),
                gradientNorm: try values[LayerImportance.Measure.gradientNorm.rawValue].number(),
                lossDecrease: try values[LayerImportance.Measure.lossDecrease.rawValue].number()
            )
        cost = try RetrainingPlan.Cost(try field["cost"])
        fullCost = try RetrainingPlan.Cost(try field["fullCost"])
    }
}
