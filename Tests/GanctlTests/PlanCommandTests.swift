import AcceleratorRuntime
import DurableStorage
import ModelGraph
import TestSupport
import Testing

@Suite struct PlanCommandTests {
    /// The words of `ganctl plan save` for a retraining.
    private func save(_ retrain: RetrainArguments, as path: String) -> [String] {
        let options = retrain.words.dropFirst()
        guard let output = options.firstIndex(of: "--output") else { return [] }
        var words = Array(options)
        words[output] = path
        return ["plan", "save"] + words
    }

    private func json(_ words: [String]) async throws -> JSONField {
        let result = try await ganctl(words + ["--json"])
        #expect(result.status == .exited(0), "\(result.errors)")
        return try JSONField(parsing: Array(result.output.utf8), document: "output")
    }

    @Test func aSavedPlanIsShownComparedAndFollowed() async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder)
        let (first, second) = (folder.path + "/first.json", folder.path + "/second.json")
        retrain.further = ["--selret", "auto", "--budget", "0.5"]
        let saved = try await ganctl(save(retrain, as: first))
        #expect(saved.status == .exited(0), "\(saved.errors)")
        let shown = try await ganctl(["plan", "show", first])
        #expect(shown.status == .exited(0), "\(shown.errors)")
        #expect(shown.output == saved.output)
        for words in [
            "chosen by loss-decrease for a budget of 50.0 %", "probed on emulator:0: 2 steps",
            "on profile chip, ROLIN full", "loss-decrease  ", "full retraining",
            "multiply-accumulates of the weight gradient alone",
        ] {
            #expect(shown.output.contains(words), "\(words)")
        }
        let file = try JSONField(
            parsing: FileBytes.read(first, maximumByteCount: 1 << 24),
            document: first
        )
        #expect(try await json(["plan", "show", first]).value == file.value)

        retrain.further = ["--selret", "generator.main.16", "--cycle", "own", "--profile", "fpga"]
        #expect(try await ganctl(save(retrain, as: second)).status == .exited(0))
        let named = try await ganctl(["plan", "show", second])
        #expect(named.output.contains("named, nothing was probed"))
        #expect(named.output.contains("on profile fpga"))
        #expect(named.output.contains("generator main.0 to main.13, 7 layers"), "\(named.output)")

        let difference = try await ganctl(["plan", "diff", first, second])
        #expect(difference.status == .exited(0), "\(difference.errors)")
        for words in ["A: \(first)", "profile", "loss-decrease", "cycles", "budget"] {
            #expect(difference.output.contains(words), "\(difference.output)")
        }
        #expect(try await json(["plan", "diff", first, second])["differs"].bool())
        let same = try await ganctl(["plan", "diff", first, first])
        #expect(same.status == .exited(0) && same.output == "no difference\n")
        #expect(try await !json(["plan", "diff", second, second])["differs"].bool())

        retrain.further = ["--plan", second]
        let followed = try await ganctl(retrain.words)
        #expect(followed.status == .exited(0), "\(followed.errors)")
        let kept = try await ganctl(["plan", "diff", retrain.output, second])
        #expect(kept.output == "no difference\n", "\(kept.output)")
        let report = try retrain.report()
        #expect(
            try report["selret"]["trainedLayers"].elements().map { try $0.string() }
                == ["generator main.16"]
        )
        #expect(try report["selret"]["cycleGradient"].string() == "cut")
    }

    @Test func aPlanIsReplacedOnlyWhenTold() async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder)
        let path = try folder.add("plan.json", Array("mine".utf8))
        let refused = try await ganctl(save(retrain, as: path))
        #expect(refused.status == .exited(78), "\(refused.errors)")
        #expect(refused.errors.contains("there is already \(path)"))
        #expect(try FileBytes.read(path, maximumByteCount: 9) == Array("mine".utf8))
        retrain.further = ["--force"]
        let forced = try await ganctl(save(retrain, as: path))
        #expect(forced.status == .exited(0), "\(forced.errors)")
        #expect(try await ganctl(["plan", "show", path]).status == .exited(0))
        let nowhere = try await ganctl(save(retrain, as: folder.path + "/no/plan.json"))
        #expect(nowhere.status == .exited(74), "\(nowhere.errors)")
    }

    @Test(
        arguments: [
            (nil, 66, "No such file"), ("", 65, "failed to read a plan"),
            ("{}", 65, "format: missing"),
            ("{\"format\": \"gan-accelerator plan 9\"}", 65, "it is not gan-accelerator plan 1"),
        ] as [(String?, Int32, String)]
    )
    func whatIsNoPlanIsNamed(text: String?, status: Int32, words: String) async throws {
        let folder = try TemporaryFolder()
        let retrain = try RetrainArguments(in: folder)
        let path = folder.path + "/plan.json"
        if let text { try folder.add("plan.json", Array(text.utf8)) }
        // A folder stands for the plan in it.
        for command in [
            ["plan", "show", path], ["plan", "show", folder.path], ["plan", "diff", path, path],
            retrain.words + ["--plan", path],
        ] {
            let result = try await ganctl(command)
            #expect(result.status == .exited(status), "\(command): \(result.errors)")
            #expect(result.errors.contains(path), "\(result.errors)")
            #expect(result.errors.lowercased().contains(words.lowercased()), "\(result.errors)")
            #expect(result.output.isEmpty)
        }
        #expect(!exists(retrain.output))
    }

    @Test(arguments: [
        (["--plan", "p.json", "--selret", "all"], "--plan and --selret exclude each other"),
        (["--cycle", "cut"], "--cycle goes with --selret and names"),
        (["--selret", "auto", "--cycle", "own"], "--cycle goes with --selret and names"),
        (["--selret", "generator", "--cycle", "half"], "half"), (["--budget", "0"], "--budget is"),
        (["--budget", "1.1"], "--budget is 1.1"), (["--importance", "beauty"], "beauty"),
    ])
    func optionsThatExcludeEachOther(further: [String], words: String) async throws {
        let folder = try TemporaryFolder()
        let retrain = try RetrainArguments(in: folder)
        let result = try await ganctl(retrain.words + further)
        #expect(result.status == .exited(64), "\(result.errors)")
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(!exists(retrain.output))
    }

    @Test(arguments: [
        (["--selret", "generator.main.99"], "nothing is called generator.main.99"),
        (["--selret", "auto", "--budget", "0.0001"], "does not pay for one layer"),
        (["--selret", ","], "nothing would be retrained"),
    ])
    func selectionsThatCannotBe(further: [String], words: String) async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder)
        retrain.further = further
        let path = folder.path + "/plan.json"
        for command in [retrain.words, save(retrain, as: path)] {
            let result = try await ganctl(command)
            #expect(result.status == .exited(78), "\(result.errors)")
            #expect(result.errors.contains(words), "\(result.errors)")
        }
        #expect(!exists(retrain.output) && !exists(path))
    }

    @Test func aPlanOfAnotherModelIsRefused() async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder)
        let path = folder.path + "/plan.json"
        retrain.further = ["--selret", "generator.main.16"]
        #expect(try await ganctl(save(retrain, as: path)).status == .exited(0))
        retrain.further = ["--plan", path, "--residual-blocks", "2"]
        let result = try await ganctl(retrain.words)
        #expect(result.status == .exited(78), "\(result.errors)")
        #expect(result.errors.contains("has no parameter main.16.weight"), "\(result.errors)")
        #expect(!exists(retrain.output))
    }
}
