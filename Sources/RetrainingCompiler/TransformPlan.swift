package import AcceleratorISA
package import ModelGraph

/// A generator compiled for changing one picture at a time: forward only, parameters without
/// moments.
///
/// ```
/// image, labels -> compose -> generator -> compose -> result
/// ```
package struct TransformPlan: Sendable {
    /// Where the generator's parameters are.
    package let generator: NetworkParameters
    /// The picture: bf16 planes of 3 channels.
    package let image: Tensor
    /// What it shall become: one row.
    package let labels: Tensor
    /// The changed picture: bf16 planes of 3 channels.
    package let result: Tensor
    /// Makes working copies of freshly written masters.
    package let setUp: Program
    /// Changes the picture.
    package let program: Program

    /// Compiles a StarGAN generator, whose input is an image and label planes.
    ///
    /// - Throws: ``CompileError`` when the device's DRAM is too small.
    package init(
        generator graph: NetworkGraph,
        capabilities: DeviceCapabilities
    ) throws(CompileError) {
        var layout = DeviceLayout(capacity: capabilities.dramByteCount)
        generator = try NetworkParameters(graph, isTrained: false, in: &layout)
        let input = graph.inputShape
        let imageChannels = 3
        image = try Self.placeImage(input, imageChannels, in: &layout)
        labels = try layout.place(
            .vector,
            batch: 1,
            channels: input.channels - imageChannels,
            kind: .statistics
        )
        result = try Self.placeImage(input, imageChannels, in: &layout)
        var setUp = ProgramBuilder()
        generator.appendWorkingCopies(to: &setUp)
        self.setUp = try Program(setUp, start: layout.end, capacity: layout.capacity)
        var builder = ProgramBuilder()
        let composed = builder.map(batch: 1, input, kind: .featureMap)
        builder.append(.compose(image, labels: labels, to: composed), "image")
        let pass = ForwardPass(generator)
        let record = pass.append(to: &builder, input: composed, label: "generator")
        let changed = pass.value(of: graph.outputs[0], in: record)
        builder.append(.compose(changed, labels: nil, to: result), "result")
        program = try Program(builder, start: layout.end, capacity: layout.capacity)
    }

    private static func placeImage(
        _ shape: FeatureMapShape,
        _ channels: Int,
        in layout: inout DeviceLayout
    ) throws(CompileError) -> Tensor {
        try layout.place(
            .image,
            batch: 1,
            channels: channels,
            height: shape.height,
            width: shape.width,
            kind: .image
        )
    }
}
