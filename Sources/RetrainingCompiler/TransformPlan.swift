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
    /// What it shall become: one row; nil for a generator that reads a picture alone.
    package let labels: Tensor?
    /// The changed picture: bf16 planes of 3 channels.
    package let result: Tensor
    /// Makes working copies of freshly written masters.
    package let setUp: Program
    /// Changes the picture.
    package let program: Program

    /// Compiles a generator, whose input is an image, with label planes behind it if it reads more
    /// than 3 channels.
    ///
    /// - Throws: ``CompileError`` when the device's DRAM is too small, or the generator does not
    ///   read and write images of 3 channels and one size.
    package init(
        generator graph: NetworkGraph,
        capabilities: DeviceCapabilities
    ) throws(CompileError) {
        var layout = DeviceLayout(capacity: capabilities.dramByteCount)
        generator = try NetworkParameters(graph, isTrained: false, in: &layout)
        let input = graph.inputShape
        let imageChannels = 3
        image = try Self.placeImage(input, imageChannels, in: &layout)
        let output = graph.outputShape(of: graph.outputs[0])
        guard input.channels >= imageChannels, output.channels == imageChannels,
            output.height == input.height, output.width == input.width
        else {
            throw CompileError(
                "failed to compile a generator: \(graph.name) makes \(output) of \(input); give "
                    + "one that reads and writes images of 3 channels and one size"
            )
        }
        labels = try Self.placeLabels(input.channels - imageChannels, in: &layout)
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

    private static func placeLabels(
        _ count: Int,
        in layout: inout DeviceLayout
    ) throws(CompileError) -> Tensor? {
        guard count > 0 else { return nil }
        return try layout.place(.vector, batch: 1, channels: count, kind: .statistics)
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
