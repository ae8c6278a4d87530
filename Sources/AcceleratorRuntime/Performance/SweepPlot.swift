import ModelGraph
import PerformanceModel
import RetrainingCompiler

/// The points of a sweep as charts: time, chip energy and DRAM energy of the whole job.
///
/// The horizontal axis is the first of ``SweepPoint/Axis`` along which the points differ; there is
/// a line for each combination of the others.
package struct SweepPlot: Sendable {
    private let points: [SweepPoint]

    /// Lines that colours and dashes tell apart.
    private static let maximumLineCount = 24

    /// A plot of points.
    package init(_ points: [SweepPoint]) { self.points = points }

    /// The SVG document.
    package func document() -> String {
        let varying = SweepPoint.Axis.allCases.filter { axis in
            Set(points.map { $0.place(on: axis) }).count > 1
        }
        let horizontal = varying.first ?? .bandwidth
        let others = varying.filter { $0 != horizontal }
        var names: [String] = []
        var groups: [String: [(x: Double, point: SweepPoint)]] = [:]
        for point in points where point.estimate != nil {
            let name = others.map { point.name(on: $0) }.joined(separator: ", ")
            if groups[name] == nil { names.append(name) }
            groups[name, default: []].append((point.place(on: horizontal), point))
        }
        let shown = names.prefix(Self.maximumLineCount)
        let remark = shown.count < names.count ? " (\(shown.count) of \(names.count) lines)" : ""
        let places = Set(points.map { $0.place(on: horizontal) })
        let marks = places.count <= 12 ? Array(places) : []
        func chart(
            _ title: String,
            _ unit: String,
            showsLegend: Bool = false,
            _ value: (CostModel, CommandEstimate) -> Double
        ) -> SVGPlot.Chart {
            let series = shown.map { name in
                let line = (groups[name] ?? []).sorted { $0.x < $1.x }
                return SVGLineChart.Series(
                    name.isEmpty ? title : name,
                    line.compactMap { x, point in
                        guard let estimate = point.estimate else { return nil }
                        return (x, value(CostModel(point.chip), estimate))
                    }
                )
            }
            return .lines(
                SVGLineChart(
                    title + remark,
                    x: PlotAxis(horizontal.title, .logarithmic, marks: marks),
                    y: PlotAxis(unit),
                    series: series,
                    plotHeight: 220,
                    showsLegend: showsLegend
                )
            )
        }
        let charts = [
            chart("Time of the whole job", "seconds", showsLegend: true) { $0.seconds(of: $1) },
            chart("Energy of the chip", "joules") { $0.chipEnergyJoules(of: $1) },
            chart("Energy of DRAM", "joules") { $0.dramEnergyJoules(of: $1) },
        ]
        return SVGPlot(charts).document()
    }
}

extension SweepPoint {
    /// What points can differ in, the favourite of horizontal axes first.
    package enum Axis: CaseIterable, Sendable {
        case bandwidth, sram, multipliers, budget, channels, size, blocks, batch, loss, rolin

        /// The axis's name with its unit.
        package var title: String {
            switch self {
            case .bandwidth: "DRAM bandwidth in GB/s"
            case .sram: "SRAM in KiB"
            case .multipliers: "multipliers"
            case .budget: "budget: share of error and weight gradient"
            case .channels: "channels of the generator's first layer"
            case .size: "side of the images in pixels"
            case .blocks: "residual blocks"
            case .batch: "images of a step"
            case .loss: "adversarial loss"
            case .rolin: "ROLIN: 1 off, 2 apply-fused, 3 full"
            }
        }
    }

    /// Where the point stands on an axis, in the axis's unit.
    func place(on axis: Axis) -> Double {
        let options = job.options
        return switch axis {
        case .bandwidth: chip.dramBytesPerSecond / 1e9
        case .sram: Double(chip.sramByteCount) / 1024
        case .multipliers: Double(chip.multiplierCount)
        case .channels: Double(options.configuration.generatorChannels)
        case .size: Double(options.configuration.imageSize)
        case .blocks: Double(options.configuration.residualBlocks)
        case .batch: Double(options.batch)
        case .loss: options.adversarialLoss == .leastSquares ? 1 : 2
        case .rolin: Double((ROLINMode.allCases.firstIndex(of: options.rolin) ?? 0) + 1)
        case .budget: job.budget
        }
    }

    /// The place in words, for a legend.
    func name(on axis: Axis) -> String {
        let number = PlotNumber.text(place(on: axis))
        return switch axis {
        case .bandwidth: "\(number) GB/s"
        case .sram: "\(number) KiB"
        case .multipliers: "\(number) multipliers"
        case .channels: "\(number) channels"
        case .size: "\(number) px"
        case .blocks: "\(number) blocks"
        case .batch: "batch \(number)"
        case .loss: job.options.adversarialLoss.rawValue
        case .rolin: "ROLIN \(job.options.rolin.rawValue)"
        case .budget: "budget \(number)"
        }
    }
}
