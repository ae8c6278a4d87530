/// `report.html` of a translator: one training on one page.
package struct TranslatorReportPage: ReportPage {
    private let report: TranslatorReport
    private let sheet: [UInt8]?

    /// The page of a report.
    ///
    /// `sheet` is a PNG of pictures before and after: it becomes part of the page as it is.
    package init(_ report: TranslatorReport, sheet: [UInt8]?) {
        self.report = report
        self.sheet = sheet
    }

    /// The page.
    package var html: String {
        document(
            title: title,
            [
                header(title, facts), pictures,
                lossSection(report.losses.map { ($0.name, $0.means) }), accounts,
                fileSection(report.pictures, skipped: report.skipped),
            ]
        )
    }

    private var title: String { "Training a \(report.kind.title) on \(report.device)" }

    private var facts: [(String, String)] {
        let training = report.training
        let weights = training.weights.sorted { $0.key < $1.key }
            .map { "\($0.key) \(Readable.number($0.value))" }
        var facts = [
            ("Device", "\(report.device), kernels \(report.kernels), \(report.threads) threads"),
            ("Training", "\(training.epochs) epochs, \(training.steps) steps of \(training.batch)"),
            ("Discriminators", report.freshWords),
            ("Time on this host", "\(Readable.number(report.wallSeconds)) s"),
            ("Device memory", Readable.quantity(Double(report.deviceByteCount), "B")),
            ("Started from", report.startedFrom),
            ("Pictures", "\(report.imageSize) x \(report.imageSize) pixels"),
            ("Weights of the losses", weights.joined(separator: ", ")),
            ("Step size", "\(training.learningRate), falling to zero over the second half"),
        ]
        if report.kind == .cycleGAN {
            facts.append(("Pool", "\(training.poolSize) earlier fakes of either direction"))
        }
        return facts + [("Seed", "\(training.seed)"), ("Weights", report.weightsHash)]
    }

    private var pictures: Markup {
        guard let sheet else { return section("Before and after", paragraph("There is no sheet.")) }
        let words =
            "Sheet of pictures: each row one of the training's, as it is and translated by the "
            + "networks before and after the training"
        return section("Before and after", figure(sheet, words))
    }

    private var accounts: Markup {
        section(
            "What the device counted",
            table(
                "Multiply-accumulates, and bytes between DRAM and chip, by stage; the warm-up of "
                    + "fresh discriminators apart",
                TranslatorReport.accountColumns,
                report.accountRows
            )
        )
    }
}
