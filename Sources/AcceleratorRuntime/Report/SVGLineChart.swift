/// Series of points with lines between them, over two axes.
package struct SVGLineChart: Sendable {
    /// One line.
    package struct Series: Sendable {
        /// What the legend calls it.
        package var name: String
        /// The points, in the order in which the line goes.
        package var points: [(x: Double, y: Double)]
        /// What stands above the points, in their order; nothing above those without.
        package var labels: [String] = []

        /// A line; points without a place on the axes are left out.
        package init(_ name: String, _ points: [(x: Double, y: Double)]) {
            self.name = name
            self.points = points
        }
    }

    /// What the chart shows.
    package var title: String
    /// The horizontal axis.
    package var x: PlotAxis
    /// The vertical axis.
    package var y: PlotAxis
    /// The lines.
    package var series: [Series]
    /// Pixels of the plotted area from top to bottom.
    package var plotHeight: Double
    /// Whether the names of the lines stand above them; charts below one another may share one.
    package var showsLegend: Bool

    /// Points up to which each gets a dot.
    private static let dottedCount = 60

    /// A chart.
    package init(
        _ title: String,
        x: PlotAxis,
        y: PlotAxis,
        series: [Series],
        plotHeight: Double = 260,
        showsLegend: Bool = true
    ) {
        self.title = title
        self.x = x
        self.y = y
        self.series = series
        self.plotHeight = plotHeight
        self.showsLegend = showsLegend
    }

    func draw(on canvas: inout SVGCanvas) {
        let columns = x.fitted(to: series.flatMap { $0.points.map(\.x) })
        let rows = y.fitted(to: series.flatMap { $0.points.map(\.y) })
        let labelWidth = rows.ticks.map { SVGCanvas.width(of: $0.text) }.max() ?? 0
        let left = max(74, 34 + labelWidth)
        canvas.text(title, at: (left, 20), class: "plot-title")
        let names = showsLegend ? series.map(\.name) : []
        let top = canvas.legend(names, .line, top: 32, left: left) + 8
        let area = Area(left: left, right: canvas.width - 20, top: top, bottom: top + plotHeight)
        canvas.height = area.bottom + 52
        drawAxes(on: &canvas, area, columns, rows)
        for (index, line) in series.enumerated() {
            let places = line.points.compactMap { point in
                area.place(columns.fraction(point.x), rows.fraction(point.y))
            }
            let dashes = SVGCanvas.dashes(index)
            canvas.polyline(places, color: SVGPlot.color(index), dashes: dashes)
            guard line.points.count <= Self.dottedCount else { continue }
            for (number, point) in line.points.enumerated() {
                let place = area.place(columns.fraction(point.x), rows.fraction(point.y))
                guard let place else { continue }
                let note =
                    "\(line.name): \(PlotNumber.text(point.x)), \(PlotNumber.text(point.y))"
                canvas.dot(place, color: SVGPlot.color(index), note: note)
                guard number < line.labels.count else { continue }
                label(place, line.labels[number], on: &canvas)
            }
        }
    }

    /// A text above a place, to its left where there is no room above.
    private func label(
        _ place: (x: Double, y: Double),
        _ text: String,
        on canvas: inout SVGCanvas
    ) {
        if place.x + SVGCanvas.width(of: text) / 2 < canvas.width {
            canvas.text(text, at: (place.x, place.y - 8), .middle)
        } else {
            canvas.text(text, at: (place.x - 8, place.y + 4), .end)
        }
    }

    private func drawAxes(
        on canvas: inout SVGCanvas,
        _ area: Area,
        _ columns: FittedAxis,
        _ rows: FittedAxis
    ) {
        for tick in rows.ticks {
            guard let place = area.place(0, rows.fraction(tick.number)) else { continue }
            canvas.line(place, (area.right, place.y), class: "plot-grid")
            canvas.text(tick.text, at: (area.left - 8, place.y + 4), .end)
        }
        var end = -Double.infinity
        for tick in columns.ticks {
            guard let place = area.place(columns.fraction(tick.number), 0) else { continue }
            canvas.line(place, (place.x, area.bottom + 5), class: "plot-axis")
            // Texts that would run into one another are left out.
            let half = SVGCanvas.width(of: tick.text) / 2
            guard place.x - half > end + 4 else { continue }
            canvas.text(tick.text, at: (place.x, area.bottom + 19), .middle)
            end = place.x + half
        }
        canvas.line((area.left, area.bottom), (area.right, area.bottom), class: "plot-axis")
        canvas.line((area.left, area.top), (area.left, area.bottom), class: "plot-axis")
        canvas.text(x.title, at: ((area.left + area.right) / 2, area.bottom + 38), .middle)
        let middle = (area.top + area.bottom) / 2
        canvas.text(y.title, at: (14, middle), .middle, rotated: true)
    }

    /// The plotted area in pixels.
    private struct Area {
        let left: Double
        let right: Double
        let top: Double
        let bottom: Double

        func place(_ x: Double?, _ y: Double?) -> (x: Double, y: Double)? {
            guard let x, let y else { return nil }
            return (left + x * (right - left), bottom - y * (bottom - top))
        }
    }
}
