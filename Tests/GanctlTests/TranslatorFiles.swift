import AcceleratorRuntime
import DurableStorage
import ModelGraph
import TestSupport

/// Files of translators as their release saves them, and pictures of two domains.
struct TranslatorFiles {
    let files: ModelFiles
    let imagesA: String
    let imagesB: String
    var output: String { files.folder.path + "/output" }

    init() throws {
        files = try ModelFiles()
        imagesA = try files.folder.addFolder("a")
        imagesB = try files.folder.addFolder("b")
        for number in 0..<2 {
            let red = UInt8(40 + 150 * number)
            try files.folder.add("a/\(number).png", PictureFiles.png(side: 40, red: red))
            try files.folder.add("b/\(number).png", PictureFiles.png(side: 48, red: 255 - red))
        }
    }

    /// Runs `ganctl` with the store.
    func ganctl(_ words: [String]) async throws -> GanctlResult { try await files.ganctl(words) }

    /// The command line of a training of one epoch.
    func words(model: String, _ further: [String] = []) -> [String] {
        [
            "retrain-translator", "--model", model, "--images-a", imagesA, "--images-b", imagesB,
            "--output", output, "--size", "32", "--epochs", "1", "--threads", "2",
        ] + further
    }

    /// The report it wrote.
    func report() throws -> JSONField {
        let path = output + "/report.json"
        let bytes = try FileBytes.read(path, maximumByteCount: 1 << 20)
        return try JSONField(parsing: bytes, document: path)
    }

    static func generator(norm: NormKind = .instance) -> NetworkArchitecture {
        .residualGenerator(
            inputChannels: 3,
            outputChannels: 3,
            channels: 4,
            residualBlocks: 1,
            norm: norm,
            hasDropout: false
        )
    }

    static func discriminator(inputChannels: Int = 3) -> NetworkArchitecture {
        .patchDiscriminator(
            inputChannels: inputChannels,
            channels: 4,
            layers: 2,
            norm: .instance
        )
    }

    /// A network's file: half precision for the weights, single for the rest, and a count of
    /// batches that training knows nothing of.
    static func checkpoint(
        _ architecture: NetworkArchitecture,
        seed: UInt64
    ) throws -> Checkpoint {
        let graph = try architecture.network(imageSize: 32).graph
        let set = ParameterSet(initializing: graph, seed: seed, stream: "test")
        var tensors: [CheckpointTensor] = []
        for entry in set.entries {
            let isWeight = entry.shape.count == 4
            let zeros = try CheckpointTensor(
                path: [entry.name],
                elementType: isWeight ? .float16 : .float32,
                shape: entry.shape,
                bytes: [UInt8](repeating: 0, count: (isWeight ? 2 : 4) * entry.values.count)
            )
            tensors.append(try zeros.replacing(with: entry.values))
        }
        return try Checkpoint(format: .pytorch, tensors: tensors)
    }

    /// Writes a network's file and returns its path.
    func add(
        _ name: String,
        _ architecture: NetworkArchitecture,
        seed: UInt64 = 1
    ) throws -> String {
        try files.folder.add(
            name,
            Self.checkpoint(architecture, seed: seed).encoded(as: .pytorch)
        )
    }

    /// A CycleGAN's files by their labels.
    func addCycleGAN(without missing: [String] = []) throws -> [(label: String, path: String)] {
        try ["G_A", "G_B", "D_A", "D_B"].enumerated().filter { !missing.contains($0.element) }
            .map { number, label in
                let isGenerator = label.hasPrefix("G")
                let path = try add(
                    "latest_net_\(label).pth",
                    isGenerator ? Self.generator() : Self.discriminator(),
                    seed: UInt64(number + 1)
                )
                return (label, path)
            }
    }

    /// A pix2pix's files by their labels; of residual blocks, since a U-Net has no fewer than a
    /// million parameters.
    func addPix2Pix() throws -> [(label: String, path: String)] {
        [
            ("generator", try add("latest_net_G.pth", Self.generator())),
            (
                "discriminator",
                try add("latest_net_D.pth", Self.discriminator(inputChannels: 6), seed: 2)
            ),
        ]
    }
}
