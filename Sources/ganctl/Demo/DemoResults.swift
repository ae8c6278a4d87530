import AcceleratorRuntime
import ImageCapture
import ModelGraph
import SamplePortraits

/// What a demonstration came to, and how it is written down.
struct DemoResults {
    let user: SampleUser
    let model: PortraitModel
    let outcome: UserRetraining.Outcome
    let changes: [DemoPictures.Change]
    let report: RetrainingReport
    /// PSNR of the judged pictures as they are, against the truth, in dB.
    let inputs: Double
    /// Seconds of the whole demonstration on this host's clock.
    let seconds: Double

    /// Pixels on a side of a picture on the page, and on the sheet.
    private static let side = (page: 192, sheet: 192)
    private static let columns = ["input", "truth", "before", "after"]

    /// Writes everything; the model is last, so that what is there without it is no result yet.
    func write(to folder: OutputFolder) throws {
        try folder.create()
        if folder.holds(OutputFolder.checkpoint) { folder.remove(OutputFolder.checkpoint) }
        try write(user.pictures, to: OutputFolder(path: folder.file("user")))
        try write(user.judged, to: OutputFolder(path: folder.file("judged")))
        try folder.write(sheet.composed(), as: "pictures.png")
        let page = RetrainingReportPage(report, comparison: try comparison())
        try folder.write(Array(page.html.utf8), as: OutputFolder.page)
        try folder.write(try outcome.plan.document.serialized(.indented), as: OutputFolder.plan)
        try folder.write(try report.document.serialized(.indented), as: OutputFolder.report)
        try folder.write(
            try ModelFile.encoded(
                generator: outcome.state.generator.parameters,
                discriminator: outcome.state.discriminator.parameters,
                options: outcome.options
            ),
            as: OutputFolder.model
        )
    }

    /// Writes pictures with a table of what they show, as `ganctl retrain` reads them.
    private func write(_ pictures: [SampleUser.Picture], to folder: OutputFolder) throws {
        try folder.create()
        var table = "file," + Attribute.allCases.map(\.name).joined(separator: ",") + "\n"
        for picture in pictures {
            let name = "shot-\(picture.shot).png"
            let values = picture.labels.map { $0 ? "1" : "0" }.joined(separator: ",")
            table += "\(name),\(values)\n"
            try folder.write(
                RGBImage(width: user.size, height: user.size, pixels: picture.pixels),
                as: name
            )
        }
        try folder.write(Array(table.utf8), as: "labels.csv")
    }

    // MARK: Pictures

    private var sheet: PictureGrid {
        PictureGrid(
            columns: Self.columns,
            rows: changes.map { change in
                PictureGrid.Row(
                    label: change.title,
                    pictures: [change.input, change.truth, change.before, change.after],
                    captions: [
                        Self.decibels(change.decibels.input), "",
                        Self.decibels(change.decibels.before),
                        Self.decibels(change.decibels.after),
                    ]
                )
            },
            footer: words,
            cellSide: Self.side.sheet
        )
    }

    private func comparison() throws -> PictureComparison {
        PictureComparison(
            words: words,
            rows: try changes.map { change in
                let notes = [
                    "PSNR \(Self.decibels(change.decibels.input))", "the wanted picture",
                    "PSNR \(Self.decibels(change.decibels.before))",
                    "PSNR \(Self.decibels(change.decibels.after))",
                ]
                let pictures = [change.input, change.truth, change.before, change.after]
                return PictureComparison.Row(
                    title: change.title,
                    pictures: try zip(Self.columns, zip(notes, pictures)).map { role, shown in
                        PictureComparison.Picture(
                            role: role,
                            note: shown.0,
                            png: try Self.png(shown.1)
                        )
                    }
                )
            }
        )
    }

