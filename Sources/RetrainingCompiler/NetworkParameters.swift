package import AcceleratorISA
package import ModelGraph

/// One parameter of a network in device DRAM.
package struct ParameterTensors: Sendable {
    /// The graph's description: name, role, PyTorch shape.
    package let parameter: NetworkGraph.Parameter
    /// fp32 values: masterWeights, or a vector of one image.
    package let master: Tensor
    /// bf16 working copy; nil for vectors, which are used as they are.
    package let workingCopy: Tensor?
    /// Adam's moments, of the master's shape; nil for a parameter that is never trained.
    package let moments: (first: Tensor, second: Tensor)?
}

/// A network's parameters in device DRAM, by unit.
package struct NetworkParameters: Sendable {
    /// The network.
    package let graph: NetworkGraph
    /// Parameters in the graph's order.
    package let tensors: [ParameterTensors]

    /// Places the parameters of a network; moments only where it is trained.
    ///
    /// - Throws: ``CompileError`` when they do not fit, or a unit reads two maps in a way that the
    ///   device has no commands for.
    package init(
        _ graph: NetworkGraph,
        isTrained: Bool,
        in layout: inout DeviceLayout
    ) throws(CompileError) {
        try graph.checkParts()
        self.graph = graph
        var tensors: [ParameterTensors] = []
        for parameter in graph.parameters {
            tensors.append(try Self.place(parameter, isTrained, in: &layout))
        }
        self.tensors = tensors
    }

    private static func place(
        _ parameter: NetworkGraph.Parameter,
        _ isTrained: Bool,
        in layout: inout DeviceLayout
    ) throws(CompileError) -> ParameterTensors {
        let isWeight = parameter.role == .weight
        let shape = isWeight ? parameter.shape : [1, parameter.shape[0], 1, 1]
        func place(
            _ tensorLayout: TensorLayout,
            _ kind: TensorKind,
            _ layout: inout DeviceLayout
        ) throws(CompileError) -> Tensor {
            try layout.place(
                tensorLayout,
                batch: shape[0],
                channels: shape[1],
                height: shape[2],
                width: shape[3],
                kind: kind
            )
        }
        let master: TensorLayout = isWeight ? .masterWeights : .vector
        var moments: (first: Tensor, second: Tensor)?
        let values = try place(master, isWeight ? .optimizerState : .weight, &layout)
        let working = isWeight ? try place(.weights, .weight, &layout) : nil
        if isTrained {
            let first = try place(master, .optimizerState, &layout)
            moments = (first, try place(master, .optimizerState, &layout))
        }
        return ParameterTensors(
            parameter: parameter,
            master: values,
            workingCopy: working,
            moments: moments
        )
    }

    /// The tensors of a unit's parameter, if it has one of that role.
    package func tensor(
        _ unit: Int,
        _ role: NetworkGraph.Parameter.Role
    ) -> ParameterTensors? {
        tensors.first { $0.parameter.unitIndex == unit && $0.parameter.role == role }
    }

    /// Appends commands that make every working copy from its master.
    package func appendWorkingCopies(to builder: inout ProgramBuilder) {
        for tensors in tensors {
            guard let workingCopy = tensors.workingCopy else { continue }
            var command = Command(.optimizer, stage: .update)
            command.operands[.parameter] = tensors.master
            command.operands[.workingCopy] = workingCopy
            builder.append(command, "\(tensors.parameter.name) working copy")
        }
    }
}
