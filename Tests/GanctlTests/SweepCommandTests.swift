import AcceleratorRuntime
import DurableStorage
import PerformanceModel
import TestSupport
import Testing

@Suite struct SweepCommandTests {
    private static let small = ["sweep", "--size", "32", "--channels", "4", "--blocks", "1"]

    @Test func writesATableAndCharts() async throws {
        let folder = try TemporaryFolder()
        let (table, plot) = (folder.path + "/t.csv", folder.path + "/p.svg")
        let result = try await ganctl(
            Self.small + [
                "--bandwidth", "1.6,3.2", "--sram", "512K,1M", "--macs", "256,512", "--output",
                table, "--plot", plot,
            ]
        )
        #expect(result.status == .exited(0), "\(result.errors)")
        #expect(result.output.isEmpty)
        let rows = String(
            decoding: try FileBytes.read(table, maximumByteCount: 1 << 20),
            as: UTF8.self
        ).split(separator: "\n")
        #expect(rows.count == 9)
        #expect(rows[0].hasPrefix("profile,multipliers,clock_hz,"))
        #expect(rows[1].hasPrefix("chip,256,200000000,524288,1600000000,32,4,1,4,"))
        let svg = try FileBytes.read(plot, maximumByteCount: 1 << 20)
        #expect(String(decoding: svg, as: UTF8.self).contains("DRAM bandwidth in GB/s"))
    }

    @Test func sweepsModesAndBudgets() async throws {
        let result = try await ganctl(
            Self.small + ["--rolin", "off,full", "--budget", "0.3,1", "--sram", "512K,1M"]
        )
        #expect(result.status == .exited(0), "\(result.errors)")
        let rows = result.output.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(rows.count == 9 && rows.allSatisfy { $0.count == rows[0].count })
        let column = try #require(rows[0].firstIndex(of: "rolin"))
        let places = rows.dropFirst().map { $0[column...column + 2].joined(separator: " ") }
        #expect(
            places == [
                "off 0.3 ok", "off 0.3 ok", "off 1.0 ok", "off 1.0 ok", "full 0.3 ok",
                "full 0.3 ok", "full 1.0 ok", "full 1.0 ok",
            ]
        )
    }

    @Test func choosesLayersByThePlanOfARetraining() async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder)
        retrain.further = ["--selret", "auto", "--budget", "0.4"]
        #expect(try await ganctl(retrain.words).status == .exited(0))
        let plan = ["--plan", retrain.output + "/plan.json", "--budget", "0.4"]
        let result = try await ganctl(
            Self.small + plan + ["--epochs", "1", "--pictures", "2"]
        )
        #expect(result.status == .exited(0), "\(result.errors)")
        let rows = result.output.split(separator: "\n").map { $0.split(separator: ",") }
        let bytes = try FileBytes.read(plan[1], maximumByteCount: 1 << 20)
        let reduction = try RetrainingPlan(decoding: bytes, name: plan[1]).reduction
        let column = try #require(rows[0].firstIndex(of: "reduction_total"))
        #expect(Double(rows[1][column]) == reduction.total)
        let other = try await ganctl(["sweep", "--size", "32", "--channels", "4"] + plan)
        #expect(other.status == .exited(78), "\(other.errors)")
        #expect(other.errors.contains("failed to weigh layers"), "\(other.errors)")
    }

    @Test func printsTheTableWithoutAFile() async throws {
        let folder = try TemporaryFolder()
        let text =
            #"{"base": "fpga", "name": "mine", "channelWidths": [10], "multiplierCount": 100}"#
        let file = try folder.add("mine.json", Array(text.utf8))
        let result = try await ganctl(Self.small + ["--profile", file, "--macs", "100,200"])
        #expect(result.status == .exited(0), "\(result.errors)")
        let rows = result.output.split(separator: "\n")
        #expect(rows.count == 3)
        #expect(rows.last?.hasPrefix("mine,200,100000000,") == true)
    }

    @Test(arguments: [
        (["--sram", "1K"], "--sram has '1K'; give 4K to 4096M"),
        (["--sram", "99999999999999999999M"], "--sram has '99999999999999999999M'"),
        (["--bandwidth", "1.6,,3"], "--bandwidth has ''; give GB/s"),
        (["--bandwidth", "nan"], "--bandwidth has 'nan'; give GB/s"),
        (["--macs", "100"], "--macs has 100; give multiples of each of 16, 8, 4"),
        (["--channels", "8,8"], "--channels has '8' twice"),
        (["--rolin", "half"], "--rolin has 'half'; choose from off, apply-fused, full"),
        (["--rolin", "off,off"], "--rolin has 'off' twice"),
        (["--budget", "0"], "--budget has '0'; give shares above 0, up to 1"),
        (["--budget", "0.5,1.01"], "--budget has '1.01'"), (["--budget", "x"], "--budget has 'x'"),
        (["--budget", "0.5", "--epochs", "200000"], "1400000 steps"),
        (["--plan", "p.json"], "--plan goes with a --budget below 1"),
        (["--loss", "gan"], "--loss has 'gan'; choose from lsgan, wgan-gp"),
        (["--size", "30"], "use a multiple of 4"), (["--epochs", "0"], "--epochs is 0"),
        (["--classes", "0"], "classes"), (["--output", "x", "--plot", "x"], "are one file"),
    ])
    func wrongUsesAreRefused(further: [String], words: String) async throws {
        let result = try await ganctl(["sweep"] + further)
        #expect(result.status == .exited(64), "\(result.errors)")
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test func filesThatCannotBeUsedAreNamed() async throws {
        let folder = try TemporaryFolder()
        let bad = try folder.add("bad.json", Array(#"{"clockHerz": 1}"#.utf8))
        for (further, status, words) in [
            (["--profile", folder.path + "/none"], 66, "failed to read profile"),
            (["--profile", bad], 65, "bad.json: clockHerz: unexpected"),
            (["--plan", folder.path + "/none", "--budget", "0.5"], 66, "failed to read plan"),
            (["--plan", bad, "--budget", "0.5"], 65, "failed to read a plan"),
            (["--output", folder.path + "/no/t.csv"], 74, "failed to write"),
            (["--sram", "4K"], 78, "no point of the sweep fits"),
        ] as [([String], Int32, String)] {
            let result = try await ganctl(Self.small + further)
            #expect(result.status == .exited(status), "\(result.errors)")
            #expect(result.errors.contains(words), "\(result.errors)")
        }
    }
}
