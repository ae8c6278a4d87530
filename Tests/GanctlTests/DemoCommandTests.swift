import AcceleratorRuntime
import DurableStorage
import Glibc
import ImageCapture
import ModelGraph
import TestSupport
import Testing

@Suite struct DemoCommandTests {
    /// A model that took moments to make, and a demonstration with it that takes some more.
    private static func words(
        in folder: TemporaryFolder,
        epochs: Int = 1
    ) async throws -> [String] {
        let model = folder.path + "/pretrained/model.safetensors"
        if !exists(model) {
            let pretrained = try await ganctl([
                "pretrain", "--output", folder.path + "/pretrained", "--size", "64",
                "--generator-channels", "2", "--residual-blocks", "0", "--discriminator-channels",
                "2", "--epochs", "1", "--portraits", "2", "--dtype", "bfloat16",
            ])
            try #require(pretrained.status == .exited(0), "\(pretrained.errors)")
        }
        return [
            "demo", "--output", folder.path + "/demo", "--model", model, "--epochs", "\(epochs)",
            "--threads", "2", "--pictures", "2", "--judged", "1",
        ]
    }

    private func json(_ path: String) throws -> JSONField {
        let bytes = try FileBytes.read(path, maximumByteCount: 1 << 22)
        return try JSONField(parsing: bytes, document: path)
    }

    @Test func writesWhatItSays() async throws {
        let folder = try TemporaryFolder()
        let words = try await Self.words(in: folder)
        let result = try await ganctl(words)
        try #require(result.status == .exited(0), "\(result.errors)")
        for text in [
            "user 1 under dim_tint, on emulator", "PSNR, dB", "structural similarity",
            "sliced Wasserstein", "of multiply-accumulates of error and weight gradient",
            "on the chip (profile chip)", "wrote report.html, pictures.png",
        ] {
            #expect(result.output.contains(text), "\(result.output)")
        }
        let output = folder.path + "/demo"
        #expect(
            try TemporaryFolder.names(in: output) == [
                "judged", "model.safetensors", "pictures.png", "plan.json", "report.html",
                "report.json", "user",
            ]
        )
        let report = try json(output + "/report.json")
        #expect(try report["startedFrom"].string().contains("/pretrained/model.safetensors"))
        #expect(try report["training"]["learningRate"].number() == 2e-3)
        let quality = try report["quality"]
        for state in ["before", "plan"] {
            for score in ["psnr", "truthSSIM", "truthSlicedWasserstein"] {
                _ = try quality[state][score].number()
            }
        }
        try await checkPictures(output, report)
        let page = try FileBytes.read(output + "/report.html", maximumByteCount: 1 << 24)
        let text = String(decoding: page, as: UTF8.self)
        #expect(text.contains("<figcaption>truth: the wanted picture</figcaption>"))
        #expect(text.contains("drawn by this program"))
        #expect(text.split(separator: "<figcaption>").count == 1 + 4 * 2)
    }

    /// Pictures judged by are not among those trained on, and both are on disk with labels.
    private func checkPictures(_ output: String, _ report: JSONField) async throws {
        let user = try TemporaryFolder.names(in: output + "/user")
        let judged = try TemporaryFolder.names(in: output + "/judged")
        #expect(user.count == 2 + 1 && judged.count == 1 + 1)
        #expect(Set(user).intersection(judged) == ["labels.csv"])
        let used = try report["images"]["used"].elements().map { try $0.string() }
        #expect(used == (0..<2).map { "shot \($0)" })
        var pictures: Set<[UInt8]> = []
        for (folder, names) in [("user", user), ("judged", judged)] {
            for name in names where name != "labels.csv" {
                let path = "\(output)/\(folder)/\(name)"
                pictures.insert(try RGBImage(contentsOfFile: path, minimumSide: 64).pixels)
            }
        }
        #expect(pictures.count == 2 + 1)
    }

    @Test func comesToTheSameAgainAndKeepsEarlierResults() async throws {
        let folder = try TemporaryFolder()
        let words = try await Self.words(in: folder) + ["--condition", "hat+wide_angle"]
        let first = try await ganctl(words + ["--json"])
        try #require(first.status == .exited(0), "\(first.errors)")
        let report = try JSONField(parsing: Array(first.output.utf8), document: "output")
        let refused = try await ganctl(words)
        #expect(refused.status == .exited(78))
        #expect(refused.errors.contains("--force"))
        let again = try await ganctl(words + ["--force", "--json", "--threads", "1"])
        #expect(again.status == .exited(0), "\(again.errors)")
        let second = try JSONField(parsing: Array(again.output.utf8), document: "output")
        #expect(try report["weightsHash"].string() == second["weightsHash"].string())
        #expect(report.value != second.value)
        let model = try FileBytes.read(
            folder.path + "/demo/model.safetensors",
            maximumByteCount: 1 << 22
        )
        let header = try SafetensorsReader(bytes: model).header
        #expect(header.metadata["weightsHash"] == (try report["weightsHash"].string()))
        #expect(try report["quality"]["accounting"].string().contains("wide_angle"))
    }

    @Test func anInterruptedOneWritesNothing() async throws {
        let folder = try TemporaryFolder()
        let process = try GanctlProcess(try await Self.words(in: folder, epochs: 100_000))
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(100)
        while !process.errors.contains("epoch 1/"), clock.now < deadline {
            try await Task.sleep(for: .milliseconds(4))
        }
        process.send(SIGINT)
        let result = try await process.result()
        #expect(result.status == .exited(130), "\(result.errors)")
        #expect(result.errors.contains("nothing was written"))
        #expect(!exists(folder.path + "/demo"))
    }

    @Test(arguments: [
        (["--condition", "fog"], "choose from none, dim_tint"),
        (["--condition", "+"], "there is no condition ''"), (["--judged", "9"], "--judged is 9"),
        (["--epochs", "0"], "--epochs is 0"), (["--learning-rate", "2"], "--learning-rate is 2"),
        (["--seed", "one"], "one"), (["--device", "usb"], "no device 'usb'"),
    ])
    func refusesWhatMakesNoSense(further: [String], text: String) async throws {
        let folder = try TemporaryFolder()
        let result = try await ganctl(["demo", "--output", folder.path + "/demo"] + further)
        #expect(result.status == .exited(64))
        #expect(result.errors.contains(text), "\(result.errors)")
        #expect(!exists(folder.path + "/demo"))
    }

    @Test func retrainsOnlyModelsOfDrawnPortraits() async throws {
        let folder = try TemporaryFolder()
        let retrain = try RetrainArguments(in: folder)
        try #require(try await ganctl(retrain.words).status == .exited(0))
        let refused = try await ganctl([
            "demo", "--model", retrain.output + "/model.safetensors", "--output",
            folder.path + "/demo",
        ])
        #expect(refused.status == .exited(78))
        #expect(refused.errors.contains("ganctl pretrain"))
    }
}
