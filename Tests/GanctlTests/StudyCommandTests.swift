import AcceleratorRuntime
import DurableStorage
import Glibc
import ModelGraph
import TestSupport
import Testing

@Suite struct StudyCommandTests {
    /// A model, and studies of it that take moments.
    private struct Scene {
        let folder: TemporaryFolder
        var model: String { folder.path + "/pretrained/model.safetensors" }

        init() async throws {
            folder = try TemporaryFolder()
            let result = try await ganctl([
                "pretrain", "--output", folder.path + "/pretrained", "--size", "64",
                "--generator-channels", "2", "--residual-blocks", "0", "--discriminator-channels",
                "2", "--epochs", "1", "--portraits", "2", "--threads", "2",
            ])
            try #require(result.status == .exited(0), "\(result.errors)")
        }

        func words(
            _ output: String,
            ways: String = "none,full,auto=0.9,auto=0.8,last=1,norms",
            _ more: String...
        ) -> [String] {
            [
                "study", "--model", model, "--output", path(output), "--conditions",
                "dim_tint+hat", "--seeds", "4", "--ways", ways, "--pictures", "2", "--judged", "1",
                "--threads", "2",
            ] + ["--epochs", "1"] + more
        }

        func path(_ output: String) -> String { "\(folder.path)/\(output)" }

        func bytes(_ output: String, _ name: String) throws -> [UInt8] {
            try FileBytes.read(path(output) + "/" + name, maximumByteCount: 1 << 24)
        }

        func text(_ output: String, _ name: String = "study.csv") throws -> String {
            String(decoding: try bytes(output, name), as: UTF8.self)
        }

        func table(_ output: String) throws -> StudyTable {
            try StudyTable(parsing: try bytes(output, "study.csv"), document: "study.csv")
        }

        /// The table's text without the one column that differs from run to run.
        func textWithoutWallSeconds(_ output: String) throws -> String {
            let column = try #require(StudyTable.columns.firstIndex(of: "wall_seconds"))
            return try text(output).split(separator: "\n", omittingEmptySubsequences: false)
                .map { line in
                    var fields = line.split(separator: ",", omittingEmptySubsequences: false)
                    if fields.count > column { fields[column] = "" }
                    return fields.joined(separator: ",")
                }.joined(separator: "\n")
        }

        /// A study that has come as far as some rows of another one.
        func copy(_ output: String, to other: String, rowCount: Int) throws {
            #expect(mkdir(path(other), 0o777) == 0)
            let lines = try text(output).split(separator: "\n").prefix(1 + rowCount)
            for (name, text) in [
                ("study.csv", lines.map { $0 + "\n" }.joined()),
                ("study.json", try self.text(output, "study.json")),
            ] {
                try AtomicFile.write(Array(text.utf8), to: path(other) + "/" + name)
            }
        }
    }

