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
            (["--output", folder.path + "/no/t.csv"], 74, "failed to write"),
            (["--sram", "4K"], 78, "no point of the sweep fits"),
        ] as [([String], Int32, String)] {
            let result = try await ganctl(Self.small + further)
            #expect(result.status == .exited(status), "\(result.errors)")
            #expect(result.errors.contains(words), "\(result.errors)")
        }
    }
}
