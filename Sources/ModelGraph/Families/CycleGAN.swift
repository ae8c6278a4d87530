/// The CycleGAN family (Zhu et al., ICCV 2017) with the module names of its PyTorch release:
/// the residual generator with reflection padding and the 70x70 PatchGAN discriminator.
package enum CycleGAN {
    /// Slope of the discriminator's leaky rectifiers.
    package static let leakySlope: Float = 0.2
    /// Base channels of either network.
    package static let channelLimits = 1...512
    /// Residual blocks of the generator.
    package static let residualBlockLimits = 0...32

    /// The generator: image in, image in -1...1 out; norms without parameters, biases on.
    ///
    /// Reflection layers count in the module numbers but hold no parameters.
    ///
    /// - Throws: `GraphError` naming the argument out of its limits.
    package static func generator(
        channels: Int,
        residualBlocks: Int,
        imageSize: Int
    ) throws(GraphError) -> NetworkGraph {
        let place = "CycleGAN generator"
        try require(channels, in: channelLimits, "channels", at: place)
        try require(residualBlocks, in: residualBlockLimits, "residual blocks", at: place)
        try StarGANConfiguration.checkImageSize(imageSize, at: place)
        var builder = GraphBuilder()
        builder.appendScaling(.reflecting(from: 3, to: channels, kernel: 7), module: 1)
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
                module: 4 + 3 * step
            )
        }
        for block in 0..<residualBlocks {
            let path = "model.\(10 + block).conv_block"
            builder.appendResidualBlock(channels: channels * 4, path: path)
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
                module: 10 + residualBlocks + 3 * step
            )
        }
        builder.append(
            "model.\(17 + residualBlocks)",
            .reflecting(from: channels, to: 3, kernel: 7),
            activation: .tanh
        )
        return try NetworkGraph(
            name: place,
            inputChannels: 3,
            inputHeight: imageSize,
            inputWidth: imageSize,
            units: builder.units,
            outputs: [builder.units.count - 1]
        )
    }

    /// The PatchGAN discriminator: image in, a map of real-or-fake scores out (1 channel, an
    /// eighth of the image's extent less 2).
    ///
    /// - Throws: `GraphError` naming the argument out of its limits.
    package static func discriminator(
        channels: Int,
        imageSize: Int
    ) throws(GraphError) -> NetworkGraph {
        let place = "CycleGAN discriminator"
        try require(channels, in: channelLimits, "channels", at: place)
        try StarGANConfiguration.checkImageSize(imageSize, at: place)
        let layers: [(module: Int, channels: Int, stride: Int, hasNorm: Bool)] = [
            (0, channels, 2, false), (2, channels * 2, 2, true), (5, channels * 4, 2, true),
            (8, channels * 8, 1, true),
        ]
        var builder = GraphBuilder()
        for layer in layers {
            builder.append(
                "model.\(layer.module)",
                .init(
                    inputChannels: builder.tailChannels ?? 3,
                    outputChannels: layer.channels,
                    kernel: 4,
                    stride: layer.stride,
                    padding: 1,
                    hasBias: true
                ),
                plainNorm: layer.hasNorm,
                activation: .leakyRelu(slope: leakySlope)
            )
        }
        builder.append(
            "model.11",
            .init(
                inputChannels: channels * 8,
                outputChannels: 1,
                kernel: 4,
                padding: 1,
                hasBias: true
            )
        )
        return try NetworkGraph(
            name: place,
            inputChannels: 3,
            inputHeight: imageSize,
            inputWidth: imageSize,
            units: builder.units,
            outputs: [builder.units.count - 1]
        )
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
    /// Convolution, norm without parameters, rectifier: three modules of the sequence.
    fileprivate mutating func appendScaling(
        _ convolution: ConvolutionUnit.Convolution,
        module: Int
    ) {
        append("model.\(module)", convolution, plainNorm: true, activation: .relu)
    }

    /// Pad, convolution, norm, rectifier, pad, convolution, norm; the block's input is added.
    fileprivate mutating func appendResidualBlock(channels: Int, path: String) {
        let skip = tail
        let convolution = ConvolutionUnit.Convolution.reflecting(
            from: channels,
            to: channels,
            kernel: 3
        )
        append(path + ".1", convolution, plainNorm: true, activation: .relu)
        append(path + ".5", convolution, plainNorm: true, residual: skip)
    }
}
