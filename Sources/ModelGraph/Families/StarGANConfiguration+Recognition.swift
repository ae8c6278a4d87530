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
        let stem = try probe.shape(
            generator + "main.0.weight",
            expected: "[channels, 3 + classes, 7, 7]"
        ) { $0[1] > 3 && $0[2] == 7 && $0[3] == 7 }
        let blocks = probe.run { "\(generator)main.\(9 + $0).main.0.weight" }
        var head = (
            imageSize: defaults.imageSize,
            channels: defaults.discriminatorChannels,
            layers: defaults.discriminatorLayers
        )
        if hasDiscriminator { head = try probe.discriminator() }
        let configuration: StarGANConfiguration
        var networks: [(prefix: String, graph: NetworkGraph)]
        do {
            configuration = try StarGANConfiguration(
                imageSize: head.imageSize,
                generatorChannels: stem[0],
                residualBlocks: blocks,
                classes: stem[1] - 3,
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

/// Reads sizes off the shapes of a few telling parameters.
private struct ShapeProbe {
    let shapes: [String: [Int]]

    /// The shape of a four-dimensional weight; it has to be there and look as expected.
    func shape(
        _ name: String,
        expected: String,
        isValid: ([Int]) -> Bool
    ) throws(ParameterError) -> [Int] {
        guard let shape = shapes[name] else {
            throw .mismatch(ParameterMismatch(missing: [name], unexpected: [], misshapen: []))
        }
        guard shape.count == 4, isValid(shape) else {
            let misshapen = ParameterMismatch.Shape(name: name, expected: expected, found: shape)
            throw .mismatch(
                ParameterMismatch(missing: [], unexpected: [], misshapen: [misshapen])
            )
        }
        return shape
    }

    /// How many of the names made from 0 upwards are there before the first gap.
    func run(of name: (Int) -> String) -> Int {
        var count = 0
        while shapes[name(count)] != nil { count += 1 }
        return count
    }

    /// The class head's kernel is the image size halved once a layer.
    func discriminator() throws(ParameterError) -> (imageSize: Int, channels: Int, layers: Int) {
        let prefix = StarGANConfiguration.discriminatorPrefix
        let stem = try shape(prefix + "main.0.weight", expected: "[channels, 3, 4, 4]") {
            $0[1] == 3 && $0[2] == 4 && $0[3] == 4
        }
        let kernels = NetworkGraph.Limits.kernel
        let head = try shape(
            prefix + "conv2.weight",
            expected: "[classes, width, k, k] with k in 1...\(kernels.upperBound)"
        ) { $0[2] == $0[3] && kernels.contains($0[2]) }
        let layers = run { "\(prefix)main.\(2 * $0).weight" }
        let layerLimits = StarGANConfiguration.Limits.discriminatorLayers
        do {
            try require(layers, in: layerLimits, "discriminator layers", at: "StarGAN")
        } catch {
            throw .configuration(error)
        }
        return (head[2] << layers, stem[0], layers)
    }
}
