import ModelGraph

/// The books of a retraining: what it cost, what was saved, and whether the pictures suffered.
///
/// Every part is there or says why not. Whoever computes one puts it in:
///
/// ```swift
/// var ledger = RetrainingLedger.notComputed
/// ledger.chip = .known(ChipLedger(seconds: 21, energyJoules: 5.2, accounting: "..."))
/// ledger.rolin = .absent(reason: "mode off was asked for")
/// ```
package struct RetrainingLedger: Sendable, Equatable {
    /// The chip the time and energy are those of.
    package var profile: Reported<ProfileLedger>
    /// Time and energy of the chip.
    package var chip: Reported<ChipLedger>
    /// Energy of the memory beside it.
    package var dram: Reported<DRAMLedger>
    /// Work, cycles and energy by layer.
    package var layers: Reported<LayersLedger>
    /// Which layers were retrained, and what that saved.
    package var selret: Reported<SelectionLedger>
    /// What the reordering of norms saved.
    package var rolin: Reported<ReorderingLedger>
    /// The pictures before and after.
    package var quality: Reported<QualityLedger>

    /// Names all parts.
    package init(
        profile: Reported<ProfileLedger>,
        chip: Reported<ChipLedger>,
        dram: Reported<DRAMLedger>,
        layers: Reported<LayersLedger>,
        selret: Reported<SelectionLedger>,
        rolin: Reported<ReorderingLedger>,
        quality: Reported<QualityLedger>
    ) {
        self.profile = profile
        self.chip = chip
        self.dram = dram
        self.layers = layers
        self.selret = selret
        self.rolin = rolin
        self.quality = quality
    }

    /// Nothing is known, for one reason.
    package static func absent(reason: String) -> RetrainingLedger {
        RetrainingLedger(
            profile: .absent(reason: reason),
            chip: .absent(reason: reason),
            dram: .absent(reason: reason),
            layers: .absent(reason: reason),
            selret: .absent(reason: reason),
            rolin: .absent(reason: reason),
            quality: .absent(reason: reason)
        )
    }

    /// Nobody worked anything out.
    package static let notComputed = absent(reason: "not computed")
}

extension RetrainingLedger {
    /// The parts by key; reasons of absent ones go to `notes`.
    func members(_ notes: inout AbsenceNotes) -> [String: StrictJSON] {
        [
            "profile": notes.document(of: profile, at: "profile", keys: ProfileLedger.keys) {
                part,
                _ in part.document
            },
            "chip": notes.document(of: chip, at: "chip", keys: ChipLedger.keys) {
                part,
                _ in part.document
            },
            "dram": notes.document(of: dram, at: "dram", keys: DRAMLedger.keys) {
                part,
                _ in part.document
            },
            "layers": notes.document(of: layers, at: "layers", keys: LayersLedger.keys) {
                part,
                _ in part.document
            },
            "selret": notes.document(of: selret, at: "selret", keys: SelectionLedger.keys) {
                $0.document(&$1)
            },
            "rolin": notes.document(of: rolin, at: "rolin", keys: ReorderingLedger.keys) {
                part,
                _ in part.document
            },
            "quality": notes.document(of: quality, at: "quality", keys: QualityLedger.keys) {
                $0.document(&$1)
            },
        ]
    }

    /// Reads back what ``members(_:)`` wrote into a report.
    init(_ report: JSONField) throws(JSONError) {
        let notes = try AbsenceNotes(try report["absent"])
        profile = try notes.part(at: "profile") { () throws(JSONError) in
            try ProfileLedger(try report["profile"])
        }
        chip = try notes.part(at: "chip") { () throws(JSONError) in
            try ChipLedger(try report["chip"])
        }
        dram = try notes.part(at: "dram") { () throws(JSONError) in
            try DRAMLedger(try report["dram"])
        }
        layers = try notes.part(at: "layers") { () throws(JSONError) in
            try LayersLedger(try report["layers"])
        }
        selret = try notes.part(at: "selret") { () throws(JSONError) in
            try SelectionLedger(try report["selret"], notes)
        }
        rolin = try notes.part(at: "rolin") { () throws(JSONError) in
            try ReorderingLedger(try report["rolin"])
        }
        quality = try notes.part(at: "quality") { () throws(JSONError) in
            try QualityLedger(try report["quality"], notes)
        }
    }
}
