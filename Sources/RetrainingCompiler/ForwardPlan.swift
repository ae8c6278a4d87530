package import AcceleratorISA
package import ModelGraph

/// A network compiled for one pass over a batch: forward only, parameters without moments.
///
/// ```
/// image, labels -> compose -> network -> a map an output
/// ```
package struct ForwardPlan: Sendable {
    /// Where the network's parameters are.
    package let network: NetworkParameters
    /// The images: bf16 planes, of the channels in front of the labels.
    package let images: Tensor
    /// A row of labels an image, each a plane behind the image's; nil for none.
    package let labels: Tensor?
    /// The outputs, in the graph's order: maps.
    package let outputs: [Tensor]
    /// Makes working copies of freshly written masters.
    package let setUp: Program
    /// The pass.
    package let program: Program

    /// Compiles a network that reads images with `labels` planes behind them.
    ///
    /// - Throws: ``CompileError`` when the device's DRAM is too small, or there are not more
    ///   channels than labels.
    package init(
        _ graph: NetworkGraph,
        batch: Int,
        labels labelCount: Int = 0,
        capabilities: DeviceCapabilities
    ) throws(CompileError) {
        let input = graph.inputShape
        guard labelCount >= 0, labelCount < input.channels, batch >= 1 else {
            throw CompileError(
                "failed to compile \(graph.name): \(labelCount) of its \(input.channels) channels "
                    + "are labels, for \(batch) images; leave a channel to at least one image"
            )
        }
        var layout = DeviceLayout(capacity: capabilities.dramByteCount)
        network = try NetworkParameters(graph, isTrained: false, in: &layout)
        images = try layout.place(
            .image,
            batch: batch,
            channels: input.channels - labelCount,
            height: input.height,
            width: input.width,
            kind: .image
        )
        labels = try Self.placeLabels(labelCount, batch, in: &layout)
        let outputs = try Self.placeOutputs(of: graph, batch, in: &layout)
        self.outputs = graph.outputs.compactMap { outputs[$0] }
        var setUp = ProgramBuilder()
        network.appendWorkingCopies(to: &setUp)
        self.setUp = try Program(setUp, start: layout.end, capacity: layout.capacity)
        var builder = ProgramBuilder()
        let composed = builder.map(batch: batch, input, kind: .featureMap)
        builder.append(.compose(images, labels: labels, to: composed), "images")
        let pass = ForwardPass(network)
        let record = pass.append(
            to: &builder,
            input: composed,
            label: "network",
            outputs: outputs
        )
        // Outputs behind a norm are maps of the pass's own.
        for (index, place) in outputs.sorted(by: { $0.key < $1.key }) {
            let value = pass.value(of: index, in: record)
            if value != place { builder.append(.compose(value, labels: nil, to: place), "output") }
        }
        program = try Program(builder, start: layout.end, capacity: layout.capacity)
    }

    private static func placeLabels(
        _ count: Int,
        _ batch: Int,
        in layout: inout DeviceLayout
    ) throws(CompileError) -> Tensor? {
        guard count > 0 else { return nil }
        return try layout.place(.vector, batch: batch, channels: count, kind: .statistics)
    }

    private static func placeOutputs(
        of graph: NetworkGraph,
        _ batch: Int,
        in layout: inout DeviceLayout
    ) throws(CompileError) -> [Int: Tensor] {
        var outputs: [Int: Tensor] = [:]
        for index in graph.outputs {
            let shape = graph.outputShape(of: index)
            outputs[index] = try layout.place(
                .map,
                batch: batch,
                channels: shape.channels,
                height: shape.height,
                width: shape.width,
                kind: .featureMap
            )
        }
        return outputs
    }
}
