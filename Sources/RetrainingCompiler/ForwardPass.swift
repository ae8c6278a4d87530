package import AcceleratorISA
package import ModelGraph

/// The tensors that a forward pass leaves for the backward one, unit by unit.
package struct ForwardRecord {
    /// The prefix of the pass's labels.
    package let label: String
    /// The network's input map.
    package var input: Tensor
    /// Per unit: the convolution's output before its norm, or the unit's value where it has none.
    package var outputs: [Tensor]
    /// Per unit with a norm: mean and inverse deviation.
    package var statistics: [Tensor?]
    /// Per unit: its value as a map of its own, where something needs it so.
    package var values: [Tensor?]

    /// The same pass, seen for some of its images only.
    package func images(_ range: Range<Int>) -> ForwardRecord {
        ForwardRecord(
            label: label,
            input: input.images(range),
            outputs: outputs.map { $0.images(range) },
            statistics: statistics.map { $0?.images(range) },
            values: values.map { $0?.images(range) }
        )
    }
}

/// Appends a network's forward pass: norms are applied where their result is read, unless ROLIN is
/// told to do less.
package struct ForwardPass {
    let parameters: NetworkParameters
    let graph: NetworkGraph
    /// What norms have done along with the convolutions; of a backward pass over this one too.
    package let rolin: ROLINMode

    /// The value of a unit that was kept from an earlier program: the pass begins behind it.
    package struct Kept {
        /// The unit.
        let unit: Int
        /// Where its value stays.
        let place: Tensor
    }

    /// A pass of a network.
    package init(_ parameters: NetworkParameters, rolin: ROLINMode = .full) {
        self.parameters = parameters
        graph = parameters.graph
        self.rolin = rolin
    }

    /// Appends the pass over `input`, a map.
    ///
    /// `label` is the prefix of the commands' labels; the values of units in `outputs` go to the
    /// tensors given there instead of transient ones.
    package func append(
        to builder: inout ProgramBuilder,
        input: Tensor,
        label: String,
        outputs: [Int: Tensor] = [:],
        kept: Kept? = nil
    ) -> ForwardRecord {
        var record = ForwardRecord(
            label: label,
            input: input,
            outputs: [],
            statistics: [],
            values: []
        )
        var first = 0
        if let kept {
            first = kept.unit + 1
            // Nothing reads what stands before the kept value.
            record.outputs = Array(repeating: kept.place, count: first)
            record.statistics = Array(repeating: nil, count: first)
            record.values = Array(repeating: kept.place, count: first)
        }
        for index in first..<graph.units.count {
            append(graph.units[index], index, to: &builder, &record, label, outputs[index])
        }
        for index in graph.outputs { materialize(index, to: &builder, &record) }
        return record
    }

    /// Appends the pass over `input` up to one unit, whose value is written to `place`.
    package func append(
        prefixThrough unit: Int,
        to builder: inout ProgramBuilder,
        input: Tensor,
        label: String,
        place: Tensor
    ) {
        var record = ForwardRecord(
            label: label,
            input: input,
            outputs: [],
            statistics: [],
            values: []
        )
        for index in 0...unit {
            let output = index == unit ? place : nil
            append(graph.units[index], index, to: &builder, &record, label, output)
        }
        materialize(unit, to: &builder, &record, place: place)
    }

    /// The value of an output unit.
    package func value(of unit: Int, in record: ForwardRecord) -> Tensor {
        record.values[unit] ?? record.outputs[unit]
    }

    private func append(
        _ unit: ConvolutionUnit,
        _ index: Int,
        to builder: inout ProgramBuilder,
        _ record: inout ForwardRecord,
        _ label: String,
        _ output: Tensor?
    ) {
        let shape = graph.outputShape(of: index)
        let batch = record.input.batch
        let layer = LayerReference(graph, unit: index, pass: label)
        let title = "\(label) \(unit.name)"
        var (last, partial) = (ConvolutionPart(unit.source), Tensor?.none)
        if let appended = unit.appended {
            // Two convolutions, the second of which adds the first one's result to its own.
            let parts = graph.parts(of: index)
            last = ConvolutionPart(appended, parts.appended)
            let first = ConvolutionPart(unit.source, parts.source)
            var command = convolution(index, first, &builder, &record)
            let sum = builder.map(batch: batch, shape, kind: .featureMap)
            command.operands[.destination] = sum
            partial = sum
            builder.append(command, "\(title) forward, source", layer: layer)
        }
        var command = convolution(index, last, &builder, &record)
        command.operands[.bias] = parameters.tensor(index, .bias)?.master
        command.operands[.destinationSkip] = partial
        let hasOwnValue = unit.normalization == nil
        let finishes = hasOwnValue && partial != nil && unit.hasEnd
        let destination =
            (hasOwnValue && !finishes ? output : nil)
            ?? builder.map(batch: batch, shape, kind: .featureMap)
        command.operands[.destination] = destination
        var statistics: Tensor?
        if let norm = unit.normalization {
            let tensor = builder.transient(
                .statistics,
                batch: batch,
                channels: shape.channels,
                kind: .statistics
            )
            statistics = tensor
            if rolin == .full { addMoments(norm, tensor, to: &command) }
        } else if !finishes {
            command.destinationActivation = unit.activation.command
            if let residual = unit.residual {
                command.operands[.destinationSkip] = map(of: residual, &builder, &record)
            }
        }
        builder.append(command, "\(title) forward", layer: layer)
        var value = destination
        if finishes {
            value = appendEnd(of: index, destination, to: &builder, &record, label, output)
        }
        record.outputs.append(value)
        record.statistics.append(statistics)
        record.values.append(hasOwnValue ? value : nil)
        appendSeparatePasses(of: index, to: &builder, &record, output)
    }

    /// The map of a source's value; it is made now if no command has written it yet.
    func map(
        of source: ConvolutionUnit.Source,
        _ builder: inout ProgramBuilder,
        _ record: inout ForwardRecord
    ) -> Tensor {
        guard case .unit(let index) = source else { return record.input }
        materialize(index, to: &builder, &record)
        return record.values[index] ?? record.outputs[index]
    }

    /// Makes a command read a source's value: its map where it has one, otherwise the
    /// convolution's output through norm, activation and skip.
    ///
    /// An `activation` is applied to the value as it is read. With `writesValue` the command also
    /// writes that value where it is a residual sum, which more than one command reads.
    func setSource(
        of command: inout Command,
        _ source: ConvolutionUnit.Source,
        _ builder: inout ProgramBuilder,
        _ record: inout ForwardRecord,
        writesValue: Bool,
        activation: ConvolutionUnit.Activation = .none
    ) {
        // The rectifier in front of a convolution makes those behind a norm superfluous.
        defer { if activation != .none { command.sourceActivation = activation.command } }
        guard case .unit(let index) = source else {
            command.operands[.source] = record.input
            return
        }
        if activation != .none, graph.units[index].residual != nil {
            materialize(index, to: &builder, &record)
        }
        if let value = record.values[index] {
            command.operands[.source] = value
            return
        }
        setNormalized(index, as: .source, of: &command, record)
        guard let residual = graph.units[index].residual else { return }
        if case .unit(let skip) = residual, record.values[skip] == nil,
            graph.units[skip].residual == nil
        {
            setNormalized(skip, as: .skip, of: &command, record)
        } else {
            command.operands[.sourceSkip] = map(of: residual, &builder, &record)
        }
        if writesValue {
            let sum = builder.map(like: record.outputs[index], kind: .featureMap)
            command.operands[.sourceSum] = sum
            record.values[index] = sum
        }
    }

    /// Makes sure that a unit's value exists as a map.
    private func materialize(
        _ index: Int,
        to builder: inout ProgramBuilder,
        _ record: inout ForwardRecord,
        place: Tensor? = nil
    ) {
        guard record.values[index] == nil else { return }
        var command = Command(.elementwise, stage: .forward)
        setSource(of: &command, .unit(index), &builder, &record, writesValue: false)
        let output = record.outputs[index]
        let value = place ?? builder.map(like: output, kind: .featureMap)
        command.operands[.destination] = value
        record.values[index] = value
        let layer = LayerReference(graph, unit: index, pass: record.label)
        builder.append(command, "\(record.label) \(layer.name) value", layer: layer)
    }
}

extension ConvolutionUnit.Convolution {
    /// The geometry as the device's commands have it.
    package var geometry: ConvolutionGeometry {
        ConvolutionGeometry(
            kernel: kernel,
            stride: stride,
            padding: padding,
            paddingMode: paddingMode == .reflect ? .reflect : .zeros,
            direction: isTransposed ? .scatter : .gather
        )
    }
}

extension ConvolutionUnit.Activation {
    /// The activation as the device's commands have it.
    package var command: Activation {
        switch self {
        case .none: .identity
        case .relu: .relu
        case .leakyRelu(let slope): Activation(.leakyRelu, slope: slope)
        case .tanh: .tanh
        }
    }
}
