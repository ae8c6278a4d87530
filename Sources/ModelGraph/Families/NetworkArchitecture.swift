/// A network of one of the known families, by its sizes.
package enum NetworkArchitecture: Hashable, Sendable {
    /// StarGAN's generator; reads the image and a plane a class.
    case starGANGenerator(channels: Int, classes: Int, residualBlocks: Int)
    /// StarGAN's discriminator, made for one image size.
    case starGANDiscriminator(imageSize: Int, channels: Int, classes: Int, layers: Int)
    /// CycleGAN's generator (`resnet_9blocks`, `resnet_6blocks`).
    case residualGenerator(
        inputChannels: Int,
        outputChannels: Int,
        channels: Int,
        residualBlocks: Int,
        norm: NormKind,
        hasDropout: Bool
    )
    /// The U-Net of pix2pix (`unet_256` has 8 levels, `unet_128` 7).
    case uNetGenerator(
        inputChannels: Int,
        outputChannels: Int,
        channels: Int,
        levels: Int,
        norm: NormKind
    )
    /// The discriminator of CycleGAN and pix2pix (`basic`, or `n_layers` with other counts).
    case patchDiscriminator(inputChannels: Int, channels: Int, layers: Int, norm: NormKind)

    /// The families.
    package enum Family: String, Hashable, Sendable, CaseIterable {
        /// StarGAN, either network.
        case starGAN = "stargan"
        /// Generators of residual blocks with reflection padding.
        case residual = "resnet"
        /// Generators that halve their maps, double them again, and read both.
        case uNet = "unet"
        /// Discriminators of patches.
        case patchGAN = "patchgan"
    }

    /// What a network does.
    package enum Role: String, Hashable, Sendable, CaseIterable {
        /// Makes images.
        case generator
        /// Judges images.
        case discriminator
    }

    /// The family.
    package var family: Family {
        switch self {
        case .starGANGenerator, .starGANDiscriminator: .starGAN
        case .residualGenerator: .residual
        case .uNetGenerator: .uNet
        case .patchDiscriminator: .patchGAN
        }
    }

    /// What the network does.
    package var role: Role {
        switch self {
        case .starGANGenerator, .residualGenerator, .uNetGenerator: .generator
        case .starGANDiscriminator, .patchDiscriminator: .discriminator
        }
    }

    /// Whether norms are part of the convolutions, so that the network can be run but not trained.
    package var isFolded: Bool {
        switch self {
        case .starGANGenerator, .starGANDiscriminator: false
        case .residualGenerator(_, _, _, _, let norm, _), .patchDiscriminator(_, _, _, let norm),
            .uNetGenerator(_, _, _, _, let norm):
            norm == .batch
        }
    }

    /// The image size a network is taken to be for where nothing says it.
    package var usualImageSize: Int {
        switch self {
        case .starGANGenerator: 128
        case .starGANDiscriminator(let imageSize, _, _, _): imageSize
        case .residualGenerator, .patchDiscriminator: 256
        case .uNetGenerator(_, _, _, let levels, _): 1 << min(max(levels, 0), 10)
        }
    }

    /// The network for images of a size, and the norms it has folded in.
    ///
    /// - Throws: `GraphError` naming the size out of its limits.
    package func network(
        imageSize: Int
    ) throws(GraphError) -> (graph: NetworkGraph, foldedNorms: [FoldedNorm]) {
        switch self {
        case .starGANGenerator(let channels, let classes, let residualBlocks):
            let graph = try StarGAN.generator(
                channels: channels,
                classes: classes,
                residualBlocks: residualBlocks,
                imageSize: imageSize
            )
            return (graph, [])
        case .starGANDiscriminator(let own, let channels, let classes, let layers):
            try require(imageSize, in: own...own, "image size", at: "StarGAN discriminator")
            let graph = try StarGAN.discriminator(
                imageSize: imageSize,
                channels: channels,
                classes: classes,
                layers: layers
            )
            return (graph, [])
        case .residualGenerator(
            let input,
            let output,
            let channels,
            let blocks,
            let norm,
            let drop
        ):
            return try CycleGAN.generator(
                inputChannels: input,
                outputChannels: output,
                channels: channels,
                residualBlocks: blocks,
                norm: norm,
                hasDropout: drop,
                imageSize: imageSize
            )
        case .uNetGenerator(let input, let output, let channels, let levels, let norm):
            return try UNet.generator(
                inputChannels: input,
                outputChannels: output,
                channels: channels,
                levels: levels,
                norm: norm,
                imageSize: imageSize
            )
        case .patchDiscriminator(let input, let channels, let layers, let norm):
            return try CycleGAN.discriminator(
                inputChannels: input,
                channels: channels,
                layers: layers,
                norm: norm,
                imageSize: imageSize
            )
        }
    }
}
