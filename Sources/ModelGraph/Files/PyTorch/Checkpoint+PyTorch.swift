extension Checkpoint {
    /// Reads a zip file of `torch.save`: a state dict, or dictionaries with state dicts in them.
    ///
    /// Without `checksums` the entries' CRC-32 are not looked at.
    ///
    /// - Throws: `CheckpointError` with the reason.
    init(decodingPyTorch bytes: [UInt8], verifying checksums: Bool) throws(CheckpointError) {
        let archive = try ZipArchive(bytes)
        let root = try Self.root(of: archive)
        let storages = TorchStorages(bytes, archive, root, isVerifying: checksums)
        guard let pickle = archive[root + "data.pkl"] else {
            throw CheckpointError(.format, "there is no data.pkl")
        }
        try storages.verify(pickle)
        try storages.checkByteOrder()
        var machine = try PickleMachine(bytes, in: pickle.byteRange)
        let value = try machine.run()
        var collector = TorchStateDictionary(machine, storages)
        try collector.collect(value)
        guard !collector.tensors.isEmpty else {
            throw CheckpointError(
                .format,
                "there is no tensor in it; save model.state_dict() in PyTorch"
            )
        }
        try self.init(
            format: .pytorch,
            tensors: collector.tensors,
            versions: collector.versions,
            ignored: collector.ignored
        )
    }

    /// The folder in the archive that all entries lie in, with the slash at its end.
    private static func root(of archive: ZipArchive) throws(CheckpointError) -> String {
        let suffix = "data.pkl"
        let pickles = archive.entries.filter { entry in
            entry.name == suffix
                || entry.name.hasSuffix("/" + suffix) && entry.name.count { $0 == "/" } == 1
        }
        guard pickles.count == 1, let name = pickles.first?.name else {
            throw CheckpointError(
                .format,
                "it is no file of torch.save: it has \(pickles.count) data.pkl, not one"
            )
        }
        let root = String(name.dropLast(suffix.count))
        let isProgram = archive.entries.contains { entry in
            entry.name == root + "constants.pkl" || entry.name.hasPrefix(root + "code/")
        }
        guard !isProgram else {
            throw CheckpointError(
                .code,
                "it is a TorchScript program; save model.state_dict() with torch.save instead"
            )
        }
        return root
    }
}

/// The entries of an archive that hold the bytes of tensors.
struct TorchStorages {
    let bytes: [UInt8]
    private let archive: ZipArchive
    private let root: String
    private let isVerifying: Bool

    init(_ bytes: [UInt8], _ archive: ZipArchive, _ root: String, isVerifying: Bool) {
        self.bytes = bytes
        self.archive = archive
        self.root = root
        self.isVerifying = isVerifying
    }

    /// Where the bytes of a storage lie; `key` is its name.
    func entry(_ key: String) throws(CheckpointError) -> ZipArchive.Entry {
        guard let entry = archive[root + "data/" + key] else {
            throw CheckpointError(
                .archive,
                at: "entry \(quoted(root + "data/" + key))",
                "it is missing, but a tensor lies in it"
            )
        }
        return entry
    }

    /// Compares the checksum of an entry with that of its bytes.
    func verify(_ entry: ZipArchive.Entry) throws(CheckpointError) {
        guard isVerifying, CRC32.value(of: bytes[entry.byteRange]) != entry.checksum else { return }
        throw CheckpointError(
            .archive,
            at: "entry \(quoted(entry.name))",
            "its bytes do not have its checksum: the file is damaged, copy or download it again"
        )
    }

    /// Files of hosts with the other byte order say so.
    func checkByteOrder() throws(CheckpointError) {
        guard let entry = archive[root + "byteorder"] else { return }
        guard bytes[entry.byteRange].elementsEqual("little".utf8) else {
            throw CheckpointError(.format, "its numbers are not little-endian")
        }
    }
}
