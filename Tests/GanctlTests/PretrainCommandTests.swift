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

    @Test func makesTheSameModelTwice() async throws {
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
        (["pretrain", "--output", "/nowhere/x", "--truth-loss", "cubed"], "--truth-loss"),
        (["pretrain", "--output", "/nowhere/x", "--shares", "1,1"], "--shares"),
        (["pretrain", "--output", "/nowhere/x", "--shares", "0,0,0,0,0"], "--shares"),
        (["pretrain", "--output", "/nowhere/x", "--resume", "--force"], "--resume"),
    ])
    func refusesWhatMakesNoSense(words: [String], text: String) async throws {
        let result = try await ganctl(words)
        #expect(result.status == .exited(64))
        #expect(result.errors.contains(text), "\(result.errors)")
    }
}
