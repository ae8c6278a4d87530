/// The U-Net generator of pix2pix (Isola et al., CVPR 2017) with the module names of its release.
///
/// Its levels stand one inside the other:
///
/// ```
/// x ─ leaky ─ halve ─ norm ─ (next level) ─ relu ─ double ─ norm ─ y;  value: [x | y]
/// ```
/// The leaky rectifier works in place, so the x that is handed on has been through it. The
/// rectifier that reads `[x | y]` one level up makes no difference between the two.
package enum UNet {
    /// Slope of the leaky rectifiers on the way down.
    package static let leakySlope: Float = 0.2
    /// Levels: how often the image is halved.
    package static let levelLimits = 5...10

    /// The module path of a level's sequence; level 0 is the outermost.
    static func path(_ level: Int) -> String {
        level == 0
            ? "model.model"
            : "model.model.1.model" + String(repeating: ".3.model", count: level - 1)
    }

    /// The generator: image in, image in -1...1 out, and the norms folded in.
    ///
    /// Dropout counts in the module numbers but is off and holds no parameters. The innermost
    /// convolution has no norm, nor have the outermost two.
    ///
    /// - Throws: `GraphError` naming the argument out of its limits; the image size has to be
    ///   divisible by 2 to the number of levels.
    package static func generator(
        inputChannels: Int,
        outputChannels: Int,
        channels: Int,
        levels: Int,
        norm: NormKind,
        imageSize: Int
    ) throws(GraphError) -> (graph: NetworkGraph, foldedNorms: [FoldedNorm]) {
        let place = "U-Net generator"
        let limits = CycleGAN.imageChannelLimits
        try require(inputChannels, in: limits, "input channels", at: place)
        try require(outputChannels, in: limits, "output channels", at: place)
        try require(channels, in: CycleGAN.channelLimits, "channels", at: place)
        try require(levels, in: levelLimits, "levels", at: place)
        try StarGANConfiguration.checkImageSize(imageSize, at: place)
        guard imageSize % (1 << levels) == 0 else {
            throw GraphError(
                .valueOutOfRange,
                at: place,
                "\(levels) levels do not halve an image of \(imageSize) evenly",
                remedy: "use a multiple of \(1 << levels)"
            )
        }
        var builder = GraphBuilder()
        for level in 0..<levels {
            let input = level == 0 ? inputChannels : width(level - 1, channels)
            let hasNorm = level > 0 && level < levels - 1
            builder.appendHalving(
                from: input,
                to: width(level, channels),
                path: path(level) + (level == 0 ? ".0" : ".1"),
                norm: hasNorm ? (norm, path(level) + ".2") : nil,
                hasBias: hasNorm || norm == .instance,
                isInnermost: level == levels - 1
            )
        }
        for level in (0..<levels).reversed() {
            let module = level == levels - 1 ? 3 : level == 0 ? 3 : 5
            builder.appendDoubling(
                from: width(level, channels),
                to: level == 0 ? outputChannels : width(level - 1, channels),
                path: "\(path(level)).\(module)",
                norm: level == 0 ? nil : (norm, "\(path(level)).\(module + 1)"),
                skip: level == levels - 1 ? nil : .unit(level)
            )
        }
        let graph = try builder.graph(place, inputChannels: inputChannels, imageSize: imageSize)
        return (graph, builder.foldedNorms)
    }

    /// Channels of a level's halved map: doubled from level to level, up to 8 times the first.
    private static func width(_ level: Int, _ channels: Int) -> Int {
        channels * min(1 << level, 8)
    }
}

extension GraphBuilder {
    /// The way down: a convolution, and the leaky rectifier that the next level begins with.
    fileprivate mutating func appendHalving(
        from inputChannels: Int,
        to outputChannels: Int,
        path: String,
        norm: (kind: NormKind, path: String)?,
        hasBias: Bool,
        isInnermost: Bool
    ) {
        append(
            path,
            .init(
                inputChannels: inputChannels,
                outputChannels: outputChannels,
                kernel: 4,
                stride: 2,
                padding: 1,
                hasBias: hasBias
            ),
            norm: norm,
            activation: isInnermost ? .none : .leakyRelu(slope: UNet.leakySlope)
        )
    }

    /// The way up: a rectifier, and a transposed convolution of the skip's and the last map.
    fileprivate mutating func appendDoubling(
        from width: Int,
        to outputChannels: Int,
        path: String,
        norm: (kind: NormKind, path: String)?,
        skip: ConvolutionUnit.Source?
    ) {
        let last = tail
        append(
            path,
            .init(
                inputChannels: skip == nil ? width : 2 * width,
                outputChannels: outputChannels,
                kernel: 4,
                stride: 2,
                padding: 1,
                isTransposed: true,
                hasBias: true
            ),
            norm: norm,
            activation: norm == nil ? .tanh : .none,
            source: skip ?? last,
            appended: skip == nil ? nil : last,
            sourceActivation: .relu
        )
    }
}
