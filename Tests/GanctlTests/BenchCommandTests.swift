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

    @Test func kernelsThreadsAndROLINDoNotChangeTheWeights() async throws {
        var hashes: Set<String> = []
        for how in [
            ["--kernels", "generic", "--threads", "1"], ["--threads", "3"], ["--rolin", "off"],
            ["--rolin", "apply-fused"],
        ] {
            let result = try await ganctl(["bench", "iteration", "--json"] + Self.sizes + how)
            let report = try JSONField(parsing: Array(result.output.utf8), document: "report")
            hashes.insert(try report["weightsHash"].string())
        }
        #expect(hashes.count == 1)
    }

    @Test func theTrafficShrinksWithROLIN() async throws {
        var bytes: [[Int]] = []
        for mode in ["off", "apply-fused", "full"] {
            let words = ["bench", "iteration", "--json", "--rolin", mode]
            let result = try await ganctl(words + Self.sizes)
            let report = try JSONField(parsing: Array(result.output.utf8), document: "report")
            #expect(try report["rolin"].string() == mode)
            let stages = try report["traffic"]["bytes"]
            bytes.append(
                try ["forward", "error", "weightGradient"].map { try stages[$0].integer() }
            )
        }
        for stage in 0..<3 {
            #expect(bytes[0][stage] > bytes[1][stage], "\(bytes)")
            #expect(bytes[1][stage] >= bytes[2][stage], "\(bytes)")
        }
    }
}
