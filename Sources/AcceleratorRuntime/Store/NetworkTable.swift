package import ModelGraph

/// A network as a table: a row a unit, with what it reads, does, writes, costs and takes.
package struct NetworkTable: Sendable {
    /// The network.
    package let network: RecognizedNetwork
    /// Bytes of each unit's tensors in the file.
    private let byteCounts: [Int]

    /// The table of a network that a checkpoint holds.
    package init(_ network: RecognizedNetwork, in checkpoint: Checkpoint) {
        self.network = network
        let graph = network.graph
        byteCounts = graph.units.indices.map { unit in
            let names = graph.parameters(of: unit).compactMap { network.names[$0.name] }
            return names.reduce(0) { $0 + (checkpoint[$1]?.byteCount ?? 0) }
        }
    }

    /// What the network is, in one line.
    package var title: String {
        let graph = network.graph
        let place = network.prefix.isEmpty ? "" : " at \(network.prefix)"
        let use = network.isTrainable ? "" : ", batch norms folded in: it can be run, not trained"
        return "\(network.family.rawValue) \(network.role.rawValue)\(place), for pictures of "
            + "\(graph.inputWidth) x \(graph.inputHeight)\(use)"
    }

    /// The table for people, with totals in its last row.
    package var lines: [String] {
        let graph = network.graph
        var rows = graph.units.indices.map { cells($0) }
        rows.append([
            "total", "", "", "", "", "", "", Readable.count(Double(graph.forwardMACCount)),
            "\(graph.parameterElementCount)", "\(byteCounts.reduce(0, +))",
        ])
        let table = TextTable(
            columns: [
                .words("unit"), .words("reads"), .words("kernel"), .number("stride"),
                .words("norm"), .words("activation"), .words("output"), .number("MACs"),
                .number("parameters"), .number("bytes"),
            ],
            rows: rows
        )
        return [title] + table.lines
    }

    /// The same as JSON.
    package var document: StrictJSON {
        let graph = network.graph
        let units = graph.units.indices.map { index -> StrictJSON in
            let unit = graph.units[index]
            let shape = graph.outputShape(of: index)
            return [
                "name": .string(unit.name),
                "reads": .string(source(unit)),
                "kernel": .integer(unit.convolution.kernel),
                "stride": .integer(unit.convolution.stride),
                "isTransposed": .bool(unit.convolution.isTransposed),
                "norm": .string(norm(index)),
                "activation": .string(activation(unit)),
                "output": [
                    .integer(shape.channels), .integer(shape.height), .integer(shape.width),
                ],
                "macs": .integer(graph.forwardMACCount(of: index)),
                "parameters": .integer(parameterCount(index)),
                "bytes": .integer(byteCounts[index]),
            ]
        }
        return [
            "family": .string(network.family.rawValue),
            "role": .string(network.role.rawValue),
            "prefix": .string(network.prefix),
            "isTrainable": .bool(network.isTrainable),
            "units": .array(units),
            "macs": .integer(graph.forwardMACCount),
            "parameters": .integer(graph.parameterElementCount),
            "bytes": .integer(byteCounts.reduce(0, +)),
        ]
    }

    private func cells(_ index: Int) -> [String] {
        let graph = network.graph
        let unit = graph.units[index]
        let convolution = unit.convolution
        let kernel = "\(convolution.kernel) x \(convolution.kernel)"
        return [
            unit.name, source(unit), convolution.isTransposed ? "\(kernel) transposed" : kernel,
            "\(convolution.stride)", norm(index), activation(unit),
            "\(graph.outputShape(of: index))",
            Readable.count(Double(graph.forwardMACCount(of: index))), "\(parameterCount(index))",
            "\(byteCounts[index])",
        ]
    }

    private func parameterCount(_ index: Int) -> Int {
        network.graph.parameters(of: index).reduce(0) { $0 + $1.elementCount }
    }

    private func source(_ unit: ConvolutionUnit) -> String {
        func words(_ source: ConvolutionUnit.Source) -> String {
            switch source {
            case .input: "input"
            case .unit(let index): network.graph.units[index].name
            }
        }
        return words(unit.source) + (unit.residual.map { " + \(words($0))" } ?? "")
    }

    private func norm(_ index: Int) -> String {
        if network.foldedNorms.contains(where: { $0.unitIndex == index }) { return "batch, folded" }
        switch network.graph.units[index].normalization {
        case nil: return ""
        case let norm?: return norm.isAffine ? "instance, affine" : "instance"
        }
    }

    private func activation(_ unit: ConvolutionUnit) -> String {
        switch unit.activation {
        case .none: ""
        case .relu: "relu"
        case .leakyRelu(let slope): "leaky relu \(Readable.number(Double(slope)))"
        case .tanh: "tanh"
        }
    }
}
