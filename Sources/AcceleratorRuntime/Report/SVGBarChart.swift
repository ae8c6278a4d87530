/// Horizontal bars, one row a category, so that long names stay readable.
package struct SVGBarChart: Sendable {
    /// How a category's series stand.
    package enum Arrangement: Sendable {
        /// One behind the other: parts of a whole.
        case stacked
        /// One below the other: for comparing.
        case grouped
    }

    /// One number a category.
    package struct Series: Sendable {
        /// What the legend calls it.
        package var name: String
        /// The numbers, in the order of the categories; missing ones are zero.
        package var values: [Double]

        /// A series; numbers below zero and without a value count as zero.
        package init(_ name: String, _ values: [Double]) {
            self.name = name
            self.values = values
        }

        func value(_ category: Int) -> Double {
            guard category < values.count, values[category].isFinite else { return 0 }
            return max(0, values[category])
        }
    }

    /// What the chart shows.
    package var title: String
    /// The axis of the numbers, with its unit.
    package var axis: PlotAxis
    /// Names of the rows, top to bottom.
    package var categories: [String]
    /// What each row shows.
    package var series: [Series]
    /// How they stand.
    package var arrangement: Arrangement
    /// A number for each category that its bars are held against, a line across them.
    package var marks: [Double?] = []

    /// Most characters of a category's name that are shown.
    private static let maximumNameCount = 36

    /// A chart; its axis is linear whatever the axis says, since bars begin at zero.
    package init(
        _ title: String,
        axis: PlotAxis,
        categories: [String],
        series: [Series],
        arrangement: Arrangement = .stacked
    ) {
        self.title = title
        self.axis = axis
        self.categories = categories
        self.series = series
        self.arrangement = arrangement
    }

    func draw(on canvas: inout SVGCanvas) {
        let names = categories.map { name in
            name.count <= Self.maximumNameCount
                ? name : name.prefix(Self.maximumNameCount - 1) + "…"
        }
        let left = 20 + (names.map { SVGCanvas.width(of: $0) }.max() ?? 0)
        let right = canvas.width - 76
        canvas.text(title, at: (12, 20), class: "plot-title")
        let top = canvas.legend(series.map(\.name), .box, top: 32, left: 12) + 6
        let barHeight = arrangement == .stacked ? 16.0 : 11.0
        let barCount = arrangement == .stacked ? 1 : max(1, series.count)
        let rowHeight = barHeight * Double(barCount) + 8
        let bottom = top + rowHeight * Double(max(1, categories.count))
        canvas.height = bottom + 52
        let numbers = PlotAxis(axis.title).fitted(to: lengths)
        for tick in numbers.ticks {
            let x = left + (numbers.fraction(tick.number) ?? 0) * (right - left)
            canvas.line((x, top), (x, bottom), class: "plot-grid")
            canvas.text(tick.text, at: (x, bottom + 17), .middle)
        }
        canvas.text(axis.title, at: ((left + right) / 2, bottom + 36), .middle)
        for category in categories.indices {
            let y = top + rowHeight * Double(category) + 4
            let middle = y + (rowHeight - 8) / 2 + 4
            canvas.text(names[category], at: (left - 8, middle), .end)
            let bars = Bars(left: left, right: right, y: y, height: barHeight, axis: numbers)
            if let mark = mark(category) {
                let x = bars.x(mark)
                canvas.line((x, y - 3), (x, y + rowHeight - 5), class: "plot-mark")
            }
            drawRow(category, bars, on: &canvas)
        }
        canvas.line((left, top), (left, bottom), class: "plot-axis")
    }

    /// Lengths that the axis has to hold.
    private var lengths: [Double] {
        categories.indices.flatMap { category -> [Double] in
            let values = series.map { $0.value(category) }
            let marked = mark(category).map { [$0] } ?? []
            return marked + (arrangement == .stacked ? [values.reduce(0, +)] : values)
        }
    }

    private func mark(_ category: Int) -> Double? {
        guard category < marks.count, let mark = marks[category], mark.isFinite else { return nil }
        return max(0, mark)
    }

    private struct Bars {
        let left: Double
        let right: Double
        let y: Double
        let height: Double
        let axis: FittedAxis

        func x(_ number: Double) -> Double {
            left + (axis.fraction(number) ?? 0) * (right - left)
        }
    }

    private func drawRow(_ category: Int, _ bars: Bars, on canvas: inout SVGCanvas) {
        var (sum, y) = (0.0, bars.y)
        for (index, line) in series.enumerated() {
            let value = line.value(category)
            let start = arrangement == .stacked ? sum : 0
            let x = bars.x(start)
            canvas.rectangle(
                (x, y),
                (bars.x(start + value) - x, bars.height - (arrangement == .grouped ? 1 : 0)),
                color: SVGPlot.color(index),
                note: "\(categories[category]), \(line.name): \(PlotNumber.text(value))"
            )
            sum += value
            guard arrangement == .grouped else { continue }
            let place = (x: bars.x(value) + 6, y: y + bars.height - 1)
            canvas.text(PlotNumber.text(value), at: place)
            y += bars.height
        }
        guard arrangement == .stacked else { return }
        canvas.text(PlotNumber.text(sum), at: (bars.x(sum) + 6, bars.y + bars.height - 3))
    }
}
