/// Charts below one another as one self-contained SVG document.
///
/// No scripts, no outside fonts or images; every name that comes from outside is escaped. Colours
/// are neutral on light and dark pages: lines and text follow `prefers-color-scheme`, the
/// background is the page's.
package struct SVGPlot: Sendable {
    /// What can be drawn.
    package enum Chart: Sendable {
        case lines(SVGLineChart)
        case bars(SVGBarChart)
    }

    /// The charts, top to bottom.
    package var charts: [Chart]
    /// Width in pixels; heights follow from the charts.
    package var width: Double

    /// A plot of at least one chart.
    package init(_ charts: [Chart], width: Double = 760) {
        self.charts = charts
        self.width = width
    }

    /// The document: an `<svg>` element, usable as a file or inside HTML.
    package func document() -> String {
        var body = ""
        var top = 0.0
        for chart in charts {
            var canvas = SVGCanvas(width: width)
            switch chart {
            case .lines(let chart): chart.draw(on: &canvas)
            case .bars(let chart): chart.draw(on: &canvas)
            }
            body += "<g transform=\"translate(0 \(SVGCanvas.place(top)))\">\n\(canvas.body)</g>\n"
            top += canvas.height
        }
        let (right, bottom) = (SVGCanvas.place(width), SVGCanvas.place(top))
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(right)" height="\(bottom)" \
            viewBox="0 0 \(right) \(bottom)" class="plot" role="img">
            <style>\(Self.style)</style>
            \(body)</svg>

            """
    }

    /// Classes have a prefix, since styles of an SVG inside HTML are the page's.
    private static let style = """
        .plot{font:12px system-ui,sans-serif}.plot text{fill:#3d4248}.plot .plot-title{\
        font-size:14px;font-weight:600}.plot .plot-grid{stroke:#8a8f98;stroke-opacity:.25}.plot \
        .plot-axis{stroke:#8a8f98}.plot .plot-mark{stroke:#3d4248;stroke-width:2;\
        stroke-opacity:.5}.plot .plot-line{fill:none;stroke-width:2;stroke-linejoin:round}\
        @media(prefers-color-scheme:dark){.plot text{fill:#d3d7dd}\
        .plot .plot-mark{stroke:#d3d7dd}}
        """

    /// Colours of series, one after another, distinct for the colour-blind and readable on white
    /// and on black.
    static let colors = [
        "#3b82c4", "#d9822b", "#2f9e6e", "#c2476b", "#8766c4", "#9a8c3a", "#3fa0a8", "#7d828a",
    ]

    /// The colour of a series.
    static func color(_ series: Int) -> String { colors[series % colors.count] }
}

/// SVG elements of one chart.
struct SVGCanvas {
    /// How a text stands to its place.
    enum Anchor: String { case start, middle, end }

    /// Elements so far, one a line.
    private(set) var body = ""
    /// Pixels from side to side.
    let width: Double
    /// Pixels from top to bottom; the chart sets it.
    var height = 0.0

    init(width: Double) { self.width = width }

    /// A coordinate with at most two decimals; what is not finite is at zero.
    static func place(_ value: Double) -> String { PlotNumber.text(value, decimals: 2) }

    /// Text in which nothing is markup: XML's five characters escaped, those XML forbids left out.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n", "\r": result += " "
            case "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"...:
                result.unicodeScalars.append(scalar)
            default: result += "\u{FFFD}"
            }
        }
        return result
    }

    /// Pixels that a text takes, about: fonts differ.
    static func width(of text: String) -> Double { Double(text.count) * 6.6 }

    mutating func line(
        _ from: (x: Double, y: Double),
        _ to: (x: Double, y: Double),
        class name: String
    ) {
        body += """
            <line x1="\(Self.place(from.x))" y1="\(Self.place(from.y))" x2="\(Self.place(to.x))" \
            y2="\(Self.place(to.y))" class="\(name)"/>

            """
    }

    mutating func polyline(_ points: [(x: Double, y: Double)], color: String, dashes: String) {
        let places = points.map { "\(Self.place($0.x)),\(Self.place($0.y))" }
        let dash = dashes.isEmpty ? "" : " stroke-dasharray=\"\(dashes)\""
        body += """
            <polyline points="\(places.joined(separator: " "))" class="plot-line" \
            stroke="\(color)"\(dash)/>

            """
    }

    /// A dot; `note` is shown when the pointer is on it.
    mutating func dot(_ center: (x: Double, y: Double), color: String, note: String) {
        body += """
            <circle cx="\(Self.place(center.x))" cy="\(Self.place(center.y))" r="3.2" \
            fill="\(color)"><title>\(Self.escaped(note))</title></circle>

            """
    }

    /// A filled rectangle; `note` is shown when the pointer is on it.
    mutating func rectangle(
        _ origin: (x: Double, y: Double),
        _ size: (width: Double, height: Double),
        color: String,
        note: String = ""
    ) {
        let title = note.isEmpty ? "" : "<title>\(Self.escaped(note))</title>"
        body += """
            <rect x="\(Self.place(origin.x))" y="\(Self.place(origin.y))" \
            width="\(Self.place(max(0, size.width)))" height="\(Self.place(max(0, size.height)))" \
            fill="\(color)">\(title)</rect>

            """
    }

    mutating func text(
        _ text: String,
        at place: (x: Double, y: Double),
        _ anchor: Anchor = .start,
        class name: String? = nil,
        rotated: Bool = false
    ) {
        let (x, y) = (Self.place(place.x), Self.place(place.y))
        let turn = rotated ? " transform=\"rotate(-90 \(x) \(y))\"" : ""
        let style = name.map { " class=\"\($0)\"" } ?? ""
        body += """
            <text x="\(x)" y="\(y)" text-anchor="\(anchor.rawValue)"\(style)\(turn)>\
            \(Self.escaped(text))</text>

            """
    }

    /// How lines beyond the colours are told apart.
    static func dashes(_ series: Int) -> String {
        ["", "6 4", "2 3"][min(2, series / SVGPlot.colors.count)]
    }

    /// What stands beside a name in a legend.
    enum LegendMark { case line, box }

    /// Names of series beside their marks, in columns; returns the y below them.
    ///
    /// A single series needs none: the title names it.
    mutating func legend(
        _ names: [String],
        _ mark: LegendMark,
        top: Double,
        left: Double
    ) -> Double {
        guard names.count > 1 else { return top }
        let advance = 40 + (names.map { Self.width(of: $0) }.max() ?? 0)
        let columns = max(1, Int((width - left) / advance))
        for (index, name) in names.enumerated() {
            let x = left + Double(index % columns) * advance
            let y = top + Double(index / columns) * 18
            let color = SVGPlot.color(index)
            switch mark {
            case .box: rectangle((x + 4, y + 1), (12, 12), color: color)
            case .line:
                polyline([(x, y + 7), (x + 20, y + 7)], color: color, dashes: Self.dashes(index))
            }
            text(name, at: (x + 26, y + 11))
        }
        return top + Double((names.count + columns - 1) / columns) * 18 + 6
    }
}
