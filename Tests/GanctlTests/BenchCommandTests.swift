import ModelGraph
import Testing

@Suite struct BenchCommandTests {
    private static let sizes = [
        "--generator-channels", "4", "--residual-blocks", "0", "--size", "32",
        "--discriminator-channels", "4", "--discriminator-layers", "3", "--iterations", "3",
    ]

    @Test(arguments: ["lsgan", "wgan-gp"])
    func printsWhatItMeasured(loss: String) async throws {
        let result = try await ganctl(
            ["bench", "iteration", "--loss", loss, "--threads", "2", "--json"] + Self.sizes
        )
        #expect(result.status == .exited(0), "\(result.errors)")
        let report = try JSONField(parsing: Array(result.output.utf8), document: "report")
        for key in ["seconds", "gflop", "gflopPerSecond", "peakGflopPerSecond"] {
            #expect(try report[key].number() > 0, "\(key)")
        }
        #expect(try report["peakMemoryBytes"].integer() > 1 << 20)
        #expect(try report["kernels"].string() != "")
        #expect(try report["threads"].integer() == 2)
        #expect(try report["device"].string() == "emulator")
        #expect(try report["iterations"].elements().count == 3)
        let rate = try report["gflop"].number() / report["seconds"].number()
        #expect(abs(rate / (try report["gflopPerSecond"].number()) - 1) < 1e-9)
    }

    @Test func kernelsAndThreadsDoNotChangeTheWeights() async throws {
        var hashes: Set<String> = []
        for how in [["--kernels", "generic", "--threads", "1"], ["--threads", "3"]] {
            let result = try await ganctl(["bench", "iteration", "--json"] + Self.sizes + how)
            let report = try JSONField(parsing: Array(result.output.utf8), document: "report")
            hashes.insert(try report["weightsHash"].string())
        }
        #expect(hashes.count == 1)
    }
}
