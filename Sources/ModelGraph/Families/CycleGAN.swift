/// The CycleGAN family (Zhu et al., ICCV 2017) with the module names of its PyTorch release:
/// the residual generator with reflection padding and the 70x70 PatchGAN discriminator.
package enum CycleGAN {
    /// Slope of the discriminator's leaky rectifiers.
    package static let leakySlope: Float = 0.2
    /// Base channels of either network.
    package static let channelLimits = 1...512
    /// Residual blocks of the generator.
    package static let residualBlockLimits = 0...32

    /// Channels of images; a discriminator of pix2pix reads two of 3.
    package static let imageChannelLimits = 1...64
    /// Halvings of the discriminator.
    package static let layerLimits = 1...5

    /// The generator: image in, image in -1...1 out; norms without parameters, biases on.
    ///
    /// - Throws: `GraphError` naming the argument out of its limits.
    package static func generator(
        channels: Int,
        residualBlocks: Int,
        imageSize: Int
    ) throws(GraphError) -> NetworkGraph {
        try generator(
            inputChannels: 3,
            outputChannels: 3,
            channels: channels,
            residualBlocks: residualBlocks,
            norm: .instance,
            hasDropout: false,
            imageSize: imageSize
        ).graph
    }

    /// The generator with all that its release lets one choose, and the norms folded in.
    ///
    /// Reflection layers and dropout, which is off, count in the module numbers but hold no
    /// parameters.
    ///
    /// - Throws: `GraphError` naming the argument out of its limits.
    static func generator(
        inputChannels: Int,
        outputChannels: Int,
        channels: Int,
        residualBlocks: Int,
        norm: NormKind,
        hasDropout: Bool,
        imageSize: Int
    ) throws(GraphError) -> (graph: NetworkGraph, foldedNorms: [FoldedNorm]) {
        let place = "CycleGAN generator"
        try require(inputChannels, in: imageChannelLimits, "input channels", at: place)
        try require(outputChannels, in: imageChannelLimits, "output channels", at: place)
        try require(channels, in: channelLimits, "channels", at: place)
        try require(residualBlocks, in: residualBlockLimits, "residual blocks", at: place)
        try StarGANConfiguration.checkImageSize(imageSize, at: place)
        var builder = GraphBuilder()
        builder.appendScaling(.reflecting(from: inputChannels, to: channels, kernel: 7), 1, norm)
        for (step, width) in [channels, channels * 2].enumerated() {
            builder.appendScaling(
                .init(
                    inputChannels: width,
                    outputChannels: width * 2,
                    kernel: 3,
                    stride: 2,
                    padding: 1,
                    hasBias: true
                ),
                4 + 3 * step,
                norm
            )
        }
        for block in 0..<residualBlocks {
            let path = "model.\(10 + block).conv_block"
            builder.appendResidualBlock(channels * 4, path, norm, hasDropout: hasDropout)
        }
        for (step, width) in [channels * 4, channels * 2].enumerated() {
            builder.appendScaling(
                .init(
                    inputChannels: width,
                    outputChannels: width / 2,
                    kernel: 3,
                    stride: 2,
                    padding: 1,
                    isTransposed: true,
                    outputPadding: 1,
                    hasBias: true
                ),
                10 + residualBlocks + 3 * step,
                norm
            )
        }
        builder.append(
            "model.\(17 + residualBlocks)",
            .reflecting(from: channels, to: outputChannels, kernel: 7),
            activation: .tanh
        )
        let graph = try builder.graph(place, inputChannels: inputChannels, imageSize: imageSize)
        return (graph, builder.foldedNorms)
    }

    /// The PatchGAN discriminator: image in, a map of real-or-fake scores out (1 channel, an
    /// eighth of the image's extent less 2).
    ///
    /// - Throws: `GraphError` naming the argument out of its limits.
    package static func discriminator(
        channels: Int,
        imageSize: Int
    ) throws(GraphError) -> NetworkGraph {
        try discriminator(
            inputChannels: 3,
            channels: channels,
            layers: 3,
            norm: .instance,
            imageSize: imageSize
        ).graph
    }

    /// The discriminator with all that its release lets one choose, and the norms folded in.
    ///
    /// `layers` convolutions halve the map and double the channels, up to 8 times the first; two
    /// more have stride 1.
    ///
    /// - Throws: `GraphError` naming the argument out of its limits.
    package static func discriminator(
        inputChannels: Int,
        channels: Int,
        layers: Int,
        norm: NormKind,
        imageSize: Int
    ) throws(GraphError) -> (graph: NetworkGraph, foldedNorms: [FoldedNorm]) {
        let place = "CycleGAN discriminator"
        try require(inputChannels, in: imageChannelLimits, "input channels", at: place)
        try require(channels, in: channelLimits, "channels", at: place)
        try require(layers, in: layerLimits, "layers", at: place)
        try StarGANConfiguration.checkImageSize(imageSize, at: place)
        var builder = GraphBuilder()
        for layer in 0...layers {
            builder.append(
                layer == 0 ? "model.0" : "model.\(3 * layer - 1)",
                .init(
                    inputChannels: builder.tailChannels ?? inputChannels,
                    outputChannels: channels * min(1 << layer, 8),
                    kernel: 4,
                    stride: layer < layers ? 2 : 1,
                    padding: 1,
                    hasBias: true
                ),
                norm: layer == 0 ? nil : (norm, "model.\(3 * layer)"),
                activation: .leakyRelu(slope: leakySlope)
            )
        }
        builder.append(
            "model.\(3 * layers + 2)",
            .init(
                inputChannels: channels * min(1 << layers, 8),
                outputChannels: 1,
                kernel: 4,
                padding: 1,
                hasBias: true
            )
        )
        let graph = try builder.graph(place, inputChannels: inputChannels, imageSize: imageSize)
        return (graph, builder.foldedNorms)
    }
}

extension ConvolutionUnit.Convolution {
    /// A stride-1 convolution that keeps the extent by reflecting, with bias.
    fileprivate static func reflecting(
        from inputChannels: Int,
        to outputChannels: Int,
        kernel: Int
    ) -> Self {
        Self(
            inputChannels: inputChannels,
            outputChannels: outputChannels,
            kernel: kernel,
            padding: kernel / 2,
            paddingMode: .reflect,
            hasBias: true
        )
    }
}

extension GraphBuilder {
    /// Convolution, norm, rectifier: three modules of the sequence.
    fileprivate mutating func appendScaling(
        _ convolution: ConvolutionUnit.Convolution,
        _ module: Int,
        _ norm: NormKind
    ) {
        append(
            "model.\(module)",
            convolution,
            norm: (norm, "model.\(module + 1)"),
            activation: .relu
        )
    }

    /// Pad, convolution, norm, rectifier, (dropout,) pad, convolution, norm; the block's input is
    /// added.
    fileprivate mutating func appendResidualBlock(
        _ channels: Int,
        _ path: String,
        _ norm: NormKind,
        hasDropout: Bool
    ) {
        let skip = tail
        let convolution = ConvolutionUnit.Convolution.reflecting(
            from: channels,
            to: channels,
            kernel: 3
        )
        let second = hasDropout ? 6 : 5
        append(path + ".1", convolution, norm: (norm, path + ".2"), activation: .relu)
        append(
            path + ".\(second)",
            convolution,
            norm: (norm, path + ".\(second + 1)"),
            residual: skip
        )
    }
}
