package import ModelGraph

extension ModelStore {
    /// Reads the part of a model that a name says: its label, or for a part without one what its
    /// network does (`generator`), or the file it came from.
    ///
    /// - Throws: `.configuration` listing the names, `.badFile` for a blob that is damaged.
    package func load(
        part name: String,
        of model: StoredModel
    ) throws(RetrainingError) -> Checkpoint {
        if let labelled = model.parts.first(where: { $0.label == name }) {
            return try load(labelled, of: model)
        }
        var names: [String] = []
        for part in model.parts {
            guard part.label.isEmpty else {
                names.append(part.label)
                continue
            }
            let checkpoint = try load(part, of: model)
            let role = try Self.role(of: checkpoint, in: model)
            if [role, part.source].contains(name) { return checkpoint }
            names.append(role ?? part.source)
        }
        throw .configuration(
            "failed to choose a part: \(model.name) has none called '\(name)', but "
                + names.joined(separator: ", ")
        )
    }

    private static func role(
        of checkpoint: Checkpoint,
        in model: StoredModel
    ) throws(RetrainingError) -> String? {
        do {
            return try checkpoint.onlyNetwork()?.role.rawValue
        } catch {
            throw .badFile("failed to read model \(model.name): \(error)")
        }
    }
}

extension Checkpoint {
    /// The network that it holds; nil when there are several.
    func onlyNetwork() throws(RecognitionError) -> RecognizedNetwork? {
        let networks = try NetworkRecognition.recognize(withNetworkNames().namedShapes).networks
        return networks.count == 1 ? networks[0] : nil
    }
}
