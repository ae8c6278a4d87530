package import ModelGraph

extension LayerSelection {
    /// The parameters that names stand for: `generator` or `discriminator` for all of one, or with
    /// a module's path, `generator.main.9`, for what is inside; a network that is not named keeps
    /// its weights.
    ///
    /// - Throws: ``CompileError`` naming the name that stands for nothing.
    package init(
        names: [String],
        generator: NetworkGraph,
        discriminator: NetworkGraph,
        followsCycle: Bool
    ) throws(CompileError) {
        var chosen: (generator: Set<String>, discriminator: Set<String>) = ([], [])
        for name in names {
            var found = Self.parameters(of: generator, under: name, network: "generator")
            chosen.generator.formUnion(found)
            if found.isEmpty {
                found = Self.parameters(of: discriminator, under: name, network: "discriminator")
                chosen.discriminator.formUnion(found)
            }
            guard found.isEmpty else { continue }
            let examples = [generator, discriminator].compactMap { $0.parameters.last?.name }
            throw CompileError(
                "failed to select layers: nothing is called \(name); names are generator, "
                    + "discriminator, or modules such as generator.\(examples.first ?? "main.0") "
                    + "and discriminator.\(examples.last ?? "main.0")"
            )
        }
        self.init(
            generator: chosen.generator,
            discriminator: chosen.discriminator,
            followsCycle: followsCycle
        )
    }

    private static func parameters(
        of graph: NetworkGraph,
        under name: String,
        network: String
    ) -> [String] {
        guard name != network else { return graph.parameters.map(\.name) }
        guard name.hasPrefix(network + ".") else { return [] }
        let path = name.dropFirst(network.utf8.count + 1)
        return graph.parameters.map(\.name).filter { $0 == path || $0.hasPrefix(path + ".") }
    }
}
