/// Writes the pickle of a state dict that `torch.load(weights_only=True)` takes.
///
/// Protocol 2, without a memo: every tensor stands alone, its bytes in an entry of its own.
struct PickleWriter {
    private(set) var bytes: [UInt8] = [0x80, 2]

    /// Entries set by one instruction, as Python's pickler does it.
    private static let batchCount = 1000

    /// Writes a dictionary whose values `body` writes.
    mutating func dictionary<Value>(
        _ entries: [(key: String, value: Value)],
        _ body: (inout PickleWriter, Value) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        emptyDictionary()
        for start in stride(from: 0, to: entries.count, by: Self.batchCount) {
            bytes.append(UInt8(ascii: "("))
            for entry in entries[start..<min(start + Self.batchCount, entries.count)] {
                text(entry.key)
                try body(&self, entry.value)
            }
            bytes.append(UInt8(ascii: "u"))
        }
    }

    /// Gives the dictionary that was written last the versions of its modules, as torch.save does:
    /// an attribute of it.
    mutating func versions(
        _ modules: [Checkpoint.ModuleVersions.Module]
    ) throws(CheckpointError) {
        bytes.append(UInt8(ascii: "}"))
        text("_metadata")
        try dictionary(modules.map { ($0.name, $0.version) }) { pickle, version in
            pickle.bytes.append(UInt8(ascii: "}"))
            guard let version else { return }
            pickle.text("version")
            pickle.integer(version)
            pickle.bytes.append(UInt8(ascii: "s"))
        }
        bytes.append(contentsOf: "sb".utf8)
    }

    /// Writes a tensor whose bytes are in the storage `key`.
    mutating func tensor(
        _ tensor: CheckpointTensor,
        storage key: String
    ) throws(CheckpointError) {
        guard let storage = tensor.elementType.torchStorage else {
            throw tensor.failure(
                "PyTorch files have no \(tensor.elementType.rawValue); write safetensors"
            )
        }
        global("torch._utils", "_rebuild_tensor_v2")
        bytes.append(contentsOf: "((".utf8)
        text("storage")
        global("torch", storage)
        text(key)
        text("cpu")
        try integer(tensor.elementCount, of: tensor)
        bytes.append(contentsOf: "tQ".utf8)
        try integer(0, of: tensor)
        try tuple(tensor.shape, of: tensor)
        try tuple(CheckpointTensor.rowMajorStrides(of: tensor.shape), of: tensor)
        // No gradient asked for, no hooks.
        bytes.append(0x89)
        emptyDictionary()
        bytes.append(contentsOf: "tR".utf8)
    }

    /// The whole pickle.
    consuming func finished() -> [UInt8] {
        bytes.append(UInt8(ascii: "."))
        return bytes
    }

    private mutating func emptyDictionary() {
        global("collections", "OrderedDict")
        bytes.append(contentsOf: ")R".utf8)
    }

    private mutating func global(_ module: String, _ name: String) {
        bytes.append(contentsOf: "c\(module)\n\(name)\n".utf8)
    }

    private mutating func text(_ text: String) {
        bytes.append(UInt8(ascii: "X"))
        appendLittleEndian(UInt32(text.utf8.count), to: &bytes)
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func tuple(
        _ integers: [Int],
        of tensor: CheckpointTensor
    ) throws(CheckpointError) {
        bytes.append(UInt8(ascii: "("))
        for value in integers { try integer(value, of: tensor) }
        bytes.append(UInt8(ascii: "t"))
    }

    private mutating func integer(
        _ value: Int,
        of tensor: CheckpointTensor
    ) throws(CheckpointError) {
        guard let short = Int32(exactly: value) else {
            throw tensor.failure("it is too large to write, \(value) elements; write safetensors")
        }
        integer(short)
    }

    private mutating func integer(_ value: Int32) {
        bytes.append(UInt8(ascii: "J"))
        appendLittleEndian(UInt32(bitPattern: value), to: &bytes)
    }
}

extension Checkpoint {
    /// A zip file of PyTorch with a state dict, or with nested ones where paths have several keys.
    func encodedPyTorch() throws(CheckpointError) -> [UInt8] {
        var pickle = PickleWriter()
        try write(Array(tensors.indices), path: [], to: &pickle)
        var archive = ZipWriter(reserving: tensorByteCount + 512 * (tensors.count + 8))
        try archive.append("archive/data.pkl", pickle.finished())
        try archive.append("archive/byteorder", Array("little".utf8))
        for (index, tensor) in tensors.enumerated() {
            try archive.append("archive/data/\(index)") { tensor.forEachPiece($0) }
        }
        try archive.append("archive/version", Array("3\n".utf8))
        return archive.finished()
    }

    /// Writes the dictionary of tensors whose paths begin with `path`.
    private func write(
        _ members: [Int],
        path: [String],
        to pickle: inout PickleWriter
    ) throws(CheckpointError) {
        var entries: [(key: String, value: [Int])] = []
        var places: [String: Int] = [:]
        for index in members {
            let key = tensors[index].path[path.count]
            if let place = places[key] {
                entries[place].value.append(index)
            } else {
                places[key] = entries.count
                entries.append((key, [index]))
            }
        }
        try pickle.dictionary(entries) { pickle, members throws(CheckpointError) in
            let leaf = members.first { tensors[$0].path.count == path.count + 1 }
            guard let leaf else {
                let inner = Array(tensors[members[0]].path[...path.count])
                try write(members, path: inner, to: &pickle)
                return
            }
            guard members.count == 1 else {
                throw tensors[leaf].failure("its name is also that of a dictionary", .name)
            }
            try pickle.tensor(tensors[leaf], storage: "\(leaf)")
        }
        for state in versions where state.path == path { try pickle.versions(state.modules) }
    }
}
