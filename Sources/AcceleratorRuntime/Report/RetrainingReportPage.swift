import ModelGraph
import RetrainingCompiler

/// `report.html`: one retraining on one page that needs nothing else, on line or off.
///
/// Style and drawings are inline, pictures are data, there is no script. Tables have captions,
/// drawings and pictures say in words what they show; colours follow the reader's choice of light
/// or dark. What a report does not have is said, with the reason.
package struct RetrainingReportPage: ReportPage {
    let report: RetrainingReport
    private let shown: Shown

    /// The pictures before and after.
    private enum Shown {
        case none
        /// A sheet as PNG.
        case sheet([UInt8])
        case comparison(PictureComparison)
    }

    /// The page of a report.
    ///
    /// `sheet` is a PNG: it becomes part of the page as it is.
    package init(_ report: RetrainingReport, sheet: [UInt8]?) {
        self.report = report
        shown = sheet.map { .sheet($0) } ?? .none
    }

    /// The page of a report, with pictures beside the truth.
    package init(_ report: RetrainingReport, comparison: PictureComparison) {
        self.report = report
        shown = .comparison(comparison)
    }

    /// The page.
    package var html: String {
        document(
            title: title,
            [
                header, pictures, qualitySection, lossSection, publishedSection, layerSection,
                selectionSection, reorderingSection, chipSection, fileSection,
            ]
        )
    }

    private var title: String { "Retraining on \(report.device)" }

    // MARK: Head

    private var header: Markup {
        let training = report.training
        let sizes = report.configuration
        let facts: [(String, String)] = [
            ("Device", "\(report.device), kernels \(report.kernels), \(report.threads) threads"),
            ("Training", "\(training.epochs) epochs, \(report.steps) steps of \(training.batch)"),
            ("Time on this host", "\(Readable.number(report.wallSeconds)) s"),
            ("Time of the chip", text(report.ledger.chip) { Readable.quantity($0.seconds, "s") }),
            ("Quality", text(report.ledger.quality, \.verdict)),
            ("Started from", report.startedFrom),
            (
                "Model",
                "StarGAN, \(sizes.imageSize) x \(sizes.imageSize) pixels, "
                    + "\(sizes.generatorChannels) channels, \(sizes.residualBlocks) blocks"
            ),
            ("Attributes", report.attributes.joined(separator: ", ")),
            (
                "Loss",
                "\(training.adversarialLoss.rawValue) times \(training.lambdaAdversarial), "
                    + "\(training.classLoss.rawValue), reconstruction times "
                    + "\(training.lambdaReconstruction)"
            ),
            (
                "Step size",
                "\(training.learningRate), falling to zero over the second half"
            ),
            ("Seed", "\(training.seed)"), ("Weights", report.weightsHash),
        ]
        return header(title, facts)
    }

    // MARK: Pictures

    private var pictures: Markup {
        let heading = "Before and after"
        switch shown {
        case .none: return section(heading, paragraph("There is no sheet."))
        case .sheet(let sheet):
            let shown = report.pictures.joined(separator: ", ")
            let words =
                "Sheet of pictures: each row one of \(shown), as it is and with single attributes "
                + "changed, by the network before and after the retraining"
            return section(heading, figure(sheet, words))
        case .comparison(let comparison): return section(heading, comparison.markup)
        }
    }

    // MARK: Figures of the paper

    private var publishedSection: Markup {
        let rows = report.publishedFigures.map { figure in
            [figure.name, figure.publishedText, figure.oursText, figure.accounting]
        }
        return section(
            "The paper and this retraining",
            table(
                "Figures of Kim et al., IEEE JSSC 56(10), 2021, beside ours, and how ours are "
                    + "counted",
                [
                    .words("Figure"), .number("Paper"), .number("Ours"),
                    .words("Accounting of ours"),
                ],
                rows
            )
        )
    }

    // MARK: Files

    private var fileSection: Markup {
        fileSection(report.pictures, skipped: report.skipped)
    }
}
