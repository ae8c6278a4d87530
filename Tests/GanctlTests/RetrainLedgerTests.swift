import AcceleratorRuntime
import DurableStorage
import ModelGraph
import TestSupport
import Testing

/// What layers `retrain` chooses, and what it says that came of it.
@Suite struct RetrainLedgerTests {
    /// A retraining of some drawn portraits.
    private static func retraining(
        in folder: TemporaryFolder,
        of count: Int,
        _ further: [String]
    ) async throws -> RetrainArguments {
        var retrain = try RetrainArguments(in: folder)
        retrain.images = folder.path + "/samples"
        let drawn = try await ganctl(
            ["samples", "--output", retrain.images, "--count", "\(count)", "--size", "64"]
        )
        #expect(drawn.status == .exited(0), "\(drawn.errors)")
        retrain.further = further
        return retrain
    }

    private static func expectNumbers(
        _ report: JSONField,
        _ part: [String],
        _ keys: [String],
        in range: ClosedRange<Double>
    ) throws {
        let field = try part.reduce(report) { try $0[$1] }
        for key in keys {
            let number = try field[key].number()
            #expect(range.contains(number), "\(part) \(key) is \(number)")
        }
    }

    @Test func booksAreKeptOfLayersThatWereProbedFor() async throws {
        let folder = try TemporaryFolder()
        var retrain = try await Self.retraining(
            in: folder,
            of: 3,
            ["--selret", "auto", "--budget", "0.4", "--hold-out", "1", "--compare-full"]
        )
        retrain.epochs = 20
        let result = try await ganctl(retrain.words)
        #expect(result.status == .exited(0), "\(result.errors)")
        #expect(result.output.contains("profile chip: "))
        let names = [
            "before-after.png", "model.safetensors", "plan.json", "report.html", "report.json",
        ]
        #expect(try TemporaryFolder.names(in: retrain.output) == names)
        let report = try retrain.report()
        #expect(try report["images"]["used"].elements().count == 2)
        #expect(try report["absent"].members().isEmpty)
        try checkBooks(report)
        try await checkPlan(of: retrain, report, folder.path + "/again")
    }

    private func checkBooks(_ report: JSONField) throws {
        let everything = 1e-12...1e12
        try Self.expectNumbers(
            report,
            ["chip"],
            ["seconds", "energyJoules", "averagePowerWatts"],
            in: everything
        )
        #expect(try report["chip"]["accounting"].string().contains("the device's own counts"))
        try Self.expectNumbers(report, ["dram"], ["energyJoules"], in: everything)
        // Eight layers of the generator, five of the discriminator, and what is of no layer.
        #expect(try report["layers"]["rows"].elements().count == 14)
        try Self.expectNumbers(report, ["rolin", "reduction"], ["forward"], in: 0.01...0.99)
        try Self.expectNumbers(report, ["rolin", "reduction"], ["error"], in: 0...0.99)
        for stage in ["forward", "error"] {
            let bytes = try report["rolin"]["bytes"][stage]
            #expect(try bytes["counted"].integer() == bytes["modelled"].integer())
        }
        let selret = try report["selret"]
        #expect(try selret["mode"].string() == "auto")
        #expect(try (1..<13).contains(selret["trainedLayers"].elements().count))
        // What the probe takes is counted, too.
        try Self.expectNumbers(
            selret,
            ["reduction"],
            ["total", "errorAndWeightGradient", "weightGradient", "cycles", "optimizerBytes"],
            in: 0.01...0.999
        )
        for part in ["before", "plan", "full"] {
            try Self.expectNumbers(
                report,
                ["quality", part],
                ["ssim", "reconstructionL1", "slicedWasserstein", "classAccuracy"],
                in: -1e6...1e6
            )
        }
    }

