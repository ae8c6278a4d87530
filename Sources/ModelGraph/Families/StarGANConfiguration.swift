/// The sizes that make up a StarGAN pair of networks.
package struct StarGANConfiguration: Hashable, Sendable {
    /// Rows and columns of the images, in pixels.
    package let imageSize: Int
    /// Channels after the generator's first convolution.
    package let generatorChannels: Int
    /// Residual blocks in the middle of the generator.
    package let residualBlocks: Int
    /// Labels: planes added to the generator's input, logits of the discriminator.
    package let classes: Int
    /// Channels after the discriminator's first convolution.
    package let discriminatorChannels: Int
    /// Halvings in the discriminator.
    package let discriminatorLayers: Int

    /// What a configuration may hold.
    package enum Limits {
        /// Rows and columns of the images; also a multiple of 4.
        package static let imageSize = 16...1024
        /// Channels after the generator's first convolution.
        package static let generatorChannels = 1...512
        /// Residual blocks of the generator.
        package static let residualBlocks = 0...32
        /// Labels.
        package static let classes = 1...64
        /// Channels after the discriminator's first convolution.
        package static let discriminatorChannels = 1...512
        /// Halvings in the discriminator.
        package static let discriminatorLayers = 1...8
    }

    /// Checks the sizes against their limits and each other.
    ///
    /// - Throws: `GraphError` naming the field, the violated rule and the remedy.
    package init(
        imageSize: Int,
        generatorChannels: Int,
        residualBlocks: Int,
        classes: Int,
        discriminatorChannels: Int,
        discriminatorLayers: Int
    ) throws(GraphError) {
        let place = "StarGAN configuration"
        try Self.checkImageSize(imageSize, at: place)
        let generator = Limits.generatorChannels
        try require(generatorChannels, in: generator, "generator channels", at: place)
        try require(residualBlocks, in: Limits.residualBlocks, "residual blocks", at: place)
        try require(classes, in: Limits.classes, "classes", at: place)
        try Self.checkDiscriminator(
            imageSize: imageSize,
            channels: discriminatorChannels,
            layers: discriminatorLayers,
            at: place
        )
        self.imageSize = imageSize
        self.generatorChannels = generatorChannels
        self.residualBlocks = residualBlocks
        self.classes = classes
        self.discriminatorChannels = discriminatorChannels
        self.discriminatorLayers = discriminatorLayers
    }

    /// The generator of this configuration.
    package func generator() throws(GraphError) -> NetworkGraph {
        try StarGAN.generator(
            channels: generatorChannels,
            classes: classes,
            residualBlocks: residualBlocks,
            imageSize: imageSize
        )
    }

    /// The discriminator of this configuration.
    package func discriminator() throws(GraphError) -> NetworkGraph {
        try StarGAN.discriminator(
            imageSize: imageSize,
            channels: discriminatorChannels,
            classes: classes,
            layers: discriminatorLayers
        )
    }

    /// Two halvings have to come back to the same size, so it is a multiple of 4.
    static func checkImageSize(_ imageSize: Int, at place: String) throws(GraphError) {
        try require(imageSize, in: Limits.imageSize, "image size", at: place)
        guard imageSize % 4 == 0 else {
            throw GraphError(
                .valueOutOfRange,
                at: place,
                "image size is \(imageSize)",
                remedy: "use a multiple of 4"
            )
        }
    }

    /// The class head's kernel is what is left of the image, and it has to be a legal kernel.
    static func checkDiscriminator(
        imageSize: Int,
        channels: Int,
        layers: Int,
        at place: String
    ) throws(GraphError) {
        try require(layers, in: Limits.discriminatorLayers, "discriminator layers", at: place)
        let channelLimits = Limits.discriminatorChannels
        try require(channels, in: channelLimits, "discriminator channels", at: place)
        let widest = channels << (layers - 1)
        try require(widest, in: NetworkGraph.Limits.channels, "widest layer", at: place)
        guard imageSize % (1 << layers) == 0 else {
            throw GraphError(
                .valueOutOfRange,
                at: place,
                "\(layers) discriminator layers do not halve \(imageSize) evenly",
                remedy: "use an image size divisible by \(1 << layers), or fewer layers"
            )
        }
        let kernel = imageSize >> layers
        guard NetworkGraph.Limits.kernel.contains(kernel) else {
            throw GraphError(
                .valueOutOfRange,
                at: place,
                "\(layers) discriminator layers leave a class head of \(kernel)x\(kernel)",
                remedy: "use more layers: the head may be at most "
                    + "\(NetworkGraph.Limits.kernel.upperBound) wide"
            )
        }
    }
}
