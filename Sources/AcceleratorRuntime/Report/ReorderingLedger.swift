import ModelGraph

/// What the reordering of instance norms (ROLIN) saved of the traffic between chip and memory.
package struct ReorderingLedger: Sendable, Equatable {
    /// Bytes of feature maps and errors in one stage, read and written.
    package struct Traffic: Sendable, Equatable {
        /// As the model has them with the reordering off.
        package let off: UInt64
        /// As the model has them in the mode that ran.
        package let modelled: UInt64
        /// As the device counted them.
        package let counted: UInt64

        /// Names all three.
        package init(off: UInt64, modelled: UInt64, counted: UInt64) {
            self.off = off
            self.modelled = modelled
            self.counted = counted
        }

        /// What was saved: 1 - counted / off.
        package var reduction: Double { Saving.fraction(counted, of: off) }

        /// Whether the model agrees with what the device counted.
        package var isModelRight: Bool { modelled == counted }
    }

    /// The mode that ran: off, apply-fused or full.
    package var mode: String
    /// Traffic of forward propagation.
    package var forward: Traffic
    /// Traffic of error propagation.
    package var error: Traffic
    /// What was counted and what modelled, in words.
    package var accounting: String

    /// How it is counted, in words, for the usual case.
    package static let usualAccounting =
        "bytes of feature maps and errors between chip and memory, read and written, of this "
        + "training's layers; the mode that ran as the device counted them, mode off as the model "
        + "has them, the model checked against the counts"

    /// Names all of it.
    package init(
        mode: String,
        forward: Traffic,
        error: Traffic,
        accounting: String = usualAccounting
    ) {
        self.mode = mode
        self.forward = forward
        self.error = error
        self.accounting = accounting
    }
}

extension ReorderingLedger {
    static let keys = KeyTree.keys([
        ("mode", .leaf), ("accounting", .leaf), ("bytes", .leaves("forward", "error")),
        ("reduction", .leaves("forward", "error")),
    ])

    var document: StrictJSON {
        [
            "mode": .string(mode),
            "accounting": .string(accounting),
            "bytes": ["forward": forward.document, "error": error.document],
            "reduction": [
                "forward": .number(forward.reduction), "error": .number(error.reduction),
            ],
        ]
    }

    init(_ field: JSONField) throws(JSONError) {
        mode = try field["mode"].string()
        accounting = try field["accounting"].string()
        forward = try Traffic(try field["bytes"]["forward"])
        error = try Traffic(try field["bytes"]["error"])
        let reduction = try field["reduction"]
        try reduction["forward"].require(forward.reduction, because: "1 - counted / off")
        try reduction["error"].require(error.reduction, because: "1 - counted / off")
    }
}

extension ReorderingLedger.Traffic {
    var document: StrictJSON {
        ["off": .count(off), "modelled": .count(modelled), "counted": .count(counted)]
    }

    init(_ field: JSONField) throws(JSONError) {
        off = try field["off"].count()
        modelled = try field["modelled"].count()
        counted = try field["counted"].count()
    }
}
