import DurableStorage
import TestSupport
import Testing

/// What would mislabel, lose or silently replace something is refused, and nothing is written.
@Suite struct RefusalTests {
    private let table = "file,a,b\n0.png,1,0\n1.png,0,1\n"

    /// A retraining with a table of two attributes.
    private func labelled(in folder: TemporaryFolder, _ text: String) throws -> RetrainArguments {
        var retrain = try RetrainArguments(in: folder)
        retrain.further = ["--labels", try folder.add("labels.csv", Array(text.utf8))]
        return retrain
    }

    @Test(arguments: [("1", "1", 2), ("0", "0", 0)])
    func softmaxTakesExactlyOneAttribute(first: String, second: String, count: Int) async throws {
        let folder = try TemporaryFolder()
        let text = "file,a,b\n0.png,1,0\n1.png,\(first),\(second)\n"
        let retrain = try labelled(in: folder, text)
        let result = try await ganctl(retrain.words + ["--class-loss", "softmax"])
        #expect(result.status == .exited(65), "\(result.errors)")
        #expect(result.errors.contains("1.png: it shows \(count) of the attributes"))
        #expect(!exists(retrain.output))
    }

    @Test func softmaxNeedsLabels() async throws {
        let folder = try TemporaryFolder()
        let retrain = try RetrainArguments(in: folder)
        let result = try await ganctl(retrain.words + ["--class-loss", "softmax"])
        #expect(result.status == .exited(78), "\(result.errors)")
        #expect(result.errors.contains("give --labels"))
        #expect(!exists(retrain.output))
    }

    @Test func aModelKeepsItsSizesAndTheOrderOfItsAttributes() async throws {
        let folder = try TemporaryFolder()
        var retrain = try labelled(in: folder, table)
        #expect(try await ganctl(retrain.words).status == .exited(0))
        retrain.further += ["--model", retrain.output + "/model.safetensors"]
        retrain.output = folder.path + "/second"
        for (further, words) in [
            (["--attributes", "b,a"], "another order; the model's is a,b"),
            (["--generator-channels", "8"], "is 8, but the model has 4"),
            (["--discriminator-channels", "8"], "is 8, but the model has 4"),
        ] {
            let result = try await ganctl(retrain.words + further)
            #expect(result.status == .exited(78), "\(result.errors)")
            #expect(result.errors.contains(words), "\(result.errors)")
            #expect(!exists(retrain.output))
        }
    }

    @Test func picturesAndResultsAreKeptApart() async throws {
        let folder = try TemporaryFolder()
        var retrain = try labelled(in: folder, table)
        #expect(try await ganctl(retrain.words).status == .exited(0))
        let transform = [
            "transform", "--model", retrain.output + "/model.safetensors", "--attributes", "a=on",
        ]
        let before = try TemporaryFolder.names(in: retrain.images)
        let over = try await ganctl(
            transform + [retrain.images, "--output", retrain.images + "/../pictures", "--force"]
        )
        #expect(over.status == .exited(78), "\(over.errors)")
        #expect(over.errors.contains("results do not replace pictures"))
        retrain.output = retrain.images
        let trained = try await ganctl(retrain.words)
        #expect(trained.status == .exited(78), "\(trained.errors)")
        #expect(trained.errors.contains("choose another --output"))
        #expect(try TemporaryFolder.names(in: retrain.images) == before)
    }

    @Test func resultsOfOneNameAreRefusedBeforeAnyIsWritten() async throws {
        let folder = try TemporaryFolder()
        let retrain = try labelled(in: folder, table)
        #expect(try await ganctl(retrain.words).status == .exited(0))
        _ = try folder.addFolder("more")
        let same = try folder.add("more/0.png", PictureFiles.png(side: 40))
        let output = folder.path + "/transformed"
        let result = try await ganctl([
            "transform", "--model", retrain.output + "/model.safetensors", "--attributes", "a=on",
            retrain.images, same, "--output", output,
        ])
        #expect(result.status == .exited(78), "\(result.errors)")
        #expect(result.errors.contains("would both become 0.png"))
        #expect(!exists(output))
    }

    @Test func oneMissingPictureDoesNotStopTheOthers() async throws {
        let folder = try TemporaryFolder()
        let retrain = try labelled(in: folder, table)
        #expect(try await ganctl(retrain.words).status == .exited(0))
        let output = folder.path + "/transformed"
        let result = try await ganctl([
            "transform", "--model", retrain.output + "/model.safetensors", "--attributes", "a=on",
            folder.path + "/missing", retrain.images + "/1.png", "--output", output,
        ])
        #expect(result.status == .exited(66), "\(result.errors)")
        #expect(result.errors.contains("/missing': there is no such file"))
        #expect(try TemporaryFolder.names(in: output) == ["1.png"])
    }

    @Test func aTableDecidesWhatNoChangeNames() async throws {
        let folder = try TemporaryFolder()
        let retrain = try labelled(in: folder, table)
        #expect(try await ganctl(retrain.words).status == .exited(0))
        let transform = ["transform", "--model", retrain.output + "/model.safetensors"]
        func picture(_ name: String, _ further: [String]) async throws -> [UInt8] {
            let output = folder.path + "/" + name
            let result = try await ganctl(
                transform + further + [retrain.images + "/1.png", "--output", output]
            )
            #expect(result.status == .exited(0), "\(result.errors)")
            return try FileBytes.read(output + "/1.png", maximumByteCount: 1 << 20)
        }
        let labels = ["--labels", folder.path + "/labels.csv"]
        let spelled = try await picture("spelled", ["--attributes", "a=off,b=on"])
        #expect(try await picture("table", labels) == spelled)
        let both = try await picture("both", ["--attributes", "a=on,b=on"])
        #expect(try await picture("mixed", labels + ["--attributes", "a=on"]) == both)
        #expect(both != spelled)
    }

    @Test func otherSamplesAreReplacedOnlyWhenTold() async throws {
        let folder = try TemporaryFolder()
        let words = ["samples", "--output", folder.path + "/s", "--size", "64", "--count", "2"]
        for (further, status) in [
            ([], 0), ([], 0), (["--seed", "2"], 78), (["--condition", "hat"], 78),
            (["--seed", "2", "--force"], 0), (["--count", "1", "--seed", "2", "--force"], 78),
        ] as [([String], Int32)] {
            let result = try await ganctl(words + further)
            #expect(result.status == .exited(status), "\(further): \(result.errors)")
        }
    }
}
