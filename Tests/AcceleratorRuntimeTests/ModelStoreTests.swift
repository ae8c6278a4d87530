import AcceleratorRuntime
import Glibc
import ModelGraph
import TestSupport
import Testing

/// What a store keeps, and what is left of it after failures, damages and removals.
@Suite struct ModelStoreTests {
    private let folder: TemporaryFolder
    private let scene: StoreScene
    private var store: ModelStore { scene.store }

    init() throws {
        folder = try TemporaryFolder()
        scene = StoreScene(in: folder)
    }

    private func expectFailure(
        _ words: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws -> Void
    ) {
        let error = #expect(throws: RetrainingError.self, sourceLocation: sourceLocation) {
            try body()
        }
        #expect(
            error.map { "\($0)" }?.contains(words) == true,
            "\(error as Any)",
            sourceLocation: sourceLocation
        )
    }

    // MARK: Contents

    @Test func theSameWeightsAreStoredOnce() throws {
        let first = try store.add(StoreScene.addition("first", seed: 1))
        #expect(!first.wasThere)
        let again = try store.add(StoreScene.addition("other", seed: 1, attributes: ["smile"]))
        #expect(again.wasThere && again.model == first.model)
        #expect(try scene.names == ["first"])
        let blob = first.model.parts[0].blob
        #expect(try scene.files("blobs") == [blob])
        #expect(try store.blob(blob, of: first.model) == StoreScene.network(1))
        expectFailure("the name first is taken") {
            _ = try store.add(StoreScene.addition("first", seed: 2))
        }
        #expect(try scene.files("blobs") == [blob])
    }

    @Test func modelsShareTheirPartsUntilTheLastOneGoes() throws {
        let alone = try scene.add("alone", seed: 1)
        let pair = try ModelImport(
            [
                .init(label: "generator", name: "G.pth", bytes: StoreScene.network(1)),
                .init(
                    label: "discriminator",
                    name: "D.pth",
                    bytes: StoreScene.network(2, isDiscriminator: true)
                ),
            ],
            .init(name: "pair")
        )
        let added = try store.add(pair.addition).model
        #expect(added.id != alone.id)
        #expect(try scene.files("blobs").count == 2)
        _ = try store.remove("alone", force: false)
        #expect(try store.load(added).tensors.contains { $0.name == "generator.main.0.weight" })
        _ = try store.remove("pair", force: false)
        #expect(try scene.files("blobs") == [])
        #expect(try scene.files("entries") == [])
    }

    // MARK: Failures in between

    /// The disk is full for the entry, but was not for the blobs: a limit on file sizes does it.
    @Test func aFailureBetweenBlobAndEntryLeavesAUsableStore() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let scene = StoreScene(in: folder)
            try scene.add("first", seed: 1)
            let words = (0..<20_000).map { "attribute\($0)" }
            let addition = try StoreScene.addition("second", seed: 2, attributes: words)
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit()
            let sizes = __rlimit_resource_t(1)
            try #require(getrlimit(sizes, &limit) == 0)
            let before = limit
            limit.rlim_cur = 100_000
            try #require(setrlimit(sizes, &limit) == 0)
            do throws(RetrainingError) {
                _ = try scene.store.add(addition)
                exit(2)
            } catch {
                guard case .fileSystem(let text) = error, text.contains("file too large") else {
                    exit(3)
                }
            }
            let (models, damages) = try scene.store.list()
            guard models.map(\.name) == ["first"], damages.isEmpty else { exit(4) }
            guard try scene.files("blobs").count == 2 else { exit(5) }
            guard try scene.files("entries").count == 1 else { exit(6) }
            _ = try scene.store.load(models[0])
            limit = before
            try #require(setrlimit(sizes, &limit) == 0)
            guard try !scene.store.add(addition).wasThere else { exit(7) }
            guard try scene.names == ["first", "second"] else { exit(8) }
            _ = try scene.store.remove("second", force: false)
            guard try scene.files("blobs").count == 1 else { exit(9) }
        }
    }

    @Test func whatStandsInTheWayOfAnEntryIsListedAndTheRestWorks() throws {
        try scene.add("first", seed: 1)
        let addition = try StoreScene.addition("second", seed: 2)
        let entry = "store/entries/\(addition.model.id).json"
        try folder.addFolder(entry)
        expectFailure("there is a folder of that name") { _ = try store.add(addition) }
        let (models, damages) = try store.list()
        #expect(models.map(\.name) == ["first"])
        #expect(damages.map(\.file) == [folder.path + "/" + entry])
        _ = try store.activate("first")
        rmdir(folder.path + "/" + entry)
        #expect(try !store.add(addition).wasThere)
        #expect(try scene.names == ["first", "second"])
    }

    // MARK: Damages

    @Test func aDamagedBlobIsRefusedAndImportedAgainAfterRemoval() throws {
        try scene.add("good", seed: 1)
        let bad = try scene.add("bad", seed: 2)
        let blob = "blobs/" + bad.parts[0].blob
        try scene.damage(blob) { $0[$0.count / 2] ^= 1 }
        #expect(try store.list().damages.isEmpty)
        expectFailure("is damaged, its bytes do not have its hash") { _ = try store.load(bad) }
        expectFailure("is damaged") { _ = try store.activate("bad") }
        #expect(try store.activeID() == nil)
        try scene.damage(blob) { $0.removeLast() }
        #expect(try store.list().damages.map(\.reason).allSatisfy { $0.contains(" bytes, not ") })
        #expect(unlink(store.path + "/" + blob) == 0)
        #expect(try store.list().damages.map(\.reason).allSatisfy { $0.contains("is missing") })
        #expect(try store.list().damages.count == 1)
        _ = try store.remove("bad", force: true)
        try scene.add("bad", seed: 2)
        _ = try store.activate("bad")
        #expect(try store.list().damages.isEmpty)
    }

    @Test func aDamagedEntryIsListedAndKeepsWhatItMayNeed() throws {
        try scene.add("good", seed: 1)
        let bad = try scene.add("bad", seed: 2)
        let entry = "entries/\(bad.id).json"
        let changes: [(String, (inout [UInt8]) -> Void)] = [
            ("it is not that of the parts", { $0.replace(bad.parts[0].blob, by: bad.id) }),
            ("expected 1", { $0.replace("\"schema\": 1", by: "\"schema\": 2") }),
            ("failed to read entry", { $0.removeLast(2) }),
        ]
        for (words, change) in changes {
            var bytes: [UInt8] = []
            try scene.damage(entry) {
                bytes = $0
                change(&$0)
            }
            let (models, damages) = try store.list()
            #expect(models.map(\.name) == ["good"])
            #expect(damages.count == 1 && damages[0].reason.contains(words), "\(damages)")
            expectFailure("1 damaged entries were left aside") { _ = try store.find("bad") }
            try scene.damage(entry) { $0 = bytes }
        }
        try scene.damage(entry) { $0 = [] }
        _ = try store.remove("good", force: false)
        #expect(try scene.files("blobs").count == 2)
        let other = "entries/" + String(repeating: "0", count: 64) + ".json"
        try folder.add("store/" + other, bad.document.serialized())
        #expect(
            try store.list().damages.contains { $0.reason.contains("the entry of another id") }
        )
    }

    @Test func aDamagedRecordOfTheActiveModelIsSaid() throws {
        try scene.add("good", seed: 1)
        _ = try store.activate("good")
        try scene.damage("active.json") { $0 = Array("{\"schema\": 1}".utf8) }
        expectFailure("activate a model after removing it") { _ = try store.activeID() }
        expectFailure("activate a model after removing it") { _ = try store.activate("good") }
        #expect(try store.find("good").name == "good")
        unlink(store.path + "/active.json")
        #expect(try store.activate("good").name == "good")
    }

    // MARK: Ways back

    @Test func theWayBackLeadsPastRemovedModels() throws {
        for (seed, name) in ["a", "b", "c"].enumerated() {
            try scene.add(name, seed: UInt64(seed) + 1)
        }
        for name in ["a", "b", "c"] { _ = try store.activate(name) }
        _ = try store.remove("b", force: false)
        #expect(try store.rollBack().name == "a")
        expectFailure("no model was active before") { _ = try store.rollBack() }
        #expect(try store.find("active").name == "a")
    }

    @Test func aStepBackNeverLeadsToTheActiveModel() throws {
        for (seed, name) in ["a", "b", "c"].enumerated() {
            try scene.add(name, seed: UInt64(seed) + 1)
        }
        for name in ["c", "a", "b", "a"] { _ = try store.activate(name) }
        _ = try store.remove("b", force: false)
        #expect(try store.rollBack().name == "c")
    }

    @Test func afterTheActiveModelIsGoneTheOneBeforeComesBack() throws {
        for (seed, name) in ["a", "b"].enumerated() {
            try scene.add(name, seed: UInt64(seed) + 1)
            _ = try store.activate(name)
        }
        expectFailure("it is the active one") { _ = try store.remove("active", force: false) }
        #expect(try store.remove("active", force: true).name == "b")
        #expect(try store.activeID() == nil)
        expectFailure("none is active") { _ = try store.find("active") }
        #expect(try store.rollBack().name == "a")
    }

    @Test func parentsStayUntilTheirChildrenGo() throws {
        let a = try scene.add("a", seed: 1)
        let b = try scene.add("b", seed: 2, parent: a.id)
        let c = try scene.add("c", seed: 3, parent: b.id)
        #expect(c.parent == b.id && b.parent == a.id && a.parent == nil)
        for name in ["a", "b"] {
            expectFailure("descends from it; use --force") {
                _ = try store.remove(name, force: false)
            }
        }
        _ = try store.remove("b", force: true)
        #expect(try store.find("c").parent == b.id)
        for name in ["c", "a"] { _ = try store.remove(name, force: false) }
        #expect(try scene.names == [])
        #expect(try scene.files("blobs") == [])
    }

    // MARK: Several at once

    @Test func tasksChangeItOneAfterTheOther() async throws {
        let scene = scene
        for seed in 0..<4 { try scene.add("old\(seed)", seed: 100 + UInt64(seed)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in 0..<8 {
                group.addTask { _ = try scene.add("new\(seed)", seed: UInt64(seed)) }
            }
            for seed in 0..<4 {
                group.addTask { _ = try scene.store.remove("old\(seed)", force: false) }
                group.addTask { _ = try scene.add("twice\(seed)", seed: 200) }
            }
            try await group.waitForAll()
        }
        let names = try scene.names
        #expect(names.filter { $0.hasPrefix("new") } == (0..<8).map { "new\($0)" })
        #expect(names.count { $0.hasPrefix("twice") } == 1)
        #expect(names.count == 9)
        #expect(try store.list().damages.isEmpty)
        #expect(try scene.files("blobs").count == 9)
    }

    @Test func aStoreThatStaysLockedIsSaidToBe() throws {
        try scene.add("a", seed: 1)
        let lock = open(store.path + "/lock", O_RDWR)
        try #require(lock >= 0 && flock(lock, LOCK_EX) == 0)
        let hasty = ModelStore(path: store.path, patience: 60)
        expectFailure("another command is changing it; try again") {
            _ = try hasty.remove("a", force: false)
        }
        #expect(try hasty.list().models.count == 1)
        close(lock)
        _ = try hasty.remove("a", force: false)
    }
}

extension [UInt8] {
    /// Replaces the first place of a text.
    fileprivate mutating func replace(_ text: String, by other: String) {
        guard let range = firstRange(of: Array(text.utf8)) else { return }
        replaceSubrange(range, with: Array(other.utf8))
    }
}
