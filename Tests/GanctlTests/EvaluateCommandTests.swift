import DurableStorage
import ModelGraph
import TestSupport
import Testing

@Suite struct EvaluateCommandTests {
    @Test func judgesAModelByTheTruth() async throws {
        let folder = try TemporaryFolder()
        let model = folder.path + "/model"
        let made = try await ganctl([
            "pretrain", "--output", model, "--size", "64", "--generator-channels", "2",
            "--residual-blocks", "0", "--discriminator-channels", "2", "--epochs", "1",
            "--portraits", "2",
        ])
        #expect(made.status == .exited(0), "\(made.errors)")
        let words = [
            "evaluate", "--model", model + "/model.safetensors", "--portraits", "3",
            "--condition", "dim_tint",
        ]
        let result = try await ganctl(words + ["--output", folder.path + "/scores", "--json"])
        #expect(result.status == .exited(0), "\(result.errors)")
        let bytes = try FileBytes.read(
            folder.path + "/scores/evaluation.json",
            maximumByteCount: 1 << 20
        )
        #expect(String(decoding: bytes, as: UTF8.self) + "\n" == result.output)
        let scores = try JSONField(parsing: bytes, document: "scores")
        #expect(try scores["device"].string() == "emulator")
        #expect(try scores["total"]["count"].integer() == 15)
        #expect(try scores["attributes"].elements().count == 10)
        let decibels = try scores["total"]["psnrDecibels"].number()
        #expect(decibels > 0 && decibels < 40)
        let text = try await ganctl(words)
        #expect(text.output.contains("under dim_tint"))
        #expect(text.output.contains("smile"))
    }

    @Test(arguments: [
        (["--portraits", "0"], "--portraits is 0"),
        (["--condition", "fog"], "there is no condition 'fog'"),
    ])
    func refusesWhatMakesNoSense(words: [String], text: String) async throws {
        let result = try await ganctl(["evaluate", "--model", "m"] + words)
        #expect(result.status == .exited(64))
        #expect(result.errors.contains(text), "\(result.errors)")
    }
}