    /// The plan is a file to be followed: nothing is probed for, and the weights are the same.
    private func checkPlan(
        of first: RetrainArguments,
        _ report: JSONField,
        _ output: String
    ) async throws {
        let plan = first.output + "/plan.json"
        var retrain = first
        retrain.output = output
        retrain.further = ["--plan", plan, "--hold-out", "1"]
        let result = try await ganctl(retrain.words)
        #expect(result.status == .exited(0), "\(result.errors)")
        let second = try retrain.report()
        for key in ["weightsHash", "selret"] {
            #expect(try second[key].value == report[key].value, "\(key)")
        }
        let quality = try (report["quality"], second["quality"])
        #expect(try quality.1["plan"].value == quality.0["plan"].value)
        #expect(try quality.1["full"].value == .null)
        #expect(try second["absent"]["quality.full"].string().contains("--compare-full"))
        let bytes = try FileBytes.read(retrain.output + "/plan.json", maximumByteCount: 1 << 20)
        #expect(try FileBytes.read(plan, maximumByteCount: 1 << 20) == bytes)
    }

    @Test(arguments: [("whole", "kept"), ("cut", "cut"), ("own", "cut")])
    func namedLayersAreRetrained(cycle: String, gradient: String) async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder)
        retrain.further = ["--selret", "generator.main.10,generator.main.13", "--cycle", cycle]
        let result = try await ganctl(retrain.words)
        #expect(result.status == .exited(0), "\(result.errors)")
        let selret = try retrain.report()["selret"]
        #expect(try selret["mode"].string() == "named")
        #expect(try selret["cycleGradient"].string() == gradient)
        let trained = try selret["trainedLayers"].elements().map { try $0.string() }
        #expect(trained == ["generator main.10 (weight)", "generator main.13 (weight)"])
        #expect(try !selret["cachedPrefix"].elements().isEmpty)
        #expect(try selret["reduction"]["total"].number() > 0)
    }

    @Test func everyFifthPictureIsHeldOut() async throws {
        let folder = try TemporaryFolder()
        var retrain = try await Self.retraining(in: folder, of: 5, [])
        #expect(try await ganctl(retrain.words).status == .exited(0))
        let report = try retrain.report()
        #expect(try report["images"]["used"].elements().count == 4)
        #expect(try report["steps"].integer() == 4)
        #expect(try report["quality"]["plan"]["pictureCount"].integer() == 1)
        #expect(try report["selret"]["mode"].string() == "all")

        retrain.further = ["--hold-out", "0", "--force"]
        #expect(try await ganctl(retrain.words).status == .exited(0))
        let whole = try retrain.report()
        #expect(try whole["steps"].integer() == 5)
        #expect(try whole["absent"]["quality"].string().contains("no picture was held out"))

        retrain.further = ["--hold-out", "5", "--force"]
        let none = try await ganctl(retrain.words)
        #expect(none.status == .exited(78), "\(none.errors)")
        #expect(none.errors.contains("leave at least one to train on"))
    }

    @Test(arguments: [
        (["--selret", "generator.main.99"], Int32(78), "nothing is called generator.main.99"),
        (["--selret", "auto", "--budget", "0.0001"], 78, "does not pay for one layer"),
        (["--selret", "auto", "--cycle", "cut"], 64, "--cycle goes with --selret and names"),
        (["--selret", "all", "--plan", "p"], 64, "--plan and --selret exclude each other"),
        (["--budget", "0"], 64, "--budget is 0.0; give a share"),
        (["--hold-out", "-1"], 64, "--hold-out"), (["--rolin", "half"], 64, "--rolin"),
        (["--importance", "luck"], 64, "--importance"),
        (["--plan", "/nowhere/plan.json"], 66, "failed to read plan /nowhere/plan.json"),
    ])
    func wrongChoicesAreRefused(further: [String], status: Int32, words: String) async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder)
        retrain.further = further
        let result = try await ganctl(retrain.words)
        #expect(result.status == .exited(status), "\(result.errors)")
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(!exists(retrain.output))
    }
}
