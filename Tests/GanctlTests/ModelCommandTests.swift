import AcceleratorRuntime
import DurableStorage
import Glibc
import ModelGraph
import TestSupport
import Testing

/// Users' own models: into the store, shown, compared, retrained, and out again.
@Suite struct ModelCommandTests {
    private func run(
        _ files: ModelFiles,
        _ words: [String],
        _ status: Int32 = 0
    ) async throws -> GanctlResult {
        let result = try await files.ganctl(["model"] + words)
        #expect(result.status == .exited(status), "\(words) \(result.errors)")
        return result
    }

    @Test func whatIsImportedIsExportedTheSame() async throws {
        let files = try ModelFiles()
        let original = try ModelFiles.generator()
        let imported = try await run(files, ["import", files.addGenerator()])
        #expect(imported.output.contains("imported celeb: stargan"), "\(imported.output)")
        let again = try await run(files, ["import", files.folder.path + "/celeb.pth"])
        #expect(again.output.contains("already, as celeb"), "\(again.output)")
        let path = files.folder.path + "/out.pth"
        _ = try await run(files, ["export", "celeb", path])
        #expect(ModelFiles.areSame(try files.read(path), original))
        let other = files.folder.path + "/out.safetensors"
        _ = try await run(files, ["export", "celeb", other])
        let joined = try files.read(other)
        #expect(joined.tensors.map(\.name) == original.tensors.map(\.name))
        #expect(joined.tensors.map(\.contiguousBytes) == original.tensors.map(\.contiguousBytes))
        let taken = try await run(files, ["export", "celeb", path], 78)
        #expect(taken.errors.contains("--force"))
        #expect(try await run(files, ["export", "celeb", "x.bin"], 64).errors.contains("x.bin"))
        #expect(try await run(files, ["export", "nobody", "x.pth"], 66).errors.contains("nobody"))
    }

    @Test func aModelIsShownUnitByUnit() async throws {
        let files = try ModelFiles()
        _ = try await run(files, ["import", files.addGenerator(), "--attributes", "smile"])
        let shown = try await run(files, ["show", "celeb", "--size", "64"])
        for words in [
            "stargan generator", "64 x 64", "attributes smile", "4 x 4 transposed", "tanh",
            "instance, affine", "main.9.main.3", "3x64x64", "total",
        ] {
            #expect(shown.output.contains(words), "\(words) \(shown.output)")
        }
        let json = try await run(files, ["show", files.folder.path + "/celeb.pth", "--json"])
        let root = try JSONField(parsing: Array(json.output.utf8), document: "output")
        let network = try root["networks"].elements()[0]
        let graph = try ModelFiles.configuration().generator()
        #expect(try network["parameters"].integer() == graph.parameterElementCount)
        #expect(try network["bytes"].integer() == 2 * graph.parameterElementCount)
        #expect(try network["units"].elements().count == graph.units.count)
    }

    @Test func severalFilesAreOneModel() async throws {
        let files = try ModelFiles()
        let g = try files.addGenerator("200000-G.ckpt")
        let d = try files.folder.add(
            "200000-D.ckpt",
            try ModelFiles.discriminator().encoded(as: .pytorch)
        )
        _ = try await run(files, ["import", g, d, "--name", "pair"])
        let shown = try await run(files, ["show", "pair"])
        #expect(shown.output.contains("stargan discriminator"), "\(shown.output)")
        let path = files.folder.path + "/d.pth"
        _ = try await run(files, ["export", "pair", path, "--part", "discriminator"])
        #expect(ModelFiles.areSame(try files.read(path), try ModelFiles.discriminator()))
        let twice = try await run(files, ["import", g, g], 78)
        #expect(twice.errors.contains("two files are called 'generator'"), "\(twice.errors)")
    }

    @Test func rollbackIsOneCommand() async throws {
        let files = try ModelFiles()
        for (name, seed) in [("first", 1), ("second", 2)] as [(String, UInt64)] {
            _ = try await run(files, ["import", files.addGenerator("\(name).pth", seed: seed)])
        }
        #expect(try await run(files, ["rollback"], 66).errors.contains("no model was active"))
        _ = try await run(files, ["activate", "first"])
        _ = try await run(files, ["activate", "second"])
        #expect(try await run(files, ["list"]).output.contains("*  second"))
        #expect(try await run(files, ["rollback"]).output.contains("active: first"))
        #expect(try await run(files, ["remove", "first"], 78).errors.contains("--force"))
        _ = try await run(files, ["remove", "second"])
        let list = try await run(files, ["list", "--json"])
        let root = try JSONField(parsing: Array(list.output.utf8), document: "output")
        let models = try root["models"].elements()
        #expect(models.count == 1)
        #expect(try root["active"].string() == models[0]["id"].string())
        let blobs = try TemporaryFolder.names(in: files.store.path + "/blobs")
        #expect(blobs.count == 1)
        _ = try await run(files, ["remove", "active", "--force"])
        #expect(try await run(files, ["list"]).output.hasPrefix("no models"))
    }

