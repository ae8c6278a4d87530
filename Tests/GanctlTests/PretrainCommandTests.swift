import AcceleratorRuntime
import DurableStorage
import Glibc
import ModelGraph
import TestSupport
import Testing

@Suite struct PretrainCommandTests {
    /// A pretraining that takes moments, into a folder.
    private static func words(_ output: String, portraits: Int = 2) -> [String] {
        [
            "pretrain", "--output", output, "--size", "64", "--generator-channels", "2",
            "--residual-blocks", "0", "--discriminator-channels", "2", "--epochs", "2",
            "--portraits", "\(portraits)", "--threads", "2",
        ]
    }

    @Test func makesAModelThatAStudyRetrains() async throws {
        let folder = try TemporaryFolder()
        let pretrained = folder.path + "/pretrained"
        let result = try await ganctl(Self.words(pretrained))
        #expect(result.status == .exited(0), "\(result.errors)")
        let names = try TemporaryFolder.names(in: pretrained)
        #expect(names == ["model.safetensors", "report.json"])
        let report = try JSONField(
            parsing: FileBytes.read(pretrained + "/report.json", maximumByteCount: 1 << 20),
            document: "report"
        )
        #expect(try report["steps"].integer() == 4)
        #expect(try report["losses"]["truth"].elements().count == 2)
        let again = try await ganctl(Self.words(folder.path + "/again"))
        #expect(again.status == .exited(0))
        #expect(again.output.split(separator: " ").last == result.output.split(separator: " ").last)

        let study = folder.path + "/study"
        let words = [
            "study", "--model", pretrained + "/model.safetensors", "--output", study,
            "--conditions", "dim_tint+hat", "--seeds", "4", "--ways",
            "none,full,auto=0.9,last=1,norms", "--pictures",
            "2", "--judged", "1", "--epochs", "1",
        ]
        let studied = try await ganctl(words)
        #expect(studied.status == .exited(0), "\(studied.errors)")
        try checkTable(study + "/study.csv")
        let refused = try await ganctl(words)
        #expect(refused.status == .exited(78))
        #expect(refused.errors.contains("--force"))
    }

    private func checkTable(_ path: String) throws {
        let bytes = try FileBytes.read(path, maximumByteCount: 1 << 20)
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        #expect(lines.count == 1 + 5)
        let columns = Dictionary(uniqueKeysWithValues: zip(lines[0], lines[0].indices))
        let psnr = try #require(columns["psnr_db"])
        let saved = try #require(columns["saved_error_and_weight_gradient"])
        let trained = try #require(columns["trained"])
        for line in lines.dropFirst() {
            #expect(line.count == lines[0].count)
            let decibels = try #require(Double(line[psnr]))
            #expect(decibels > 0 && decibels < 60)
            switch line[2] {
            case "none": #expect(line[saved].isEmpty && line[trained].isEmpty)
            case "full": #expect(Double(line[saved]) == 0)
            case "last=1": #expect(line[trained] == "generator.main.15")
            default: #expect((Double(line[saved]) ?? 0) > 0)
            }
        }
        #expect(lines.dropFirst().allSatisfy { $0[0] == "dim_tint+hat" })
    }

    @Test func goesOnWhereItWasInterrupted() async throws {
        let folder = try TemporaryFolder()
        let whole = folder.path + "/whole"
        let result = try await ganctl(Self.words(whole, portraits: 16))
        #expect(result.status == .exited(0), "\(result.errors)")
        let output = folder.path + "/output"
        let process = try GanctlProcess(Self.words(output, portraits: 16))
        while access(output + "/checkpoint.safetensors", F_OK) != 0 {
            try await Task.sleep(for: .milliseconds(2))
        }
        process.send(SIGINT)
        let interrupted = try await process.result()
        // Some hundred portraits a second are not to be had: the signal comes before the end.
        try #require(interrupted.status == .exited(130), "\(interrupted.errors)")
        #expect(interrupted.errors.contains("--resume"))
        let resumed = try await ganctl(Self.words(output, portraits: 16) + ["--resume"])
        #expect(resumed.status == .exited(0), "\(resumed.errors)")
        #expect(
            resumed.output.split(separator: " ").last == result.output.split(separator: " ").last
        )
    }

    @Test(arguments: [
        (["pretrain", "--output", "/nowhere/x", "--portraits", "0"], "--portraits"),
        (["pretrain", "--output", "/nowhere/x", "--truth-weight", "0"], "--truth-weight"),
        (["pretrain", "--output", "/nowhere/x", "--resume", "--force"], "--resume"),
        (["study", "--model", "m", "--output", "x", "--ways", "half"], "'half' is no way"),
        (["study", "--model", "m", "--output", "x", "--ways", "auto=2"], "'auto=2' is no way"),
        (["study", "--model", "m", "--output", "x", "--conditions", "fog"], "'fog'"),
        (["study", "--model", "m", "--output", "x", "--seeds", "one"], "'one' is no seed"),
        (["study", "--model", "m", "--output", "x", "--judged", "0"], "--judged"),
    ])
    func refusesWhatMakesNoSense(words: [String], text: String) async throws {
        let result = try await ganctl(words)
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
    }
}