    @Test func aStudyHasEveryWayAndTellsItAgainstNoCondition() async throws {
        let scene = try await Scene()
        let studied = try await ganctl(scene.words("study"))
        #expect(studied.status == .exited(0), "\(studied.errors)")
        #expect(
            try TemporaryFolder.names(in: scene.path("study"))
                == ["study.csv", "study.json", "study.md", "study.svg"]
        )
        let rows = try scene.table("study").rows
        try #require(rows.count == 1 + 6)
        #expect(rows[0].key == StudyRow.Key(condition: "none", seed: 4, way: "none"))
        #expect(rows.dropFirst().allSatisfy { $0.key.condition == "dim_tint+hat" })
        for row in rows {
            #expect(row.decibels > 0 && row.decibels < 60)
            switch row.key.way {
            case "none": #expect(row.effort == nil)
            case "full": #expect(row.effort?.savedErrorAndWeightGradient == 0)
            case "last=1": #expect(row.effort?.trained == "generator.main.15")
            case "norms": #expect((row.effort?.savedErrorAndWeightGradient ?? 0) > 0)
            default:
                // One epoch saves less than its probe takes.
                #expect((row.effort?.savedErrorAndWeightGradient ?? 0) < 0)
                #expect(row.effort?.trained.contains("generator.") == true)
            }
        }
        let page = try scene.text("study", "study.md")
        #expect(page.contains("ganctl study --model \(scene.model) --conditions dim_tint+hat"))
        #expect(page.contains("--epochs 1 --profile") && page.hasSuffix("(study.svg)\n"))
        #expect(page.contains(studied.output))
        // Nothing is lost by mistake.
        let refused = try await ganctl(scene.words("study"))
        #expect(refused.status == .exited(78))
        #expect(refused.errors.contains("--resume") && refused.errors.contains("--force"))
    }

    @Test func aProbeServesAllBudgetsAndIsCountedForEach() async throws {
        let scene = try await Scene()
        for (output, ways) in [("both", "auto=0.9,auto=0.8"), ("one", "auto=0.8")] {
            let result = try await ganctl(scene.words(output, ways: ways))
            #expect(result.status == .exited(0), "\(result.errors)")
        }
        let (both, one) = (try scene.table("both").rows, try scene.table("one").rows)
        let (shared, alone) = (try #require(both.last), try #require(one.last))
        #expect(shared.key == alone.key && shared.decibels == alone.decibels)
        let (first, second) = (try #require(shared.effort), try #require(alone.effort))
        #expect(first.chipSeconds == second.chipSeconds && first.trained == second.trained)
        #expect(first.savedTotal == second.savedTotal && first.chipJoules == second.chipJoules)
    }

    @Test func whatWasInterruptedEndsInTheSameTable() async throws {
        let scene = try await Scene()
        let ways = "auto=0.9,auto=0.8,norms"
        let whole = try await ganctl(scene.words("whole", ways: ways))
        #expect(whole.status == .exited(0), "\(whole.errors)")
        let process = try GanctlProcess(scene.words("part", ways: ways))
        while access(scene.path("part") + "/study.csv", F_OK) != 0 {
            try await Task.sleep(for: .milliseconds(2))
        }
        process.send(SIGINT)
        let interrupted = try await process.result()
        // Three retrainings are ahead when the first row is there.
        try #require(interrupted.status == .exited(130), "\(interrupted.errors)")
        #expect(interrupted.errors.contains("--resume"))
        #expect(try scene.table("part").rows.count < 5)
        #expect(try !TemporaryFolder.names(in: scene.path("part")).contains("study.md"))
        let resumed = try await ganctl(scene.words("part", ways: ways, "--resume"))
        #expect(resumed.status == .exited(0), "\(resumed.errors)")
        let expected = try scene.textWithoutWallSeconds("whole")
        #expect(try scene.textWithoutWallSeconds("part") == expected)
        // Between the budgets that share a probe, too.
        try scene.copy("whole", to: "cut", rowCount: 3)
        let between = try await ganctl(scene.words("cut", ways: ways, "--resume"))
        #expect(between.status == .exited(0), "\(between.errors)")
        #expect(try scene.textWithoutWallSeconds("cut") == expected)
    }

    @Test func aStudyGoesOnWithMoreButNotWithOtherSettings() async throws {
        let scene = try await Scene()
        let nothing = try await ganctl(scene.words("study", ways: "norms", "--resume"))
        #expect(nothing.status == .exited(66), "\(nothing.errors)")
        let first = try await ganctl(scene.words("study", ways: "norms"))
        #expect(first.status == .exited(0), "\(first.errors)")
        let rows = try scene.table("study").rows
        for (option, value, text) in [
            ("--epochs", "2", "--epochs (then 1, now 2)"),
            ("--learning-rate", "1e-3", "--learning-rate"),
            ("--profile", "fpga", "--profile (then chip, now fpga)"),
        ] {
            // The later one counts.
            let words = scene.words("study", ways: "norms", "--resume", option, value)
            let refused = try await ganctl(words)
            #expect(refused.status == .exited(78))
            #expect(refused.errors.contains(text), "\(refused.errors)")
        }
        let less = try await ganctl(scene.words("study", ways: "last=1", "--resume"))
        #expect(less.status == .exited(78))
        #expect(less.errors.contains("norms"), "\(less.errors)")
        let more = try await ganctl(scene.words("study", ways: "last=1,norms", "--resume"))
        #expect(more.status == .exited(0), "\(more.errors)")
        let all = try scene.table("study")
        #expect(all.rows.map(\.key.way) == ["none", "none", "last=1", "norms"])
        #expect(rows.allSatisfy { all[$0.key] == $0 })
        // A table that somebody has changed is not gone on with.
        let broken = try scene.text("study").replacing("norms,", with: "norms,1")
        try AtomicFile.write(Array(broken.utf8), to: scene.path("study") + "/study.csv")
        let refused = try await ganctl(scene.words("study", ways: "last=1,norms", "--resume"))
        #expect(refused.status == .exited(65))
        #expect(refused.errors.contains("study.csv: line 5"), "\(refused.errors)")
        let anew = try await ganctl(scene.words("study", ways: "norms", "--force"))
        #expect(anew.status == .exited(0), "\(anew.errors)")
        #expect(try scene.table("study").rows.count == 3)
    }

    @Test(arguments: [
        (["--ways", "half"], "'half' is no way"), (["--ways", "auto=2"], "'auto=2' is no way"),
        (["--conditions", "fog"], "'fog'"), (["--seeds", "one"], "'one' is no seed"),
        (["--seeds", "1,2,01"], "once"), (["--conditions", "hat,hat"], "once"),
        (["--ways", "full,full"], "once"), (["--judged", "0"], "--judged"),
        (["--resume", "--force"], "not both"),
    ])
    func refusesWhatMakesNoSense(words: [String], text: String) async throws {
        let result = try await ganctl(["study", "--model", "m", "--output", "x"] + words)
        #expect(result.status == .exited(64))
        #expect(result.errors.contains(text), "\(result.errors)")
    }

    @Test func studiesOnlyModelsOfTheseAttributes() async throws {
        let folder = try TemporaryFolder()
        let retrain = try RetrainArguments(in: folder)
        let result = try await ganctl(retrain.words)
        #expect(result.status == .exited(0), "\(result.errors)")
        let refused = try await ganctl([
            "study", "--model", retrain.output + "/model.safetensors", "--output",
            folder.path + "/study",
        ])
        #expect(refused.status == .exited(78))
        #expect(refused.errors.contains("ganctl pretrain"))
        #expect(!exists(folder.path + "/study"))
    }
}
