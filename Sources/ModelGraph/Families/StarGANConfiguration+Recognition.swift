extension StarGANConfiguration {
    /// What a file of StarGAN parameters turned out to hold.
    package struct Recognition: Hashable, Sendable {
        /// The sizes; what the file cannot say is taken from the defaults.
        package let configuration: StarGANConfiguration
        /// What stands before the generator's names: `generator.` or nothing.
        package let generatorPrefix: String
        /// What stands before the discriminator's names; `nil` in a generator-only file.
        package let discriminatorPrefix: String?
        /// Entries that are there but carry nothing a network needs, sorted: running statistics.
        package let ignorableNames: [String]
    }

    /// What stands before a generator's names in a file of both networks.
    package static let generatorPrefix = "generator."
    /// What stands before a discriminator's names.
    package static let discriminatorPrefix = "discriminator."

    /// Finds the configuration whose parameters have these names and shapes.
    ///
    /// A file holds both networks under their prefixes, or a generator alone with or without its
    /// prefix. A generator says nothing about the image size or the discriminator; those come
    /// from `defaults`. Running statistics of the norms are accepted and reported as ignorable.
    ///
    /// - Throws: `ParameterError.mismatch` listing all that is missing, unexpected or of the
    ///   wrong shape; `.configuration` when the sizes are outside the limits.
    package static func recognize(
        _ shapes: [String: [Int]],
        assuming defaults: StarGANConfiguration
    ) throws(ParameterError) -> Recognition {
        let hasDiscriminator = shapes.keys.contains { $0.hasPrefix(discriminatorPrefix) }
        let hasPrefix =
            hasDiscriminator || shapes.keys.contains { $0.hasPrefix(generatorPrefix) }
        let probe = ShapeProbe(shapes: shapes)
        let generator = hasPrefix ? generatorPrefix : ""
        let body = try probe.starGANGenerator(generator)
        var head = (
            imageSize: defaults.imageSize,
            channels: defaults.discriminatorChannels,
            layers: defaults.discriminatorLayers
        )
        if hasDiscriminator {
            let sizes = try probe.starGANDiscriminator(discriminatorPrefix)
            head = (sizes.imageSize, sizes.channels, sizes.layers)
        }
        let configuration: StarGANConfiguration
        var networks: [(prefix: String, graph: NetworkGraph)]
        do {
            configuration = try StarGANConfiguration(
                imageSize: head.imageSize,
                generatorChannels: body.channels,
                residualBlocks: body.residualBlocks,
                classes: body.classes,
                discriminatorChannels: head.channels,
                discriminatorLayers: head.layers
            )
            networks = [(generator, try configuration.generator())]
            if hasDiscriminator {
                networks.append((discriminatorPrefix, try configuration.discriminator()))
            }
        } catch {
            throw .configuration(error)
        }
        let (mismatch, ignorable) = ParameterMismatch.compare(shapes, with: networks)
        if let mismatch { throw .mismatch(mismatch) }
        return Recognition(
            configuration: configuration,
            generatorPrefix: generator,
            discriminatorPrefix: hasDiscriminator ? discriminatorPrefix : nil,
            ignorableNames: ignorable
        )
    }
}
