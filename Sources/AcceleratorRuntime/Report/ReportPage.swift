import ModelGraph

/// A page that needs nothing else, on line or off: style and drawings inline, pictures as data, no
/// script.
protocol ReportPage {}

extension ReportPage {
    /// The page of some sections.
    func document(title: String, _ sections: [Markup]) -> String {
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
            .element("style", [:], Markup(wellFormed: reportStyle))
        )
        let body = Markup.element("body", [:], .element("main", [:], sections))
        let document = Markup.element("html", ["lang": "en"], head, body)
        return "<!DOCTYPE html>\n\(document.html)\n"
    }

    /// The title, and facts under it.
    func header(_ title: String, _ facts: [(String, String)]) -> Markup {
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

    /// A PNG, with words for those who do not see it.
    func figure(_ png: [UInt8], _ words: String) -> Markup {
        let picture = Markup.void(
            "img",
            ["src": "data:image/png;base64,\(Base64.text(png))", "alt": words]
        )
        return .element("figure", [:], picture)
    }

    /// The files that were used, and those that were not.
    func fileSection(_ used: [String], skipped: [RetrainingReport.SkippedFile]) -> Markup {
        let files: Markup =
            skipped.isEmpty
            ? paragraph("No file was skipped.")
            : table(
                "Files that were skipped",
                [.words("File"), .words("Reason")],
                skipped.map { [$0.name, $0.reason] }
            )
        return section(
            "Pictures used",
            .element("ul", ["class": "files"], used.map { .element("li", [:], Markup($0)) }),
            files
        )
    }

    /// One small drawing a loss, by its name, since their sizes differ by orders; nil where it
    /// occurred in no step of an epoch.
    func lossSection(_ curves: [(name: String, means: [Double?])]) -> Markup {
        let drawings = curves.map { name, means in
            let points = means.enumerated().compactMap { epoch, mean in
                mean.map { (x: Double(epoch + 1), y: $0) }
            }
            guard let first = points.first, let last = points.last else {
                return paragraph("\(name) occurred in no step.")
            }
            let chart = SVGLineChart(
                name,
                x: PlotAxis("epoch"),
                y: PlotAxis("mean loss"),
                series: [SVGLineChart.Series(name, points)],
                plotHeight: 110
            )
            let words =
                "\(name) over \(means.count) epochs: "
                + "\(Readable.number(first.y)) in the first, \(Readable.number(last.y)) in the last"
            return drawing(.lines(chart), words)
        }
        return section("Losses", Markup([paragraph("The mean of each epoch.")] + drawings))
    }

    /// A chart with words for those who do not see it.
    func drawing(_ chart: SVGPlot.Chart, _ words: String) -> Markup {
        .element(
            "div",
            ["role": "img", "aria-label": words],
            Markup(wellFormed: SVGPlot([chart], width: 900).document())
        )
    }

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
}

/// Colours, and how things lie: in the page, so that it needs no other file.
private let reportStyle = """
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
