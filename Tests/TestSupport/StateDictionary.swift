package import ModelGraph

/// State dicts of networks as PyTorch's modules make them, batch norms included.
package enum StateDictionary {
    /// Names, each with a prefix, and shapes.
    package static func shapes(
        of architecture: NetworkArchitecture,
        prefix: String = ""
    ) throws(GraphError) -> [NamedShape] {
        let (graph, norms) = try architecture.network(imageSize: architecture.usualImageSize)
        let folded = Set(norms.map { graph.units[$0.unitIndex].name + ".bias" })
        var shapes = graph.parameters.filter { !folded.contains($0.name) }.map {
            NamedShape(name: prefix + $0.name, shape: $0.shape)
        }
        for norm in norms {
            let channels = graph.units[norm.unitIndex].convolution.outputChannels
            for end in ["weight", "bias", "running_mean", "running_var"] {
                shapes.append(
                    NamedShape(name: "\(prefix)\(norm.path).\(end)", shape: [channels])
                )
            }
            shapes.append(
                NamedShape(name: "\(prefix)\(norm.path).num_batches_tracked", shape: [])
            )
        }
        return shapes
    }

    /// The state dict with weights that let every layer pass something on.
    package static func checkpoint(
        of architecture: NetworkArchitecture,
        prefix: String = "",
        seed: UInt64 = 1
    ) throws -> Checkpoint {
        var tensors: [CheckpointTensor] = []
        for entry in try shapes(of: architecture, prefix: prefix) {
            let isCount = entry.name.hasSuffix("num_batches_tracked")
            let values = isCount ? [] : self.values(of: entry, seed: seed)
            tensors.append(
                try CheckpointTensor(
                    path: [entry.name],
                    elementType: isCount ? .signed64 : .float32,
                    shape: entry.shape,
                    bytes: isCount ? [7, 0, 0, 0, 0, 0, 0, 0] : values.flatMap(littleEndian)
                )
            )
        }
        return try Checkpoint(format: .pytorch, tensors: tensors)
    }

    private static func values(of entry: NamedShape, seed: UInt64) -> [Float] {
        var random = CounterRandom(seed: seed, stream: entry.name)
        let fanIn = Float(entry.shape.dropFirst().reduce(1, *))
        let isAroundOne =
            entry.name.hasSuffix("running_var")
            || entry.shape.count == 1 && entry.name.hasSuffix(".weight")
        let (center, width): (Float, Float) =
            entry.shape.count > 1 ? (0, 2.4 / fanIn.squareRoot()) : (isAroundOne ? 1 : 0, 0.2)
        return (0..<entry.shape.reduce(1, *)).map { _ in
            center + (random.uniform() * 2 - 1) * width
        }
    }

    private static func littleEndian(_ value: Float) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }
}
