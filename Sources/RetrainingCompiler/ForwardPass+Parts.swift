import AcceleratorISA
import ModelGraph

// A convolution that reads the channels of two maps: two convolutions, each with its share of the
// weights. What one writes the other adds to its own sum; neither map is copied.
//
// ```
// source, weights of its channels -> partial
// appended, weights of its channels (+ partial) -> Y
// ```
/// One of the maps that a unit's convolution reads.
struct ConvolutionPart {
    /// The map.
    let source: ConvolutionUnit.Source
    /// Which of the weights belong to it, in outputs as the device counts them; nil for all.
    let outputs: Range<Int>?

    init(_ source: ConvolutionUnit.Source, _ outputs: Range<Int>? = nil) {
        self.source = source
        self.outputs = outputs
    }

    /// The part's share of a unit's weights, or of what is of their shape.
    func share(of weights: Tensor) -> Tensor {
        outputs.map { weights.outputs($0) } ?? weights
    }
}

extension NetworkGraph {
    /// The channels of a unit's two maps, in its weights.
    func parts(of unit: Int) -> (source: Range<Int>, appended: Range<Int>) {
        let first = shape(of: units[unit].source).channels
        return (0..<first, first..<units[unit].convolution.inputChannels)
    }

    /// The maps that a unit's convolution reads, each with its share of the weights.
    func convolutionParts(of unit: Int) -> [ConvolutionPart] {
        guard let appended = units[unit].appended else {
            return [ConvolutionPart(units[unit].source)]
        }
        let parts = parts(of: unit)
        return [
            ConvolutionPart(units[unit].source, parts.source),
            ConvolutionPart(appended, parts.appended),
        ]
    }

    /// Weights can be shared out where a part's are whole blocks of outputs: those of a transposed
    /// convolution, whose outputs are the channels it reads.
    func checkParts() throws(CompileError) {
        let block = AcceleratorISA.Limits.channelsPerBlock
        for (index, unit) in units.enumerated() where unit.appended != nil {
            let first = parts(of: index).source.count
            guard unit.convolution.isTransposed, first % block == 0 else {
                throw CompileError(
                    "failed to compile \(name): \(unit.name) reads two maps, the first of "
                        + "\(first) channels; use a transposed convolution, and a multiple of "
                        + "\(block) channels"
                )
            }
        }
    }
}

extension ConvolutionUnit {
    /// Whether something follows the convolution besides a norm.
    var hasEnd: Bool { activation != .none || residual != nil }
}

extension Tensor {
    /// The same weights' outputs `range`, which begins with a block, as weights of their own.
    func outputs(_ range: Range<Int>) -> Tensor {
        var slice = self
        slice.address += UInt64(range.lowerBound / Limits.channelsPerBlock) * imageByteCount
        slice.batch = range.count
        return slice
    }
}

extension ForwardPass {
    /// The convolution of one of a unit's maps, without what follows it.
    func convolution(
        _ index: Int,
        _ part: ConvolutionPart,
        _ builder: inout ProgramBuilder,
        _ record: inout ForwardRecord
    ) -> Command {
        let unit = graph.units[index]
        var command = Command(.convolution, stage: .forward)
        command.geometry = unit.convolution.geometry
        setSource(
            of: &command,
            part.source,
            &builder,
            &record,
            writesValue: true,
            activation: unit.sourceActivation
        )
        command.operands[.weights] = (parameters.tensor(index, .weight)?.workingCopy)
            .map(part.share)
        return command
    }

    /// Appends the activation and residual of a unit without a norm whose convolution was made in
    /// parts; returns the unit's value.
    func appendEnd(
        of index: Int,
        _ sum: Tensor,
        to builder: inout ProgramBuilder,
        _ record: inout ForwardRecord,
        _ label: String,
        _ output: Tensor?
    ) -> Tensor {
        let unit = graph.units[index]
        var command = Command(.elementwise, stage: .forward)
        command.operands[.source] = sum
        command.sourceActivation = unit.activation.command
        if let residual = unit.residual {
            command.operands[.sourceSkip] = map(of: residual, &builder, &record)
        }
        let value = output ?? builder.map(like: sum, kind: .featureMap)
        command.operands[.destination] = value
        let layer = LayerReference(graph, unit: index, pass: label)
        builder.append(command, "\(label) \(unit.name) end", layer: layer)
        return value
    }
}
