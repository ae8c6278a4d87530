import AcceleratorRuntime
import DurableStorage
import ModelGraph
import TestSupport

/// A store of tiny models in a folder of its own.
struct StoreScene: Sendable {
    let path: String
    var store: ModelStore { ModelStore(path: path + "/store") }

    init(in folder: TemporaryFolder) { path = folder.path }

    /// A StarGAN's network; other seeds are other weights.
    static func network(_ seed: UInt64, isDiscriminator: Bool = false) throws -> [UInt8] {
        let architecture: NetworkArchitecture =
            isDiscriminator
            ? .starGANDiscriminator(imageSize: 32, channels: 1, classes: 1, layers: 3)
            : .starGANGenerator(channels: 1, classes: 1, residualBlocks: 0)
        return try StateDictionary.checkpoint(of: architecture, seed: seed).encoded(as: .pytorch)
    }

    /// A generator with a name, to be added.
    static func addition(
        _ name: String,
        seed: UInt64,
        parent: String? = nil,
        attributes: [String]? = nil
    ) throws -> ModelStore.Addition {
        var facts = ModelImport.Facts(name: name, attributes: attributes)
        facts.parent = parent
        let file = ModelImport.File(
            label: nil,
            name: name + ".pth",
            bytes: try network(seed)
        )
        return try ModelImport([file], facts).addition
    }

    /// Adds a generator and returns its entry.
    @discardableResult
    func add(_ name: String, seed: UInt64, parent: String? = nil) throws -> StoredModel {
        try store.add(Self.addition(name, seed: seed, parent: parent)).model
    }

    /// Names of the models, in the order of the alphabet.
    var names: [String] {
        get throws { try store.list().models.map(\.name).sorted() }
    }

    /// Names of the files in a folder of the store.
    func files(_ folder: String) throws -> [String] {
        try TemporaryFolder.names(in: store.path + "/" + folder)
    }

    /// Changes the bytes of a file of the store.
    func damage(_ file: String, _ change: (inout [UInt8]) -> Void) throws {
        let place = store.path + "/" + file
        var bytes = try FileBytes.read(place, maximumByteCount: 1 << 24)
        change(&bytes)
        try AtomicFile.write(bytes, to: place)
    }
}
