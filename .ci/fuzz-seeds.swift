// Writes the fuzz lane's first inputs with the project's own writers, into the folder named.
import Glibc

@main
struct FuzzSeeds {
    static func main() throws {
        let folder = CommandLine.arguments[1]
        for (name, bytes) in try seeds() {
            let file = fopen("\(folder)/\(name)", "w")
            guard file != nil, fwrite(bytes, 1, bytes.count, file) == bytes.count else { exit(1) }
            fclose(file)
        }
    }

    private static func seeds() throws(CheckpointError) -> [(String, [UInt8])] {
        var tensors: [CheckpointTensor] = []
        for (index, type) in SafetensorsElementType.allCases.enumerated() {
            tensors.append(
                try CheckpointTensor(
                    path: ["net\(index % 2)", "module", "main.\(index).weight"],
                    elementType: type,
                    shape: index == 0 ? [] : [2, index],
                    bytes: [UInt8](repeating: 7, count: max(1, 2 * index) * type.byteCount)
                )
            )
        }
        let all = try Checkpoint(format: .safetensors, tensors: tensors, metadata: ["k": "v"])
        let known = tensors.filter { $0.elementType.torchStorage != nil }
        let torch = try Checkpoint(format: .pytorch, tensors: known)
        let few = try Checkpoint(format: .pytorch, tensors: Array(known.prefix(2)))
        var seeds = [
            ("all.safetensors", try all.encoded(as: .safetensors)),
            ("torch.safetensors", try torch.encoded(as: .safetensors)),
            ("torch.pth", try torch.encoded(as: .pytorch)),
            ("few.pth", try few.encoded(as: .pytorch)),
        ]
        for (index, checkpoint) in [few, torch].enumerated() {
            let archive = try ZipArchive(try checkpoint.encoded(as: .pytorch))
            guard let entry = archive["archive/data.pkl"] else { exit(1) }
            let bytes = try checkpoint.encoded(as: .pytorch)
            seeds.append(("pickle\(index)", Array(bytes[entry.byteRange])))
        }
        seeds.append(("views", viewPickle))
        return seeds
    }

    /// Strided tensors in shared storages, parameters, numbers, lists and attributes.
    private static let viewPickle: [UInt8] = {
        var pickle: [UInt8] = [0x80, 2]
        func add(_ text: String) { pickle.append(contentsOf: text.utf8) }
        func text(_ text: String) {
            pickle.append(contentsOf: [0x8C, UInt8(text.utf8.count)])
            pickle.append(contentsOf: text.utf8)
        }
        add("ccollections\nOrderedDict\n)R(")
        for (index, strides) in [[1, 4], [5, 1], [0, 1]].enumerated() {
            text("t\(index)")
            add("ctorch._utils\n_rebuild_parameter\n(ctorch._utils\n_rebuild_tensor_v2\n((")
            text("storage")
            add("ctorch\nFloatStorage\n")
            text("\(index)")
            text("cpu")
            pickle.append(contentsOf: [0x4B, 24])
            add("tQ")
            pickle.append(contentsOf: [0x4B, 1, 0x4B, 4, 0x4B, 3, 0x86])
            pickle.append(contentsOf: [0x4B, UInt8(strides[0]), 0x4B, UInt8(strides[1]), 0x86])
            pickle.append(contentsOf: [0x89, UInt8(ascii: "N")])
            add("tR")
            pickle.append(contentsOf: [0x94, 0x89])
            add("NtR")
        }
        text("l")
        add("](NNe")
        text("d")
        add("}")
        text("n")
        add("h\u{0}su}(")
        text("_metadata")
        add("}ub.")
        return pickle
    }()
}
