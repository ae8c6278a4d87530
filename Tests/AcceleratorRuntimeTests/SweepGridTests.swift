import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import ModelGraph
import PerformanceModel
import RetrainingCompiler
import Testing

@Suite struct SweepGridTests {
    private static func grid(size: Int = 32) throws -> SweepGrid {
        var training = TinyTraining()
        training.size = size
        return SweepGrid(
            profile: .chip,
            configuration: try training.configuration(),
            epochs: 2,
            pictureCount: 5
        )
    }

    /// Cells of a table by column.
    private static func rows(_ points: [SweepPoint]) -> [[String: String]] {
        let lines = SweepTable(points).text().split(separator: "\n")
        let names = lines[0].split(separator: ",").map(String.init)
        return lines.dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            return Dictionary(uniqueKeysWithValues: zip(names, cells.map(String.init)))
        }
    }

    @Test func everyCombinationIsAPointInOrder() throws {
        var grid = try Self.grid()
        grid.bandwidths = [1e9, 2e9]
        grid.sramByteCounts = [1 << 19, 1 << 20]
        grid.multiplierCounts = [256, 512]
        grid.batches = [1, 2]
        grid.losses = AdversarialLoss.allCases
        let points = try grid.run()
        #expect(points.count == 32 && grid.pointCount == 32)
        let rows = Self.rows(points)
        #expect(rows.count == 32)
        #expect(rows[1]["dram_bytes_per_second"] == "2000000000")
        #expect(rows[2]["sram_bytes"] == "1048576")
        #expect(rows[4]["multipliers"] == "512")
        #expect(rows[8]["batch"] == "2")
        #expect(rows[16]["loss"] == "wgan-gp")
        #expect(rows[16]["critic_steps"] == "5" && rows[0]["critic_steps"] == "1")
        // Two epochs of five pictures.
        #expect(rows[0]["steps"] == "10" && rows[8]["steps"] == "6")
    }

    @Test func aPointIsTheSumOfItsSteps() throws {
        var grid = try Self.grid()
        grid.criticSteps = 5
        let point = try #require(try grid.run().first)
        let options = point.job.options
        let plan = try StarGANPlan(
            options.training(pictureCount: 5),
            graphs: (
                options.configuration.generator(), options.configuration.discriminator()
            ),
            capabilities: DeviceCapabilities()
        )
        var model = CostModel(.chip)
        var sum = CommandEstimate()
        for step in 1...10 {
            let program = step % 5 == 0 ? plan.step : plan.criticStep
            sum += try model.estimate(program.program.commands)
        }
        #expect(point.estimate == sum)
        let row = try #require(Self.rows([point]).first)
        #expect(Double(row["seconds"] ?? "") == model.seconds(of: sum))
        #expect(row["cycles_update"] == "\(sum.cycles.update)")
        #expect(row["bytes_error"] == "\(sum.counters.byteCounts.error)")
        #expect(row["cycle"] == "whole" && row["reduction_total"] == "0.0")
        #expect(row["trained_generator_layers"] == "8" && row["kept_generator_layers"] == "0")
    }

    @Test func modesAndBudgetsAreAxes() throws {
        var grid = try Self.grid()
        grid.bandwidths = [1e9, 2e9]
        grid.rolinModes = ROLINMode.allCases
        grid.budgets = [0.3, 0.6, 1]
        let rows = Self.rows(try grid.run())
        #expect(grid.pointCount == 18 && rows.count == 18)
        for (index, row) in rows.enumerated() {
            #expect(row["rolin"] == ROLINMode.allCases[index / 6].rawValue)
            #expect(row["budget"] == ["0.3", "0.6", "1.0"][index % 6 / 2])
            #expect(row["dram_bytes_per_second"] == ["1000000000", "2000000000"][index % 2])
        }
        func number(_ row: Int, _ column: String) -> Double {
            Double(rows[row][column] ?? "") ?? .nan
        }
        for row in stride(from: 0, to: 18, by: 2) where row % 6 < 4 {
            let budget = number(row, "budget")
            #expect(number(row, "reduction_error_weight_gradient") >= 1 - budget)
            #expect(number(row, "reduction_total") > 0)
            #expect(number(row, "reduction_weight_gradient") > 0)
            #expect(number(row, "seconds") < number(row / 6 * 6 + 4, "seconds"))
            #expect(number(row, "trained_generator_layers") < 8)
        }
        // The less of the norms is fused, the more bytes move.
        #expect(number(4, "bytes_forward") > number(10, "bytes_forward"))
        #expect(number(10, "bytes_forward") > number(16, "bytes_forward"))
    }

    @Test(arguments: ROLINMode.allCases, [1, 2])
    func aPointIsTheJobThatARetrainingPredicts(rolin: ROLINMode, criticSteps: Int) throws {
        var grid = try Self.grid()
        grid.epochs = 40
        grid.criticSteps = criticSteps
        grid.rolinModes = [rolin]
        grid.budgets = [0.2, 0.5, 1]
        grid.sramByteCounts = [1 << 18, 1 << 20]
        for point in try grid.run() {
            let figures = try #require(point.figures)
            let labels = Array(repeating: [false, false], count: 5)
            var model = CostModel(point.chip)
            let work = try RetrainingJob(point.job.options, labels: labels)
                .work(selection: figures.selection, on: DeviceCapabilities(), &model)
            #expect(point.job.options.rolin == rolin)
            #expect(figures.total == work.work.total)
            #expect(figures.keptLayerCount == work.keptUnits)
            #expect(work.runs.step + work.runs.criticStep == 200)
            // An image, mirrored or not, as it is or with one of two attributes switched on.
            #expect(work.keptUnits == 0 || (1...30).contains(work.runs.prefix))
            #expect((figures.selection == .all) == (point.job.budget == 1))
        }
    }

    @Test func layersAreChosenByThePlansImportances() async throws {
        var training = TinyTraining(epochs: 2, seed: 1)
        training.attributes = ["glasses"]
        let labels = Array(repeating: [false], count: training.pictureCount)
        let accelerator = try await openEmulator()
        let planner = RetrainingPlanner(
            accelerator,
            options: try training.options(),
            labels: labels,
            images: training.images,
            profile: .fpga
        )
        let request = SelectionRequest.automatic(budget: 0.4, measure: .weightChange)
        let plan = try await planner.plan(request, from: training.start())
        await accelerator.close()
        var grid = SweepGrid(
            profile: .fpga,
            configuration: try training.configuration(),
            epochs: 2,
            pictureCount: training.pictureCount
        )
        grid.importances = plan
        grid.budgets = [0.4]
        let figures = try #require(try grid.run().first?.figures)
        #expect(figures.selection == plan.selection)
        #expect(figures.keptLayerCount == plan.keptLayerCount)
        #expect(figures.reduction == plan.reduction)
        #expect(figures.total.cycles == plan.cost.cycles)
        #expect(figures.total.counters.byteCounts == plan.cost.byteCounts)

        grid.importances?.basis = nil
        #expect(throws: RetrainingError.self) { try grid.run() }
        grid.importances = plan
        training.residualBlocks = 2
        grid.configurations.append(try training.configuration())
        let error = #expect(throws: RetrainingError.self) { try grid.run() }
        #expect(error.map { "\($0)" }?.contains("choose the sizes of the model") == true)
    }

    @Test func whatDoesNotFitIsAnOutcome() throws {
        var grid = try Self.grid()
        grid.sramByteCounts = [4096, 1 << 20]
        let rows = Self.rows(try grid.run())
        #expect(rows[0]["outcome"] == "SRAM too small" && rows[0]["seconds"] == "")
        #expect(rows[1]["outcome"] == "ok" && rows[1]["seconds"] != "")
        grid.budgets = [0.001, 0.5]
        let outcomes = Self.rows(try grid.run()).map { $0["outcome"] }
        #expect(outcomes == ["SRAM too small", "budget too small", "SRAM too small", "ok"])
        grid.dramByteCount = 1 << 16
        #expect(Self.rows(try grid.run()).allSatisfy { $0["outcome"] == "DRAM too small" })
    }

    @Test func aChipOutOfBoundsIsRefused() throws {
        var grid = try Self.grid()
        grid.multiplierCounts = [100]
        #expect(throws: RetrainingError.self) { try grid.run() }
    }

    @Test func linesAreWhatPointsDifferInBesideTheAxis() throws {
        var grid = try Self.grid()
        grid.bandwidths = [1e9, 2e9, 4e9]
        grid.sramByteCounts = [1 << 19, 1 << 20]
        let text = SweepPlot(try grid.run()).document()
        #expect(text.contains("DRAM bandwidth in GB/s"))
        #expect(text.contains(">512 KiB</text>") && text.contains(">1024 KiB</text>"))
        // Three charts of two lines of three points.
        #expect(text.split(separator: "<circle ").count - 1 == 18)
        grid.bandwidths = [1e9]
        grid.rolinModes = [.off, .full]
        let modes = SweepPlot(try grid.run()).document()
        #expect(modes.contains(">ROLIN off</text>") && modes.contains("SRAM in KiB"))
        grid.budgets = [0.5, 1]
        grid.sramByteCounts = [1 << 20]
        let budgets = SweepPlot(try grid.run()).document()
        #expect(budgets.contains("budget: share of error and weight gradient"))
        #expect(budgets.contains(">ROLIN full</text>"))
        grid.budgets = [1]
        #expect(SweepPlot(try grid.run()).document().contains("ROLIN: 1 off, 2 apply-fused"))
        grid.sramByteCounts = [1 << 19, 1 << 20]
        #expect(SweepPlot(try grid.run()).document().contains("SRAM in KiB"))
        #expect(SweepPlot([]).document().hasSuffix("</svg>\n"))
    }
}
