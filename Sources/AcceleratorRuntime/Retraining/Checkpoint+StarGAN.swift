package import ModelGraph

extension Checkpoint {
    /// The same tensors with a StarGAN's networks under `generator.` and `discriminator.`.
    ///
    /// Where the networks are not recognised, names stay as they are, for the complaint about them.
    ///
    /// - Throws: `.badFile` for networks of other families.
    func withStarGANNames(model: String) throws(RetrainingError) -> Checkpoint {
        let checkpoint = withNetworkNames()
        let networks: [RecognizedNetwork]
        do {
            networks = try NetworkRecognition.recognize(checkpoint.namedShapes).networks
        } catch {
            return checkpoint
        }
        let roles = networks.map(\.role)
        guard networks.allSatisfy({ $0.family == .starGAN }),
            roles.filter({ $0 == .generator }).count == 1,
            roles.filter({ $0 == .discriminator }).count <= 1
        else {
            let found = networks.map { "\($0.family.rawValue) \($0.role.rawValue)" }
            throw .badFile(
                "failed to read model \(model): it holds \(found.joined(separator: ", ")); this "
                    + "takes one StarGAN generator, with or without its discriminator"
            )
        }
        let names = checkpoint.tensors.map { tensor in
            let network = networks.filter { tensor.name.hasPrefix($0.prefix) }
                .max { $0.prefix.utf8.count < $1.prefix.utf8.count }
            guard let network else { return tensor.name }
            let prefix =
                network.role == .generator
                ? StarGANConfiguration.generatorPrefix : StarGANConfiguration.discriminatorPrefix
            return prefix + tensor.name.dropFirst(network.prefix.count)
        }
        return checkpoint.renamed(names)
    }

    /// Names and shapes, in the file's order.
    package var namedShapes: [NamedShape] {
        tensors.map { NamedShape(name: $0.name, shape: $0.shape) }
    }
}
