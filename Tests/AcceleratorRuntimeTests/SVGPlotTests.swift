import AcceleratorRuntime
import Testing

@Suite struct SVGPlotTests {
    private static func lines(
        _ points: [(x: Double, y: Double)],
        name: String = "a",
        scale: PlotAxis.Scale = .linear
    ) -> String {
        let chart = SVGLineChart(
            "title",
            x: PlotAxis("x", scale),
            y: PlotAxis("y"),
            series: [SVGLineChart.Series(name, points), SVGLineChart.Series("other", [])]
        )
        return SVGPlot([.lines(chart)]).document()
    }

    private static func bars(_ arrangement: SVGBarChart.Arrangement) -> String {
        let chart = SVGBarChart(
            "bars",
            axis: PlotAxis("seconds"),
            categories: ["one", "two"],
            series: [
                SVGBarChart.Series("first", [1, 2]), SVGBarChart.Series("second", [3]),
            ],
            arrangement: arrangement
        )
        return SVGPlot([.bars(chart)]).document()
    }

    /// Places of an attribute's numbers in elements of one kind.
    private static func numbers(_ name: String, of element: String, in text: String) -> [Double] {
        text.split(separator: "\n").filter { $0.hasPrefix("<\(element) ") }.compactMap { line in
            let parts = line.split(separator: " \(name)=\"", maxSplits: 1)
            return parts.count == 2 ? Double(parts[1].prefix { $0 != "\"" }) : nil
        }
    }

    @Test func namesCannotBecomeMarkup() {
        let text = Self.lines([(0, 1)], name: "<script>&\"'\u{1}")
        #expect(!text.contains("<script>"))
        #expect(text.contains("&lt;script&gt;&amp;&quot;&#39;\u{FFFD}"))
    }

    @Test func everyElementIsClosed() {
        for text in [Self.lines([(1, 2), (3, 4)]), Self.bars(.stacked), Self.bars(.grouped)] {
            var open: [Substring] = []
            for part in text.split(separator: "<") {
                let tag = part.prefix { $0 != ">" }
                if tag.hasPrefix("/") {
                    #expect(open.popLast() == tag.dropFirst())
                } else if !tag.hasSuffix("/") {
                    open.append(tag.prefix { $0 != " " })
                }
            }
            #expect(open.isEmpty)
            #expect(text.hasPrefix("<svg ") && text.hasSuffix("</svg>\n"))
        }
    }

    @Test func pointsStandWhereTheAxesSay() {
        let xs = Self.numbers("cx", of: "circle", in: Self.lines([(0, 0), (1, 5), (2, 10)]))
        let ys = Self.numbers("cy", of: "circle", in: Self.lines([(0, 0), (1, 5), (2, 10)]))
        #expect(xs.count == 3)
        #expect(xs[1] - xs[0] == xs[2] - xs[1] && xs[1] > xs[0])
        #expect(ys[0] - ys[1] == ys[1] - ys[2] && ys[0] > ys[1])
        // Equal ratios are equal steps.
        let ratios = Self.numbers(
            "cx",
            of: "circle",
            in: Self.lines([(1, 1), (10, 1), (100, 1)], scale: .logarithmic)
        )
        #expect(abs((ratios[1] - ratios[0]) - (ratios[2] - ratios[1])) < 0.1)
    }

    @Test(arguments: [PlotAxis.Scale.linear, .logarithmic])
    func nothingIsPlottedWhereThereIsNoPlace(scale: PlotAxis.Scale) {
        let points: [(x: Double, y: Double)] = [
            (.nan, 1), (1, .infinity), (-.infinity, 2), (2, 3), (1e300, -1e300), (1e-300, 1e300),
        ]
        let text = Self.lines(points, scale: scale)
        #expect(Self.numbers("cx", of: "circle", in: text).count == 3)
        #expect(!text.contains("nan") && !text.contains("inf"))
        for empty in [Self.lines([], scale: scale), Self.lines([(5, 5)], scale: scale)] {
            #expect(!empty.contains("nan") && !empty.contains("inf"))
        }
    }

    @Test func stackedBarsFollowOneAnotherAndGroupedOnesBeginAtZero() {
        // The first two boxes are the legend's.
        let stacked = Self.numbers("x", of: "rect", in: Self.bars(.stacked)).dropFirst(2)
        let widths = Self.numbers("width", of: "rect", in: Self.bars(.stacked)).dropFirst(2)
        #expect(abs(stacked[3] - stacked[2] - widths[2]) < 0.02)
        #expect(abs(widths[3] - 3 * widths[2]) < 0.05)
        let grouped = Self.numbers("x", of: "rect", in: Self.bars(.grouped)).dropFirst(2)
        #expect(Set(grouped).count == 1)
        #expect(Self.bars(.stacked).contains("<title>one, second: 3</title>"))
    }

    @Test(arguments: [
        (0.0, "0"), (1, "1"), (0.1, "0.1"), (1234.6, "1235"), (123_456, "123500"), (-2.5, "-2.5"),
        (0.000_123_46, "0.0001235"), (1e-9, "1e-9"), (2.5e20, "2.5e20"), (99_999, "100000"),
    ])
    func numbersAreShort(number: Double, text: String) {
        #expect(PlotNumber.text(number) == text)
    }
}