    private static func png(_ picture: RGBImage) throws -> [UInt8] {
        let small = picture.squareCropped(side: min(side.page, picture.width))
        guard let bytes = small.encodedPNG() else {
            throw CommandFailure(.internal, "failed to encode a picture: no memory")
        }
        return bytes
    }

    /// Who drew the pictures, and on what the others were made.
    private var words: String {
        "User \(user.seed) under \(user.name), input and truth drawn by this program; training saw "
            + "\(user.pictureCount) other pictures of the user and none of these. Before: "
            + "\(model.source.words), weights \(model.weightsHash.prefix(12)). After: "
            + "\(report.training.epochs) epochs, weights \(report.weightsHash.prefix(12)). Both "
            + "ran on \(report.device) (kernels \(report.kernels)). PSNR is against the truth; the "
            + "input's is what changing nothing comes to."
    }

    /// A ratio with its unit.
    static func decibels(_ ratio: Double?) -> String {
        ratio.map { "\(Readable.decimal($0, places: 1)) dB" } ?? "not known"
    }

    // MARK: Summary

    /// What standard output says.
    func summary(_ folder: OutputFolder) -> String {
        var lines = [
            "user \(user.seed) under \(user.name), on \(report.device): \(user.judgedCount) "
                + "pictures that training did not see, against the truth"
        ]
        lines += report.ledger.quality.value.map(Self.table) ?? []
        lines.append(
            "  (the pictures as they are, nothing changed: PSNR \(Self.decibels(inputs)))"
        )
        lines += ledger
        lines += [
            "on this host: \(RetrainProgress.short(report.wallSeconds)) s to retrain, "
                + "\(RetrainProgress.short(seconds)) s in all",
            "wrote \(OutputFolder.page), pictures.png, \(OutputFolder.report), "
                + "\(OutputFolder.plan), \(OutputFolder.model), user and judged to \(folder.path)",
        ]
        return lines.joined(separator: "\n")
    }

    /// The scores against the truth, before and after.
    private static func table(_ quality: QualityLedger) -> [String] {
        func row(_ name: String, _ before: String, _ after: String) -> String {
            func padded(_ text: String, _ width: Int) -> String {
                String(repeating: " ", count: max(0, width - text.count)) + text
            }
            let words = name + String(repeating: " ", count: max(0, 34 - name.count))
            return "  \(words)\(padded(before, 10))\(padded(after, 10))"
        }
        func text(_ score: Double?, _ places: Int) -> String {
            score.map { Readable.decimal($0, places: places) } ?? "-"
        }
        let (before, after) = (quality.before, quality.plan)
        return [
            row("", "before", "after"),
            row("PSNR, dB", text(before.psnr, 2), text(after.psnr, 2)),
            row("structural similarity", text(before.truthSSIM, 3), text(after.truthSSIM, 3)),
            row(
                "sliced Wasserstein distance x 1000",
                text(before.truthSlicedWasserstein, 1),
                text(after.truthSlicedWasserstein, 1)
            ),
            row(
                "class accuracy",
                Readable.percent(before.classAccuracy),
                Readable.percent(after.classAccuracy)
            ),
        ]
    }

    /// What the chip would have taken, and what was saved.
    private var ledger: [String] {
        var lines: [String] = []
        if let chip = report.ledger.chip.value, let profile = report.ledger.profile.value {
            let dram = report.ledger.dram.value.map {
                ", and \(Readable.quantity($0.energyJoules, "J")) of DRAM"
            }
            lines.append(
                "on the chip (profile \(profile.name)): \(Readable.quantity(chip.seconds, "s")), "
                    + "\(Readable.quantity(chip.energyJoules, "J"))\(dram ?? "")"
            )
        }
        if let selection = report.ledger.selret.value {
            for reduction in [
                SelectionLedger.Reduction.errorAndWeightGradient, .total, .cycles,
            ] {
                let saved = Readable.percent(selection.fraction(reduction))
                lines.append("saved \(saved) of \(reduction.accounting)")
            }
        }
        return lines
    }
}
