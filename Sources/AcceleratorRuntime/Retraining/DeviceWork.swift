package import AcceleratorISA
package import ModelGraph

/// What a device did for a training: bytes between DRAM and chip, multiply-accumulates, commands.
package struct DeviceWork: Sendable, Equatable {
    /// The counters' growth.
    package private(set) var counters: DeviceCounters

    /// Nothing.
    package init() { counters = DeviceCounters() }

    /// What was done between two readings of one device's counters.
    package init(from before: DeviceCounters, to after: DeviceCounters) {
        counters = DeviceCounters()
        counters.commandCount = after.commandCount &- before.commandCount
        for stage in Stage.allCases {
            counters.count(
                multiplyAccumulates: after.multiplyAccumulates(stage: stage)
                    &- before.multiplyAccumulates(stage: stage),
                stage: stage
            )
            for kind in TensorKind.allCases {
                for direction in DeviceCounters.Direction.allCases {
                    counters.count(
                        byteCount: after.byteCount(kind: kind, stage: stage, direction: direction)
                            &- before.byteCount(kind: kind, stage: stage, direction: direction),
                        kind: kind,
                        stage: stage,
                        direction: direction
                    )
                }
            }
        }
    }

    /// Adds what was done elsewhere.
    package static func + (one: DeviceWork, other: DeviceWork) -> DeviceWork {
        var sum = one
        sum.counters += other.counters
        return sum
    }

    /// Bytes of a stage, all kinds, both directions.
    package func byteCount(stage: Stage) -> UInt64 {
        var sum: UInt64 = 0
        for kind in TensorKind.allCases {
            for direction in DeviceCounters.Direction.allCases {
                sum += counters.byteCount(kind: kind, stage: stage, direction: direction)
            }
        }
        return sum
    }

    /// Bytes by stage, and by kind within each: the `traffic` of a report.
    package var trafficDocument: StrictJSON {
        let stages = Stage.allCases.map { ($0.name, StrictJSON.integer(byteCount(stage: $0))) }
        let kinds = Stage.allCases.map { stage in
            let entries = TensorKind.allCases.map { kind in
                let read = counters.byteCount(kind: kind, stage: stage, direction: .read)
                let written = counters.byteCount(kind: kind, stage: stage, direction: .write)
                let entry: StrictJSON = [
                    "read": .integer(read), "written": .integer(written),
                ]
                return (kind.name, entry)
            }
            return (stage.name, StrictJSON.object(Dictionary(uniqueKeysWithValues: entries)))
        }
        return [
            "bytes": .object(Dictionary(uniqueKeysWithValues: stages)),
            "bytesByKind": .object(Dictionary(uniqueKeysWithValues: kinds)),
        ]
    }

    /// Multiply-accumulates by stage: the `computation` of a report.
    package var computationDocument: StrictJSON {
        let stages = [Stage.forward, .error, .weightGradient].map { stage in
            (stage.name, StrictJSON.integer(counters.multiplyAccumulates(stage: stage)))
        }
        return [
            "macs": .object(Dictionary(uniqueKeysWithValues: stages)),
            "commands": .integer(counters.commandCount),
        ]
    }
}

extension DeviceWork {
    /// More than a device comes to; few enough that sums over all kinds fit 64 bits.
    private static let countLimit = 1 << 58

    /// Reads back `traffic` and `computation`.
    init(traffic: JSONField, computation: JSONField) throws(JSONError) {
        counters = DeviceCounters()
        counters.commandCount = UInt64(try computation["commands"].integer(in: 0...Self.countLimit))
        for stage in Stage.allCases {
            if stage != .update {
                let count = try computation["macs"][stage.name].integer(in: 0...Self.countLimit)
                counters.count(multiplyAccumulates: UInt64(count), stage: stage)
            }
            for kind in TensorKind.allCases {
                let field = try traffic["bytesByKind"][stage.name][kind.name]
                for direction in DeviceCounters.Direction.allCases {
                    let key = direction == .read ? "read" : "written"
                    counters.count(
                        byteCount: UInt64(try field[key].integer(in: 0...Self.countLimit)),
                        kind: kind,
                        stage: stage,
                        direction: direction
                    )
                }
            }
        }
    }
}

extension Stage {
    /// The stage's name in reports.
    package var name: String {
        switch self {
        case .forward: "forward"
        case .error: "error"
        case .weightGradient: "weightGradient"
        case .update: "update"
        }
    }
}

extension TensorKind {
    /// The kind's name in reports.
    package var name: String {
        switch self {
        case .featureMap: "featureMap"
        case .error: "error"
        case .weight: "weight"
        case .gradient: "gradient"
        case .optimizerState: "optimizerState"
        case .statistics: "statistics"
        case .image: "image"
        }
    }
}

extension StrictJSON {
    /// A count; one beyond 63 bits is held at the most an integer can say.
    fileprivate static func integer(_ count: UInt64) -> StrictJSON {
        .integer(Int(clamping: count))
    }
}
