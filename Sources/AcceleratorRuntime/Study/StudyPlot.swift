/// What a study comes to in two charts: quality by condition and way, and by what it costs.
package struct StudyPlot: Sendable {
    private let table: StudyTable

    private static let automatic = "auto"

    /// A plot of a study's rows.
    package init(_ table: StudyTable) { self.table = table }

    /// The SVG document.
    package func document() -> String {
        SVGPlot([.bars(decibels), .lines(gains)]).document()
    }

    private var decibels: SVGBarChart {
        let conditions = table.conditions
        let series = table.ways.map { way in
            SVGBarChart.Series(
                way,
                conditions.map { condition in
                    let mean = table.means(condition: condition, way: way)?.decibels.mean ?? 0
                    return (mean * 10).rounded() / 10
                }
            )
        }
        var chart = SVGBarChart(
            "Changed pictures against the truth, mean over users",
            axis: PlotAxis("PSNR in dB; the lines are the same users under no condition"),
            categories: conditions,
            series: series,
            arrangement: .grouped
        )
        chart.marks = conditions.map { condition in
            table.means(condition: condition, way: StudyCases.none)?.reference?.mean
        }
        return chart
    }

    /// Decibels over none by share of full retraining's operations; a line for automatic ways, a
    /// dot for each other one.
    private var gains: SVGLineChart {
        var budgets = SVGLineChart.Series("SELRET, by budget", [])
        var others: [SVGLineChart.Series] = []
        let points = table.ways.compactMap { way -> (way: String, x: Double, y: Double)? in
            guard let means = table.means(way: way), let saved = means.savedTotal,
                let gain = means.gain?.mean
            else { return nil }
            return (way, 1 - saved, gain)
        }
        for point in points.sorted(by: { $0.x < $1.x }) {
            if point.way == Self.automatic || point.way.hasPrefix(Self.automatic + "=") {
                budgets.points.append((point.x, point.y))
                budgets.labels.append(point.way)
            } else {
                var other = SVGLineChart.Series(point.way, [(point.x, point.y)])
                other.labels = [point.way]
                others.append(other)
            }
        }
        return SVGLineChart(
            "Gain by effort, mean over conditions and users; the line is SELRET's budgets",
            x: PlotAxis("share of full retraining's operations, forward and probe included"),
            y: PlotAxis("dB over no retraining"),
            series: (budgets.points.isEmpty ? [] : [budgets]) + others,
            showsLegend: false
        )
    }
}
