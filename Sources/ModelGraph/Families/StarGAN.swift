/// The StarGAN family (Choi et al., CVPR 2018) with the module names of its PyTorch release.
package enum StarGAN {
    /// Slope of the discriminator's leaky rectifiers.
    package static let leakySlope: Float = 0.01

    /// The generator: image and label planes in, image out.
    ///
    /// Input: `3 + classes` channels, the label planes after the image. Output: 3 channels in
    /// -1...1. Two halvings, `residualBlocks` blocks at `4 * channels`, two doublings.
    ///
    /// - Throws: `GraphError` naming the argument out of its limits.
    package static func generator(
        channels: Int,
        classes: Int,
        residualBlocks: Int,
        imageSize: Int
    ) throws(GraphError) -> NetworkGraph {
        let place = "StarGAN generator"
        let limits = StarGANConfiguration.Limits.self
        try StarGANConfiguration.checkImageSize(imageSize, at: place)
        try require(channels, in: limits.generatorChannels, "channels", at: place)
        try require(classes, in: limits.classes, "classes", at: place)
        try require(residualBlocks, in: limits.residualBlocks, "residual blocks", at: place)
        var builder = GraphBuilder()
        builder.appendScaling(
            .init(inputChannels: 3 + classes, outputChannels: channels, kernel: 7, padding: 3),
            module: 0
        )
        for (step, width) in [channels, channels * 2].enumerated() {
            builder.appendScaling(
                .init(
                    inputChannels: width,
                    outputChannels: width * 2,
                    kernel: 4,
                    stride: 2,
                    padding: 1
                ),
                module: 3 + 3 * step
            )
        }
        for block in 0..<residualBlocks {
            builder.appendResidualBlock(channels: channels * 4, path: "main.\(9 + block).main")
        }
        for (step, width) in [channels * 4, channels * 2].enumerated() {
            builder.appendScaling(
                .init(
                    inputChannels: width,
                    outputChannels: width / 2,
                    kernel: 4,
                    stride: 2,
                    padding: 1,
                    isTransposed: true
                ),
                module: 9 + residualBlocks + 3 * step
            )
        }
        builder.append(
            "main.\(15 + residualBlocks)",
            .init(inputChannels: channels, outputChannels: 3, kernel: 7, padding: 3),
            activation: .tanh
        )
        return try NetworkGraph(
            name: place,
            inputChannels: 3 + classes,
            inputHeight: imageSize,
            inputWidth: imageSize,
            units: builder.units,
            outputs: [builder.units.count - 1]
        )
    }

    /// The discriminator: image in; out a map of real-or-fake scores (`conv1`, 1 channel) and the
    /// class logits (`conv2`, `classes` channels, 1x1).
    ///
    /// - Throws: `GraphError` naming the argument out of its limits.
    package static func discriminator(
        imageSize: Int,
        channels: Int,
        classes: Int,
        layers: Int
    ) throws(GraphError) -> NetworkGraph {
        let place = "StarGAN discriminator"
        try StarGANConfiguration.checkImageSize(imageSize, at: place)
        try StarGANConfiguration.checkDiscriminator(
            imageSize: imageSize,
            channels: channels,
            layers: layers,
            at: place
        )
        try require(classes, in: StarGANConfiguration.Limits.classes, "classes", at: place)
        var builder = GraphBuilder()
        for layer in 0..<layers {
            builder.append(
                "main.\(2 * layer)",
                .init(
                    inputChannels: builder.tailChannels ?? 3,
                    outputChannels: channels << layer,
                    kernel: 4,
                    stride: 2,
                    padding: 1,
                    hasBias: true
                ),
                activation: .leakyRelu(slope: leakySlope)
            )
        }
        let trunk = builder.tail
        let width = channels << (layers - 1)
        builder.append(
            "conv1",
            .init(inputChannels: width, outputChannels: 1, kernel: 3, padding: 1),
            source: trunk
        )
        builder.append(
            "conv2",
            .init(inputChannels: width, outputChannels: classes, kernel: imageSize >> layers),
            source: trunk
        )
        return try NetworkGraph(
            name: place,
            inputChannels: 3,
            inputHeight: imageSize,
            inputWidth: imageSize,
            units: builder.units,
            outputs: [layers, layers + 1]
        )
    }
}

extension GraphBuilder {
    /// Convolution, affine norm, rectifier: three modules of the generator's sequence.
    fileprivate mutating func appendScaling(
        _ convolution: ConvolutionUnit.Convolution,
        module: Int
    ) {
        append(
            "main.\(module)",
            convolution,
            affineNorm: "main.\(module + 1)",
            activation: .relu
        )
    }

    /// Two 3x3 convolutions around which the block's input is added.
    fileprivate mutating func appendResidualBlock(channels: Int, path: String) {
        let skip = tail
        let convolution = ConvolutionUnit.Convolution(
            inputChannels: channels,
            outputChannels: channels,
            kernel: 3,
            padding: 1
        )
        append(path + ".0", convolution, affineNorm: path + ".1", activation: .relu)
        append(path + ".3", convolution, affineNorm: path + ".4", residual: skip)
    }
}