    @Test func differencesAreSaidTensorByTensor() async throws {
        let files = try ModelFiles()
        let first = try files.addGenerator()
        let same = try await run(files, ["diff", first, first])
        #expect(same.output == "no difference\n")
        let second = try files.addGenerator("other.pth", seed: 2)
        let json = try await run(files, ["diff", first, second, "--json"])
        let root = try JSONField(parsing: Array(json.output.utf8), document: "output")
        #expect(try root["differs"].bool())
        let row = try root["tensors"].elements()[0]
        #expect(try row["change"].string() == "values")
        #expect(try row["relative"].number() > 0.5)
    }

    @Test func aFolderOfTheSameNameHidesNoModel() async throws {
        // The tests run where the package is.
        try #require(access("Sources", F_OK) == 0)
        let files = try ModelFiles()
        _ = try await run(files, ["import", files.addGenerator(), "--name", "Sources"])
        let shown = try await run(files, ["show", "Sources"])
        #expect(shown.output.contains("stargan generator"), "\(shown.output)")
    }

    @Test func aRetrainingAtRateZeroGivesTheSameBytes() async throws {
        let files = try ModelFiles()
        _ = try await run(files, ["import", files.addGenerator()])
        var retrain = try RetrainArguments(in: files.folder)
        retrain.further = ["--model", "celeb", "--learning-rate", "0"]
        let trained = try await files.ganctl(retrain.words)
        try #require(trained.status == .exited(0), "\(trained.errors)")
        let imported = try await run(
            files,
            ["import", retrain.output, "--name", "child", "--json"]
        )
        let child = try JSONField(parsing: Array(imported.output.utf8), document: "output")
        #expect(try child["parent"].string() == files.store.find("celeb").id)
        #expect(try child["pictureDigest"].string().count == 64)
        let reported = try files.store.blob(child["report"].string(), of: files.store.find("child"))
        #expect(
            try reported
                == FileBytes.read(retrain.output + "/report.json", maximumByteCount: 1 << 24)
        )
        let path = files.folder.path + "/again.pth"
        for part in ["generator", "celeb.pth"] {
            _ = try await run(files, ["export", "child", path, "--part", part, "--force"])
            #expect(ModelFiles.areSame(try files.read(path), try ModelFiles.generator()))
        }
        let refused = try await run(files, ["export", "child", "x.pth", "--part", "G"], 78)
        #expect(
            refused.errors.contains("none called 'G', but generator, discriminator"),
            "\(refused.errors)"
        )
        let removal = try await run(files, ["remove", "celeb"], 78)
        #expect(removal.errors.contains("child descends from it"), "\(removal.errors)")
    }

    @Test func aDamagedStoreIsReportedNotTrusted() async throws {
        let files = try ModelFiles()
        _ = try await run(files, ["import", files.addGenerator()])
        let model = try files.store.find("celeb")
        let blob = files.store.path + "/blobs/" + model.parts[0].blob
        var bytes = try FileBytes.read(blob, maximumByteCount: 1 << 24)
        bytes[bytes.count / 2] ^= 1
        try AtomicFile.write(bytes, to: blob)
        for words in [["activate", "celeb"], ["show", "celeb"], ["export", "celeb", "x.pth"]] {
            #expect(try await run(files, words, 65).errors.contains("is damaged"))
        }
        try AtomicFile.write(Array(bytes.dropLast()), to: blob)
        let list = try await run(files, ["list"], 65)
        #expect(list.errors.contains("damaged: "), "\(list.errors)")
        let entry = files.store.path + "/entries/\(model.id).json"
        try AtomicFile.write(Array("{}".utf8), to: entry)
        #expect(try await run(files, ["list"], 65).errors.contains(entry))
    }

    @Test func programsThatRunAtOnceLoseNothing() async throws {
        let files = try ModelFiles()
        for seed in 1...2 as ClosedRange<UInt64> {
            _ = try await run(files, ["import", files.addGenerator("old\(seed).pth", seed: seed)])
        }
        var commands = [["remove", "old1"], ["remove", "old2"]]
        for seed in 3...6 as ClosedRange<UInt64> {
            let path = try files.addGenerator("new\(seed).pth", seed: seed)
            commands.append(["import", path])
        }
        let programs = try commands.map { try files.start(["model"] + $0) }
        for program in programs {
            let result = try await program.result()
            #expect(result.status == .exited(0), "\(result.errors)")
        }
        let (models, damages) = try files.store.list()
        #expect(models.map(\.name).sorted() == ["new3", "new4", "new5", "new6"])
        #expect(damages.isEmpty)
        #expect(try TemporaryFolder.names(in: files.store.path + "/blobs").count == 4)
    }
}
