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
        let training = point.job.training
        let plan = try StarGANPlan(
            training,
            graphs: (
                training.configuration.generator(), training.configuration.discriminator()
            ),
            capabilities: DeviceCapabilities()
        )
        var model = CostModel(.chip)
        var sum = try model.estimate(plan.setUp.commands)
        for step in 1...10 {
            let program = step % 5 == 0 ? plan.step : plan.criticStep
            sum += try model.estimate(program.program.commands)
        }
        #expect(point.estimate == sum)
        let row = try #require(Self.rows([point]).first)
        #expect(Double(row["seconds"] ?? "") == model.seconds(of: sum))
        #expect(row["cycles_update"] == "\(sum.cycles.update)")
        #expect(row["bytes_error"] == "\(sum.counters.byteCounts.error)")
    }

    @Test func whatDoesNotFitIsAnOutcome() throws {
        var grid = try Self.grid()
        grid.sramByteCounts = [4096, 1 << 20]
        let rows = Self.rows(try grid.run())
        #expect(rows[0]["outcome"] == "SRAM too small" && rows[0]["seconds"] == "")
        #expect(rows[1]["outcome"] == "ok" && rows[1]["seconds"] != "")
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
        #expect(SweepPlot(try grid.run()).document().contains("SRAM in KiB"))
        #expect(SweepPlot([]).document().hasSuffix("</svg>\n"))
    }
}
