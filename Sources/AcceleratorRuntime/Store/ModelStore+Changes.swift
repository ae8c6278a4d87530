import DurableStorage
import Glibc
import ModelGraph

extension ModelStore {
    /// What is put into the store: the entry's facts, and the bytes of its blobs.
    package struct Addition: Sendable {
        /// The entry.
        package let model: StoredModel
        /// The bytes of the blobs by their hashes.
        package let blobs: [(hash: String, bytes: [UInt8])]

        /// Puts an entry and its blobs together.
        package init(model: StoredModel, blobs: [(hash: String, bytes: [UInt8])]) {
            self.model = model
            self.blobs = blobs
        }
    }

    /// Puts a model into the store; the entry is written last.
    ///
    /// - Returns: the model, and whether it was there before under whatever name.
    /// - Throws: `.configuration` for a name that is taken, `.fileSystem` for a failed write.
    package func add(
        _ addition: Addition
    ) throws(RetrainingError) -> (model: StoredModel, wasThere: Bool) {
        try StoreLock.hold(self) { () throws(RetrainingError) in try insert(addition) }
    }

    private func insert(
        _ addition: Addition
    ) throws(RetrainingError) -> (model: StoredModel, wasThere: Bool) {
        let model = addition.model
        let models = try list().models
        if let same = models.first(where: { $0.id == model.id }) { return (same, true) }
        try Self.check(name: model.name)
        guard !models.contains(where: { $0.name == model.name }) else {
            throw .configuration(
                "failed to store model: the name \(model.name) is taken; choose another --name"
            )
        }
        try StoreFolder.create(folder("blobs"))
        try StoreFolder.create(folder("entries"))
        for (hash, bytes) in addition.blobs {
            try write(bytes, to: blobFile(hash))
        }
        try write(model.document, to: entryFile(model.id))
        return (model, false)
    }

    /// Removes a model, and blobs that no other needs.
    ///
    /// - Throws: `.configuration` for the active model, or one that others descend from, unless
    ///   `force` is given.
    package func remove(
        _ reference: String,
        force: Bool
    ) throws(RetrainingError) -> StoredModel {
        try StoreLock.hold(self) { () throws(RetrainingError) in try take(reference, force: force) }
    }

    private func take(
        _ reference: String,
        force: Bool
    ) throws(RetrainingError) -> StoredModel {
        let model = try find(reference)
        let (models, damages) = try list()
        var activity = try activity()
        if !force {
            guard activity.active != model.id else {
                throw .configuration(
                    "failed to remove model \(model.name): it is the active one; activate another "
                        + "first, or use --force"
                )
            }
            let children = models.filter { $0.parent == model.id }.map(\.name)
            guard children.isEmpty else {
                throw .configuration(
                    "failed to remove model \(model.name): \(children.joined(separator: ", ")) "
                        + "descends from it; use --force"
                )
            }
        }
        let before = activity
        activity.forget(model.id)
        if activity != before { try write(activity.document, to: activityFile) }
        guard unlink(entryFile(model.id)) == 0 else {
            throw .fileSystem(
                "failed to remove model \(model.name): \(systemMessage(errno))"
            )
        }
        // An entry that cannot be read may need any blob.
        let unreadable = damages.contains { damage in
            !models.contains { entryFile($0.id) == damage.file }
        }
        guard !unreadable else { return model }
        let needed = Set(models.filter { $0.id != model.id }.flatMap(\.blobs))
        for hash in model.blobs where !needed.contains(hash) { unlink(blobFile(hash)) }
        return model
    }

    /// Makes a model the active one, after reading all of it.
    ///
    /// - Throws: `.badFile` when it is damaged.
    package func activate(_ reference: String) throws(RetrainingError) -> StoredModel {
        try StoreLock.hold(self) { () throws(RetrainingError) in try select(reference) }
    }

    private func select(_ reference: String) throws(RetrainingError) -> StoredModel {
        let model = try find(reference)
        for part in model.parts { _ = try blob(part.blob, of: model) }
        var activity = try activity()
        activity.activate(model.id)
        try write(activity.document, to: activityFile)
        return model
    }

    /// Makes the model active that was so before.
    ///
    /// - Throws: `.missingFile` when none was, `.badFile` when that one is damaged.
    package func rollBack() throws(RetrainingError) -> StoredModel {
        try StoreLock.hold(self) { () throws(RetrainingError) in try selectPrevious() }
    }

    private func selectPrevious() throws(RetrainingError) -> StoredModel {
        var activity = try activity()
        guard let id = activity.rollBack() else {
            throw .missingFile(
                "failed to roll back: no model was active before in \(path); activate one with "
                    + "ganctl model activate"
            )
        }
        let model = try entry(id)
        for part in model.parts { _ = try blob(part.blob, of: model) }
        try write(activity.document, to: activityFile)
        return model
    }

    /// Refuses names that would be taken for something else.
    package static func check(name: String) throws(RetrainingError) {
        let isPlain =
            name.utf8.count <= 64 && name.first.map { $0 != "." && $0 != "-" } ?? false
            && name.allSatisfy { character in
                character.isASCII
                    && (character.isLetter || character.isNumber || "._-".contains(character))
            }
        let isReserved = name == activeWord || BuiltInModel(name: name) != nil || isHash(name)
        guard isPlain, !isReserved else {
            throw .configuration(
                "failed to store model: the name '\(name)' is "
                    + (isPlain ? "reserved" : "not made of letters, digits, '.', '_' and '-'")
                    + "; choose another --name"
            )
        }
    }

    private var activityFile: String { folder("active.json") }

    private func write(_ document: StrictJSON, to file: String) throws(RetrainingError) {
        do {
            try write(try document.serialized(.indented), to: file)
        } catch let error as RetrainingError {
            throw error
        } catch {
            throw .internalFault("failed to lay out \(file): \(error)")
        }
    }

    private func write(_ bytes: [UInt8], to file: String) throws(RetrainingError) {
        do throws(FileWriteError) {
            try AtomicFile.write(bytes, to: file)
        } catch {
            throw .fileSystem("\(error)")
        }
    }
}
