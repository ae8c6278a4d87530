import ModelGraph

/// Work, traffic, cycles and energy of one layer over a whole training.
package struct LayerLedger: Sendable, Equatable {
    /// The network's name.
    package let network: String
    /// The layer's name in the network.
    package let layer: String
    /// Whether its weights were retrained.
    package let isTrained: Bool
    /// Multiply-accumulates.
    package var macs: ByStage<UInt64>
    /// Bytes between chip and memory, both directions.
    package var bytes: ByStage<UInt64>
    /// Cycles of the chip's clock.
    package var cycles: ByStage<UInt64>
    /// Joules.
    package var energyJoules: ByStage<Double>

    /// What the row of commands that work for no layer has for a network.
    package static let otherNetwork = "other"

    /// A layer without work yet.
    package init(network: String, layer: String, isTrained: Bool) {
        self.network = network
        self.layer = layer
        self.isTrained = isTrained
        macs = .zero
        bytes = .zero
        cycles = .zero
        energyJoules = .zero
    }

    /// Names all of it.
    package init(
        network: String,
        layer: String,
        isTrained: Bool,
        macs: ByStage<UInt64>,
        bytes: ByStage<UInt64>,
        cycles: ByStage<UInt64>,
        energyJoules: ByStage<Double>
    ) {
        self.network = network
        self.layer = layer
        self.isTrained = isTrained
        self.macs = macs
        self.bytes = bytes
        self.cycles = cycles
        self.energyJoules = energyJoules
    }

    /// The row of commands that work for no layer, without work yet.
    package static var other: LayerLedger {
        LayerLedger(network: otherNetwork, layer: "commands of no layer", isTrained: false)
    }

    /// What the sum of all rows has for a network.
    static let totalNetwork = "all"

    /// Whether this is the sum of all rows.
    var isTotal: Bool { network == Self.totalNetwork }

    /// Whether this is the row of commands that work for no layer.
    package var isOther: Bool { network == Self.otherNetwork }
}

/// All layers of both networks.
package struct LayersLedger: Sendable, Equatable {
    /// The layers in the order of the networks, then the row of the other commands.
    package var rows: [LayerLedger]
    /// What was counted and what modelled, and whose energy it is, in words.
    package var accounting: String

    /// Names both.
    package init(rows: [LayerLedger], accounting: String) {
        self.rows = rows
        self.accounting = accounting
    }

    /// All rows added up.
    package var total: LayerLedger {
        var total = LayerLedger(
            network: LayerLedger.totalNetwork,
            layer: "sum of all rows",
            isTrained: false
        )
        for row in rows {
            total.macs += row.macs
            total.bytes += row.bytes
            total.cycles += row.cycles
            total.energyJoules += row.energyJoules
        }
        return total
    }
}

extension LayersLedger {
    static let keys = KeyTree.leaves("rows", "accounting")

    var document: StrictJSON {
        [
            "accounting": .string(accounting),
            "rows": .array(
                rows.map { row in
                    [
                        "network": .string(row.network),
                        "layer": .string(row.layer),
                        "isTrained": .bool(row.isTrained),
                        "macs": row.macs.document,
                        "bytes": row.bytes.document,
                        "cycles": row.cycles.document,
                        "energyJoules": row.energyJoules.document,
                    ]
                }
            ),
        ]
    }

    init(_ field: JSONField) throws(JSONError) {
        accounting = try field["accounting"].string()
        var rows: [LayerLedger] = []
        for row in try field["rows"].elements() {
            rows.append(
                LayerLedger(
                    network: try row["network"].string(),
                    layer: try row["layer"].string(),
                    isTrained: try row["isTrained"].bool(),
                    macs: try ByStage(try row["macs"]),
                    bytes: try ByStage(try row["bytes"]),
                    cycles: try ByStage(try row["cycles"]),
                    energyJoules: try ByStage(try row["energyJoules"])
                )
            )
        }
        self.rows = rows
    }
}
