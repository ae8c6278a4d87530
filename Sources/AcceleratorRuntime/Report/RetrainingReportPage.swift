import ModelGraph
import RetrainingCompiler

/// `report.html`: one retraining on one page that needs nothing else, on line or off.
///
/// Style and drawings are inline, pictures are data, there is no script. Tables have captions,
/// drawings and pictures say in words what they show; colours follow the reader's choice of light
/// or dark. What a report does not have is said, with the reason.
package struct RetrainingReportPage {
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
        let body = Markup.element(
            "main",
            [:],
            [
                header, pictures, qualitySection, lossSection, publishedSection, layerSection,
                selectionSection, reorderingSection, chipSection, fileSection,
            ]
        )
        let head = Markup.element(
            "head",
            [:],
            .void("meta", ["charset": "utf-8"]),
            .void("meta", ["name": "viewport", "content": "width=device-width"]),
            .void(
                "meta",
                [
                    "http-equiv": "Content-Security-Policy",
                    "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
                ]
            ),
            .element("title", [:], Markup(title)),
            .element("style", [:], Markup(wellFormed: Self.style))
        )
        let document = Markup.element("html", ["lang": "en"], head, .element("body", [:], body))
        return "<!DOCTYPE html>\n\(document.html)\n"
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
        let list = facts.flatMap { name, value in
            [Markup.element("dt", [:], Markup(name)), .element("dd", [:], Markup(value))]
        }
        return .element(
            "header",
            [:],
            .element("h1", [:], Markup(title)),
            .element("dl", [:], list)
        )
    }

    // MARK: Pictures

    private var pictures: Markup {
        let heading = "Before and after"
        switch shown {
        case .none: return section(heading, paragraph("There is no sheet."))
        case .sheet(let sheet): return section(heading, figure(sheet))
        case .comparison(let comparison): return section(heading, comparison.markup)
        }
    }

    private func figure(_ sheet: [UInt8]) -> Markup {
        let shown = report.pictures.joined(separator: ", ")
        let words =
            "Sheet of pictures: each row one of \(shown), as it is and with single attributes "
            + "changed, by the network before and after the retraining"
        let picture = Markup.void(
            "img",
            ["src": "data:image/png;base64,\(Base64.text(sheet))", "alt": words]
        )
        return .element("figure", [:], picture)
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
        let used = report.pictures.map { Markup.element("li", [:], Markup($0)) }
        let skipped: Markup =
            report.skipped.isEmpty
            ? paragraph("No file was skipped.")
            : table(
                "Files that were skipped",
                [.words("File"), .words("Reason")],
                report.skipped.map { [$0.name, $0.reason] }
            )
        return section(
            "Pictures used",
            .element("ul", ["class": "files"], used),
            skipped
        )
    }
}

// MARK: Building blocks

extension RetrainingReportPage {
    /// A part of the page under its heading.
    func section(_ heading: String, _ content: Markup...) -> Markup {
        .element("section", [:], [.element("h2", [:], Markup(heading))] + content)
    }

    /// A part of the page, or why it is not there.
    func section<Part>(
        _ heading: String,
        _ part: Reported<Part>,
        _ content: (Part) -> [Markup]
    ) -> Markup {
        let pieces: [Markup] =
            switch part {
            case .known(let part): content(part)
            case .absent(let reason): [paragraph("Nothing to show: \(reason).")]
            }
        return .element("section", [:], [.element("h2", [:], Markup(heading))] + pieces)
    }

    /// A paragraph of text.
    func paragraph(_ text: String) -> Markup { .element("p", [:], Markup(text)) }

    /// A table whose first column names its rows.
    func table(
        _ caption: String,
        _ columns: [TextTable.Column],
        _ rows: [[String]]
    ) -> Markup {
        let head = columns.map { column in
            Markup.element(
                "th",
                ["scope": "col", "class": column.isNumber ? "number" : "words"],
                Markup(column.title)
            )
        }
        let body = rows.map { cells in
            let cells = zip(columns, cells).enumerated().map { index, pair in
                let (column, cell) = pair
                let style = column.isNumber ? "number" : "words"
                return index == 0
                    ? Markup.element("th", ["scope": "row", "class": style], Markup(cell))
                    : Markup.element("td", ["class": style], Markup(cell))
            }
            return Markup.element("tr", [:], cells)
        }
        let table = Markup.element(
            "table",
            [:],
            .element("caption", [:], Markup(caption)),
            .element("thead", [:], .element("tr", [:], head)),
            .element("tbody", [:], body)
        )
        // Wide tables scroll by themselves, not with the page, also by keyboard.
        return .element(
            "div",
            ["class": "wide", "tabindex": "0", "role": "region", "aria-label": caption],
            table
        )
    }

    /// What is known, or why it is not.
    func text<Part>(_ part: Reported<Part>, _ text: (Part) -> String) -> String {
        switch part {
        case .known(let part): text(part)
        case .absent(let reason): reason
        }
    }

    /// Colours, and how things lie: in the page, so that it needs no other file.
    private static let style = """
        :root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --faint: #5a636e; \
        --line: #d4d9df; --band: #f4f6f8; }
        @media (prefers-color-scheme: dark) { :root { --paper: #14171b; --ink: #e6e9ed; \
        --faint: #a3adb8; --line: #363d46; --band: #1d2228; } }
        body { margin: 0; background: var(--paper); color: var(--ink); \
        font: 15px/1.5 system-ui, sans-serif; }
        main { max-width: 70rem; margin: 0 auto; padding: 1.5rem; }
        h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.2rem; }
        dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
        figure { margin: 0; } h3 { font-size: 1rem; margin: 1.2rem 0 0.3rem; }
        .row { display: flex; gap: 0.6rem; break-inside: avoid; }
        .row figure { flex: 1 1 0; min-width: 0; max-width: 12rem; } h3 { break-after: avoid; }
        .row img { width: 100%; } figcaption { color: var(--faint); font-size: 0.9rem; }
        img { max-width: 100%; height: auto; background: #ffffff; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
        caption { text-align: left; color: var(--faint); padding: 0.4rem 0; }
        th, td { padding: 0.25rem 0.7rem; border-bottom: 1px solid var(--line); \
        vertical-align: top; }
        thead th { background: var(--band); }
        .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .words { text-align: left; font-weight: inherit; }
        thead .words, thead .number { font-weight: 600; }
        .files { columns: 16rem; } .verdict { font-weight: 600; }
        summary { cursor: pointer; color: var(--faint); }
        .plot { width: 100%; height: auto; } main .plot text { fill: var(--ink); }
        """
}
