import AcceleratorRuntime
import Glibc
import ImageCapture
import ModelGraph
import TestSupport
import Testing

@Suite struct RetrainCommandTests {
    @Test func retrainsOnSamplesAndTransformsThem() async throws {
        let folder = try TemporaryFolder()
        let samples = folder.path + "/samples"
        let drawn = try await ganctl(
            ["samples", "--output", samples, "--count", "2", "--size", "64"]
        )
        #expect(drawn.status == .exited(0), "\(drawn.errors)")
        let names = try TemporaryFolder.names(in: samples)
        #expect(names == ["labels.csv", "portrait-0001.png", "portrait-0002.png"])

        var retrain = try RetrainArguments(in: folder)
        retrain.images = samples
        retrain.size = 64
        retrain.further = [
            "--labels", samples + "/labels.csv", "--generator-channels", "8",
            "--discriminator-layers", "4", "--json",
        ]
        let result = try await ganctl(retrain.words)
        #expect(result.status == .exited(0), "\(result.errors)")
        let written = try TemporaryFolder.names(in: retrain.output)
        #expect(
            written == [
                "before-after.png", "model.safetensors", "plan.json", "report.html", "report.json",
            ]
        )
        let report = try retrain.report()
        let printed = try JSONField(parsing: Array(result.output.utf8), document: "output")
        #expect(printed.value == report.value)
        try check(report)

        let model = try retrain.model()
        #expect(model.weightsHash == (try report["weightsHash"].string()))
        #expect(model.configuration.imageSize == 64)
        #expect(model.configuration.generatorChannels == 8)
        #expect(model.configuration.discriminatorLayers == 4)
        let attributes = try report["model"]["attributes"].elements().map { try $0.string() }
        #expect(model.attributes == attributes)
        let sheet = try RGBImage(contentsOfFile: retrain.output + "/before-after.png")
        #expect(sheet.width > 64 * 5 && sheet.height > 64 * 2)

