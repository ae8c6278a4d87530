import AcceleratorISA
import ModelGraph

/// Appends the second-order term of a gradient penalty: its gradient by the discriminator's
/// weights.
///
/// With d the deltas of the first error pass (seeded with ones), g the error of the input and
/// u = dP/dg, the penalty is linear in each layer's weights between u and d, because an activation
/// without curvature contributes nothing: dP/dW of a layer is the weight gradient of the layer's
/// input u and its delta d, and u goes on as `activation'(z) * (W u)`. No bias takes part.
struct TangentPass {
    let forward: ForwardPass
    let record: ForwardRecord
    /// Deltas of the error pass that made the penalised gradient.
    let deltas: [Tensor?]
    let label: String
    /// Which parameters get a gradient.
    let trains: (ParameterTensors) -> Bool

    /// Appends the pass.
    ///
    /// Units whose gradient is smaller than the maps it is made from have it made at once, so that
    /// the maps need not stay; for the others the caller makes it when the rest of the unit's
    /// gradient is made: large gradients then live shortly.
    ///
    /// `input` is u at the network's input, `output` the seeded unit. Returned is the tangent at
    /// the source of each unit whose gradient is still to be made.
    func append(
        to builder: inout ProgramBuilder,
        input: Tensor,
        output: Int,
        gradients: inout GradientSet
    ) -> [Tensor?] {
        let graph = forward.graph
        var needed = [Bool](repeating: false, count: graph.units.count)
        needed[output] = true
        for index in graph.units.indices.reversed() where needed[index] {
            if case .unit(let source) = graph.units[index].source { needed[source] = true }
        }
        var tangents = [Tensor?](repeating: nil, count: graph.units.count)
        var sources = tangents
        for index in graph.units.indices where needed[index] {
            switch graph.units[index].source {
            case .input: sources[index] = input
            case .unit(let other): sources[index] = tangents[other]
            }
            guard let source = sources[index] else { continue }
            if index != output { tangents[index] = appendTangent(index, source, to: &builder) }
            guard let delta = deltas[index],
                let weight = forward.parameters.tensor(index, .weight),
                weight.master.byteCount < delta.byteCount + source.byteCount
            else { continue }
            appendGradient(of: index, source: source, to: &builder, gradients: &gradients)
            sources[index] = nil
        }
        return sources
    }

    /// Appends a unit's share of the penalty's gradient, added to what there is.
    func appendGradient(
        of index: Int,
        source: Tensor,
        to builder: inout ProgramBuilder,
        gradients: inout GradientSet
    ) {
        guard let weight = forward.parameters.tensor(index, .weight), trains(weight),
            let delta = deltas[index]
        else { return }
        let unit = forward.graph.units[index]
        let (tensor, accumulates) = gradients.destination(for: weight, in: &builder)
        var command = Command(.convolutionBackward, stage: .error)
        command.geometry = unit.convolution.geometry
        command.operands[.error] = delta
        command.operands[.source] = source
        command.operands[.weightGradient] = tensor
        if accumulates { command.flags.insert(.accumulates) }
        let layer = LayerReference(forward.graph, unit: index, pass: label)
        builder.append(command, "\(label) \(unit.name) penalty gradient", layer: layer)
    }

    /// Norms have curvature that this pass does not carry.
    static func check(_ graph: NetworkGraph) throws(CompileError) {
        for unit in graph.units {
            guard unit.normalization == nil, unit.reads.count == 1, unit.activation != .tanh,
                unit.sourceActivation == .none
            else {
                throw CompileError(
                    "failed to compile the gradient penalty: \(unit.name) of \(graph.name) has a "
                        + "norm, a residual, a second map or a tanh; use the lsgan loss for this "
                        + "discriminator"
                )
            }
        }
    }

    private func appendTangent(
        _ index: Int,
        _ source: Tensor,
        to builder: inout ProgramBuilder
    ) -> Tensor {
        let unit = forward.graph.units[index]
        var command = Command(.convolution, stage: .error)
        command.geometry = unit.convolution.geometry
        command.operands[.source] = source
        command.operands[.weights] = forward.parameters.tensor(index, .weight)?.workingCopy
        if unit.activation != .none {
            command.operands[.mask] = record.outputs[index]
            command.maskActivation = unit.activation.command
        }
        let tangent = builder.map(like: record.outputs[index], kind: .error)
        command.operands[.destination] = tangent
        let layer = LayerReference(forward.graph, unit: index, pass: label)
        builder.append(command, "\(label) \(unit.name) penalty tangent", layer: layer)
        return tangent
    }
}
