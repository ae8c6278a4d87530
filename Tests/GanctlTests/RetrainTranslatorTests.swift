import AcceleratorRuntime
import Glibc
import ModelGraph
import TestSupport
import Testing

@Suite struct RetrainTranslatorTests {
    private func succeed(_ scene: TranslatorFiles, _ words: [String]) async throws -> GanctlResult {
        let result = try await scene.ganctl(words)
        try #require(result.status == .exited(0), "\(words): \(result.errors)")
        return result
    }

    // Into the store, through a training that moves nothing, back into the store, out again.
    @Test(arguments: TranslatorKind.allCases)
    func aTrainingAtRateZeroGivesTheSameBytes(kind: TranslatorKind) async throws {
        let scene = try TranslatorFiles()
        let parts = try kind == .cycleGAN ? scene.addCycleGAN() : scene.addPix2Pix()
        _ = try await succeed(
            scene,
            ["model", "import"] + parts.map(\.path) + ["--name", "mine"]
        )
        let trained = try await succeed(
            scene,
            scene.words(model: "mine", ["--learning-rate", "0"])
        )
        #expect(trained.output.contains("no network was fresh"), "\(trained.output)")
        // The store knows a model by the bytes of its files: these are the parent's, every one.
        let parent = try scene.files.store.find("mine")
        let known = try await succeed(scene, ["model", "import", scene.output, "--name", "child"])
        #expect(known.output.contains("the store has these weights already, as mine"))
        #expect(known.output.contains(parent.id), "\(known.output)")
        for (label, path) in parts {
            let again = scene.files.folder.path + "/again-\(label).pth"
            _ = try await succeed(
                scene,
                ["model", "export", parent.id, again, "--part", label]
            )
            #expect(
                ModelFiles.areSame(try scene.files.read(again), try scene.files.read(path)),
                "\(label)"
            )
        }
    }

    @Test func aFreshDiscriminatorIsWarmedUpAndBecomesAPartOfItsOwn() async throws {
        let scene = try TranslatorFiles()
        let parts = try scene.addCycleGAN(without: ["D_B"])
        _ = try await succeed(
            scene,
            ["model", "import"] + parts.map(\.path) + ["--name", "mine"]
        )
        let words = scene.words(model: "mine", ["--warm-up", "3", "--pool", "1"])
        let trained = try await succeed(scene, words)
        #expect(
            trained.output.contains("discriminator b: fresh, warmed up over 3 steps"),
            "\(trained.output)"
        )
        let report = try scene.report()
        #expect(try report["device"].string() == "emulator")
        #expect(try report["fresh"].elements().map { try $0.string() } == ["discriminator_b"])
        #expect(try report["training"]["warmUpSteps"].integer() == 3)
        for part in [report, try report["warmUp"]] {
            #expect(try part["computation"]["macs"]["weightGradient"].integer() > 0)
            #expect(try part["traffic"]["bytes"]["forward"].integer() > 0)
        }
        #expect(try report["weightsHash"].string().count == 64)
        for name in ["model.safetensors", "report.html", "before-after.png"] {
            #expect(exists(scene.output + "/" + name), "\(name)")
        }
        #expect(!exists(scene.output + "/checkpoint.safetensors"))
        let shown = try await succeed(scene, ["report", scene.output])
        #expect(shown.output.contains("trained a CycleGAN on emulator"), "\(shown.output)")
        _ = try await succeed(scene, ["model", "import", scene.output, "--name", "child"])
        let child = try scene.files.store.find("child")
        #expect(child.parts.map(\.label) == ["G_A", "G_B", "D_A", "D_B"])
        #expect(child.pictureDigest?.count == 64)
    }

    @Test func pairsGoByTheirNamesAndFilesMayBeGivenAsTheyAre() async throws {
        let scene = try TranslatorFiles()
        try scene.files.folder.add("a/alone.png", PictureFiles.png(side: 40))
        let generator = try scene.add("some.pth", TranslatorFiles.generator())
        let trained = try await succeed(
            scene,
            scene.words(model: "G=\(generator)", ["--json", "--warm-up", "0"])
        )
        #expect(trained.errors.contains("no picture of that name in b"), "\(trained.errors)")
        let root = try JSONField(parsing: Array(trained.output.utf8), document: "output")
        #expect(try root["model"]["family"].string() == "pix2pix")
        #expect(
            try root["images"]["used"].elements().map { try $0.string() }
                == ["a/0.png", "a/1.png", "b/0.png", "b/1.png"]
        )
        #expect(try root["parent"].value == .null)
        #expect(try root["training"]["steps"].integer() == 2)
    }

    @Test func goesOnWhereItWasStopped() async throws {
        let scene = try TranslatorFiles()
        let model = try scene.addCycleGAN(without: ["D_A"]).map { "\($0.label)=\($0.path)" }
            .joined(separator: ",")
        let words = scene.words(model: model, ["--epochs", "8", "--pool", "2"])
        let process = try GanctlProcess(words)
        for _ in 0..<60_000 where !exists(scene.output + "/checkpoint.safetensors") {
            usleep(1000)
        }
        process.send(SIGINT)
        let stopped = try await process.result()
        #expect(stopped.status == .exited(130), "\(stopped.errors)")
        let differing = try await scene.ganctl(words + ["--resume", "--pool", "3"])
        #expect(differing.status == .exited(78), "\(differing.errors)")
        #expect(differing.errors.contains("--pool was 2, now 3"), "\(differing.errors)")
        _ = try await succeed(scene, words + ["--resume", "--threads", "1"])
        let resumed = try scene.report()
        #expect(try resumed["resumeCount"].integer() == 1)
        _ = try await succeed(scene, words + ["--force"])
        let whole = try scene.report()
        for key in ["weightsHash", "losses", "traffic", "computation", "warmUp", "images"] {
            #expect(try resumed[key].value == whole[key].value, "\(key)")
        }
    }
}
