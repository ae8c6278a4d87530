package import AcceleratorISA
package import ModelGraph

/// A discriminator compiled for judging one picture at a time: forward only, parameters without
/// moments.
///
/// ```
/// image -> compose -> discriminator -> real scores, class scores
/// ```
package struct JudgePlan: Sendable {
    /// Where the discriminator's parameters are.
    package let discriminator: NetworkParameters
    /// The picture: bf16 planes of 3 channels.
    package let image: Tensor
    /// One score of "real" a field of the picture: a map of 1 channel.
    package let realScores: Tensor
    /// One logit a class: a map of 1 x 1.
    package let classScores: Tensor
    /// Makes working copies of freshly written masters.
    package let setUp: Program
    /// Judges the picture.
    package let program: Program

    /// Compiles a StarGAN discriminator, whose outputs are real scores and class scores.
    ///
    /// - Throws: ``CompileError`` when the device's DRAM is too small.
    package init(
        discriminator graph: NetworkGraph,
        capabilities: DeviceCapabilities
    ) throws(CompileError) {
        precondition(graph.outputs.count == 2, "a discriminator has two outputs")
        var layout = DeviceLayout(capacity: capabilities.dramByteCount)
        discriminator = try NetworkParameters(graph, isTrained: false, in: &layout)
        let input = graph.inputShape
        image = try layout.place(
            .image,
            batch: 1,
            channels: input.channels,
            height: input.height,
            width: input.width,
            kind: .image
        )
        realScores = try Self.place(graph.outputShape(of: graph.outputs[0]), in: &layout)
        classScores = try Self.place(graph.outputShape(of: graph.outputs[1]), in: &layout)
        var setUp = ProgramBuilder()
        discriminator.appendWorkingCopies(to: &setUp)
        self.setUp = try Program(setUp, start: layout.end, capacity: layout.capacity)
        var builder = ProgramBuilder()
        let composed = builder.map(batch: 1, input, kind: .featureMap)
        builder.append(.compose(image, labels: nil, to: composed), "image")
        _ = ForwardPass(discriminator)
            .append(
                to: &builder,
                input: composed,
                label: "discriminator",
                outputs: [graph.outputs[0]: realScores, graph.outputs[1]: classScores]
            )
        program = try Program(builder, start: layout.end, capacity: layout.capacity)
    }

    private static func place(
        _ shape: FeatureMapShape,
        in layout: inout DeviceLayout
    ) throws(CompileError) -> Tensor {
        try layout.place(
            .map,
            batch: 1,
            channels: shape.channels,
            height: shape.height,
            width: shape.width,
            kind: .featureMap
        )
    }
}
