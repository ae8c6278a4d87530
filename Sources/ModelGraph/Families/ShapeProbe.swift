/// Reads sizes off the shapes of a few telling parameters.
struct ShapeProbe {
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

    /// Whether a weight of a square kernel of that extent has the name.
    func hasKernel(_ extent: Int, _ name: String) -> Bool {
        guard let shape = shapes[name] else { return false }
        return shape.count == 4 && shape[2] == extent && shape[3] == extent
    }
}

// MARK: - StarGAN

extension ShapeProbe {
    /// The sizes of a StarGAN generator whose names carry a prefix.
    func starGANGenerator(
        _ prefix: String
    ) throws(ParameterError) -> (channels: Int, classes: Int, residualBlocks: Int) {
        let stem = try shape(
            prefix + "main.0.weight",
            expected: "[channels, 3 + classes, 7, 7]"
        ) { $0[1] > 3 && $0[2] == 7 && $0[3] == 7 }
        let blocks = run { "\(prefix)main.\(9 + $0).main.0.weight" }
        return (stem[0], stem[1] - 3, blocks)
    }

    /// The sizes of a StarGAN discriminator; its class head's kernel is the image size halved once
    /// a layer.
    func starGANDiscriminator(
        _ prefix: String
    ) throws(ParameterError) -> (imageSize: Int, channels: Int, layers: Int, classes: Int) {
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
        return (head[2] << layers, stem[0], layers, head[0])
    }
}

// MARK: - CycleGAN and pix2pix

extension ShapeProbe {
    /// The norm behind a convolution: a batch norm has a scale, an instance norm nothing.
    private func norm(_ path: String) -> NormKind {
        shapes[path + ".weight"]?.count == 1 ? .batch : .instance
    }

    /// The sizes of a residual generator with reflection padding.
    func residualGenerator() throws(ParameterError) -> NetworkArchitecture {
        let stem = try shape("model.1.weight", expected: "[channels, image channels, 7, 7]") {
            $0[2] == 7 && $0[3] == 7
        }
        let blocks = run { "model.\(10 + $0).conv_block.1.weight" }
        let last = try shape(
            "model.\(17 + blocks).weight",
            expected: "[image channels, channels, 7, 7]"
        ) { $0[2] == 7 && $0[3] == 7 }
        return .residualGenerator(
            inputChannels: stem[1],
            outputChannels: last[0],
            channels: stem[0],
            residualBlocks: blocks,
            norm: norm("model.2"),
            hasDropout: hasKernel(3, "model.10.conv_block.6.weight")
        )
    }

    /// The sizes of a U-Net.
    func uNetGenerator() throws(ParameterError) -> NetworkArchitecture {
        let stem = try shape(
            UNet.path(0) + ".0.weight",
            expected: "[channels, image channels, 4, 4]"
        ) { $0[2] == 4 && $0[3] == 4 }
        let last = try shape(
            UNet.path(0) + ".3.weight",
            expected: "[channels, image channels, 4, 4]"
        ) { $0[2] == 4 && $0[3] == 4 }
        var levels = 1
        while levels < UNet.levelLimits.upperBound + 1,
            hasKernel(4, UNet.path(levels) + ".1.weight")
        {
            levels += 1
        }
        return .uNetGenerator(
            inputChannels: stem[1],
            outputChannels: last[1],
            channels: stem[0],
            levels: levels,
            norm: norm(UNet.path(1) + ".2")
        )
    }

    /// The sizes of a PatchGAN discriminator.
    func patchDiscriminator() throws(ParameterError) -> NetworkArchitecture {
        let stem = try shape("model.0.weight", expected: "[channels, image channels, 4, 4]") {
            $0[2] == 4 && $0[3] == 4
        }
        // Convolutions stand at 2, 5, 8... ; the last two have stride 1, and the last one no norm.
        let run = run { "model.\(2 + 3 * $0).weight" }
        return .patchDiscriminator(
            inputChannels: stem[1],
            channels: stem[0],
            layers: max(1, run - 1),
            norm: norm("model.3")
        )
    }
}