        try await transform(samples, retrain, on: attributes[0], in: folder)
    }

    private func check(_ report: JSONField) throws {
        #expect(try report["schema"].integer() == 2)
        #expect(try report["device"].string() == "emulator")
        #expect(try report["weightsHash"].string().count == 64)
        #expect(try report["steps"].integer() == 2)
        #expect(try report["wallSeconds"].number() > 0)
        #expect(try report["images"]["used"].elements().count == 2)
        #expect(try report["images"]["skipped"].elements().isEmpty)
        #expect(try report["startedFrom"].string().contains("random weights"))
        let losses = try report["losses"].members()
        #expect(
            losses.map(\.key) == [
                "discriminator_class", "discriminator_fake", "discriminator_real",
                "generator_adversarial", "generator_class", "reconstruction",
            ]
        )
        for (_, means) in losses { #expect(try means.elements().count == 1) }
        for stage in ["forward", "error", "weightGradient", "update"] {
            let byteCount = try report["traffic"]["bytes"][stage].integer()
            var sum = 0
            for (_, kind) in try report["traffic"]["bytesByKind"][stage].members() {
                sum += try kind["read"].integer() + kind["written"].integer()
            }
            #expect(byteCount > 0 && byteCount == sum, "\(stage)")
        }
        for stage in ["forward", "error", "weightGradient"] {
            #expect(try report["computation"]["macs"][stage].integer() > 0, "\(stage)")
        }
    }

    private func transform(
        _ samples: String,
        _ retrain: RetrainArguments,
        on attribute: String,
        in folder: TemporaryFolder
    ) async throws {
        let output = folder.path + "/transformed"
        let words = [
            "transform", "--model", retrain.output + "/model.safetensors", "--attributes",
            "\(attribute)=on", samples, "--output", output,
        ]
        let result = try await ganctl(words)
        #expect(result.status == .exited(0), "\(result.errors)")
        let names = ["portrait-0001.png", "portrait-0002.png"]
        #expect(try TemporaryFolder.names(in: output) == names)
        let picture = try RGBImage(contentsOfFile: output + "/" + names[0])
        #expect(picture.width == 64 && picture.height == 64)
        let again = try await ganctl(words)
        #expect(again.status == .exited(78), "\(again.errors)")
        #expect(again.errors.contains("--force"))
        let forced = try await ganctl(words + ["--force"])
        #expect(forced.status == .exited(0), "\(forced.errors)")
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
    func goesOnWhereItWasStopped(signal: Int32) async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder, epochs: 60)
        retrain.further = ["--seed", "12345678901234567890"]
        let model = retrain.output + "/model.safetensors"
        let checkpoint = retrain.output + "/checkpoint.safetensors"

        let stopped = try stop(retrain, by: signal)
        let result = try await stopped.result()
        let status = signal == SIGKILL ? ProcessEnding.killed(SIGKILL) : .exited(130)
        #expect(result.status == status, "\(result.errors)")
        #expect(exists(checkpoint) && !exists(model))
        #expect(!exists(retrain.output + "/report.json"))
        if signal != SIGKILL { #expect(result.errors.contains("--resume")) }

        let refused = try await ganctl(retrain.words)
        #expect(refused.status == .exited(78), "\(refused.errors)")
        #expect(refused.errors.contains("an unfinished retraining; go on with --resume"))
        let differing = try await ganctl(retrain.words + ["--resume", "--seed", "3"])
        #expect(differing.status == .exited(78), "\(differing.errors)")
        #expect(differing.errors.contains("--seed was 12345678901234567890, now 3"))

        // Neither threads nor kernels are part of the result.
        let resumed = try await ganctl(
            retrain.words + ["--threads", "1", "--kernels", "generic", "--resume"]
        )
        #expect(resumed.status == .exited(0), "\(resumed.errors)")
        #expect(exists(model) && !exists(checkpoint))
        let report = try retrain.report()
        #expect(try report["resumeCount"].integer() == 1)

        retrain.output = folder.path + "/whole"
        let whole = try await ganctl(retrain.words)
        #expect(whole.status == .exited(0), "\(whole.errors)")
        let wanted = try retrain.report()
        for key in ["weightsHash", "losses", "steps", "traffic", "computation", "images"] {
            #expect(try report[key].value == wanted[key].value, "\(key)")
        }
    }

    /// Starts a retraining and stops it as soon as it has begun to train.
    ///
    /// Nothing here is asynchronous: other tests must not come between the two.
    private func stop(_ retrain: RetrainArguments, by signal: Int32) throws -> GanctlProcess {
        let process = try GanctlProcess(retrain.words)
        for _ in 0..<60_000 where !exists(retrain.output + "/checkpoint.safetensors") {
            usleep(1000)
        }
        // A few steps more.
        usleep(30_000)
        process.send(signal)
        return process
    }

    @Test func replacesAnEarlierResultOnlyWhenTold() async throws {
        let folder = try TemporaryFolder()
        let retrain = try RetrainArguments(in: folder)
        #expect(try await ganctl(retrain.words).status == .exited(0))
        let first = try retrain.report()["weightsHash"].string()
        let refused = try await ganctl(retrain.words)
        #expect(refused.status == .exited(78), "\(refused.errors)")
        #expect(refused.errors.contains("an earlier result; choose another --output"))
        let forced = try await ganctl(retrain.words + ["--force", "--seed", "2"])
        #expect(forced.status == .exited(0), "\(forced.errors)")
        #expect(try retrain.report()["weightsHash"].string() != first)
    }

    @Test func startsFromAModel() async throws {
        let folder = try TemporaryFolder()
        var retrain = try RetrainArguments(in: folder)
        #expect(try await ganctl(retrain.words).status == .exited(0))
        let hash = try retrain.report()["weightsHash"].string()
        let model = retrain.output + "/model.safetensors"
        retrain.output = folder.path + "/second"
        retrain.further = ["--model", model, "--learning-rate", "0"]
        let result = try await ganctl(retrain.words)
        #expect(result.status == .exited(0), "\(result.errors)")
        // Nothing was learnt, so the weights are those of the model.
        #expect(try retrain.report()["weightsHash"].string() == hash)
        #expect(try retrain.report()["startedFrom"].string().contains(hash))
        #expect(result.output.contains(model))
    }

    @Test func goesOnWithoutWhatIsNoPicture() async throws {
        let folder = try TemporaryFolder()
        let retrain = try RetrainArguments(in: folder)
        try folder.add("pictures/bad.png", Array("no picture".utf8))
        try folder.add("pictures/cut.jpg", PictureFiles.truncatedJPEG())
        try folder.add("pictures/notes.txt", Array("notes".utf8))
        let result = try await ganctl(retrain.words)
        #expect(result.status == .exited(0), "\(result.errors)")
        let skipped = try retrain.report()["images"]["skipped"].elements()
        #expect(try skipped.map { try $0["name"].string() } == ["bad.png", "cut.jpg"])
        for name in ["bad.png", "cut.jpg"] {
            #expect(result.errors.contains("ganctl: skipped: failed to decode"))
            #expect(result.errors.contains("/\(name)'"))
        }
        #expect(!result.errors.contains("notes.txt"))
        #expect(try retrain.report()["images"]["used"].elements().count == 2)
    }
}
