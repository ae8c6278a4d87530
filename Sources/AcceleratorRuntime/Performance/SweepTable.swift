import AcceleratorISA
import ModelGraph
import PerformanceModel
import RetrainingCompiler

/// The points of a sweep as CSV: one row a point, units in the names of the columns.
package struct SweepTable: Sendable {
    private let points: [SweepPoint]

    /// A table of points.
    package init(_ points: [SweepPoint]) { self.points = points }

    /// Names of all columns, in order.
    package static var columns: [String] { parameterColumns + resultColumns }

    private static let parameterColumns = [
        "profile", "multipliers", "clock_hz", "sram_bytes", "dram_bytes_per_second",
        "image_size_px", "generator_channels", "residual_blocks", "discriminator_channels",
        "discriminator_layers", "loss", "batch", "epochs", "pictures", "critic_steps", "rolin",
        "budget", "outcome",
    ]

    private static let resultColumns = [
        "steps", "seconds", "seconds_per_step", "cycles_forward", "cycles_error",
        "cycles_weight_gradient", "cycles_update", "bytes_forward", "bytes_error",
        "bytes_weight_gradient", "bytes_update", "multiply_accumulates", "chip_joules",
        "chip_watts", "dram_joules", "mac_utilization", "cycle", "trained_generator_layers",
        "trained_discriminator_layers", "kept_generator_layers", "reduction_total",
        "reduction_error_weight_gradient", "reduction_weight_gradient",
    ]

    /// The text, a header line first, lines ended by a newline.
    package func text() -> String {
        var text = Self.columns.joined(separator: ",") + "\n"
        for point in points {
            text += (Self.parameters(point) + Self.results(point)).joined(separator: ",") + "\n"
        }
        return text
    }

    private static func parameters(_ point: SweepPoint) -> [String] {
        let (chip, job) = (point.chip, point.job)
        let options = job.options
        let sizes = options.configuration
        let outcome =
            switch point.outcome {
            case .success: "ok"
            case .failure(.dramTooSmall): "DRAM too small"
            case .failure(.sramTooSmall): "SRAM too small"
            case .failure(.budgetTooSmall): "budget too small"
            }
        return [
            quoted(chip.name), "\(chip.multiplierCount)",
            PlotNumber.text(chip.clockHertz, decimals: 0),
            "\(chip.sramByteCount)", PlotNumber.text(chip.dramBytesPerSecond, decimals: 0),
            "\(sizes.imageSize)", "\(sizes.generatorChannels)", "\(sizes.residualBlocks)",
            "\(sizes.discriminatorChannels)", "\(sizes.discriminatorLayers)",
            options.adversarialLoss.rawValue, "\(options.batch)", "\(options.epochs)",
            "\(job.pictureCount)", "\(options.criticSteps)", options.rolin.rawValue,
            "\(job.budget)", outcome,
        ]
    }

    private static func results(_ point: SweepPoint) -> [String] {
        guard let figures = point.figures else {
            return Array(repeating: "", count: resultColumns.count)
        }
        let estimate = figures.total
        let model = CostModel(point.chip)
        let seconds = model.seconds(of: estimate)
        let bytes = estimate.counters.byteCounts
        func stages(_ counts: StageCounts) -> [String] {
            [counts.forward, counts.error, counts.weightGradient, counts.update].map { "\($0)" }
        }
        let steps = point.job.stepCount
        return ["\(steps)", "\(seconds)", "\(seconds / Double(max(1, steps)))"]
            + stages(estimate.cycles) + stages(bytes)
            + [
                "\(estimate.counters.multiplyAccumulates.total)",
                "\(model.chipEnergyJoules(of: estimate))",
                "\(model.averagePowerWatts(of: estimate))",
                "\(model.dramEnergyJoules(of: estimate))", "\(model.utilization(of: estimate))",
            ] + selection(figures)
    }

    private static func selection(_ figures: SweepPoint.Figures) -> [String] {
        let reduction = figures.reduction
        return [
            figures.selection.cycle.rawValue, "\(figures.generatorLayerCount)",
            "\(figures.discriminatorLayerCount)", "\(figures.keptLayerCount)",
            "\(reduction.total)", "\(reduction.errorAndWeightGradient)",
            "\(reduction.weightGradient)",
        ]
    }

    /// A field as RFC 4180 has it.
    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
        var quoted = "\""
        for character in text { quoted += character == "\"" ? "\"\"" : String(character) }
        return quoted + "\""
    }
}
