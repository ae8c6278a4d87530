import AcceleratorRuntime
import DurableStorage
import ModelGraph
import TestSupport

/// Files of weights as users bring them, and the store they are put into.
struct ModelFiles {
    let folder: TemporaryFolder
    /// What the user's data folder is for the programs run here.
    var home: String { folder.path + "/home" }
    var store: ModelStore { ModelStore(path: home + "/gan-accelerator/models") }

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Runs `ganctl` with the store.
    func ganctl(_ words: [String], fileByteLimit: Int? = nil) async throws -> GanctlResult {
        try await start(words, fileByteLimit: fileByteLimit).result()
    }

    /// Starts `ganctl` with the store.
    func start(_ words: [String], fileByteLimit: Int? = nil) throws -> GanctlProcess {
        try GanctlProcess(
            ["XDG_DATA_HOME=\(home)", GanctlProcess.programPath()] + words,
            fileByteLimit: fileByteLimit,
            program: "/usr/bin/env"
        )
    }

    /// The sizes that `RetrainArguments` asks for.
    static func configuration() throws -> StarGANConfiguration {
        try StarGANConfiguration(
            imageSize: 32,
            generatorChannels: 4,
            residualBlocks: 1,
            classes: 1,
            discriminatorChannels: 4,
            discriminatorLayers: 3
        )
    }

    /// A generator as a training script saves it: half precision, statistics of its norms, wrapped,
    /// with versions of its modules.
    static func generator(seed: UInt64 = 1) throws -> Checkpoint {
        let graph = try configuration().generator()
        let set = ParameterSet(initializing: graph, seed: seed, stream: "test")
        var tensors: [CheckpointTensor] = []
        for entry in set.entries {
            let zeros = try CheckpointTensor(
                path: ["state_dict", "module." + entry.name],
                elementType: .float16,
                shape: entry.shape,
                bytes: [UInt8](repeating: 0, count: 2 * entry.values.count)
            )
            tensors.append(try zeros.replacing(with: entry.values))
        }
        tensors.append(
            try CheckpointTensor(
                path: ["state_dict", "module.main.1.num_batches_tracked"],
                elementType: .signed64,
                shape: [],
                bytes: [9, 0, 0, 0, 0, 0, 0, 1]
            )
        )
        return try Checkpoint(
            format: .pytorch,
            tensors: tensors,
            versions: [
                .init(
                    path: ["state_dict"],
                    modules: [
                        .init(name: "", version: nil), .init(name: "module.main.1", version: 2),
                    ]
                )
            ]
        )
    }

    /// A discriminator as `200000-D.ckpt` has it.
    static func discriminator() throws -> Checkpoint {
        let graph = try configuration().discriminator()
        let set = ParameterSet(initializing: graph, seed: 2, stream: "test")
        let tensors = try set.entries.map { entry in
            try CheckpointTensor(
                path: [entry.name],
                elementType: .float32,
                shape: entry.shape,
                bytes: entry.values.flatMap { value in
                    (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
                }
            )
        }
        return try Checkpoint(format: .pytorch, tensors: tensors)
    }

    /// Writes a generator's file and returns its path.
    func addGenerator(_ name: String = "celeb.pth", seed: UInt64 = 1) throws -> String {
        try folder.add(name, try Self.generator(seed: seed).encoded(as: .pytorch))
    }

    /// Reads a file of weights.
    func read(_ path: String) throws -> Checkpoint {
        try Checkpoint(decoding: FileBytes.read(path, maximumByteCount: 1 << 26))
    }

    /// Whether two checkpoints have the same tensors, in the same order, by their paths, and the
    /// same versions of modules.
    static func areSame(_ first: Checkpoint, _ second: Checkpoint) -> Bool {
        first.versions == second.versions && first.tensors.count == second.tensors.count
            && zip(first.tensors, second.tensors).allSatisfy { a, b in
                a.path == b.path && a.elementType == b.elementType && a.shape == b.shape
                    && a.contiguousBytes == b.contiguousBytes
            }
    }
}
