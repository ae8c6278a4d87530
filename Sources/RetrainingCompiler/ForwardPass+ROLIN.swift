import AcceleratorISA
import ModelGraph

// What a norm costs forward where ROLIN does not take it along: passes of its own.
//
// ```
// off           conv -> Y;   Y -> statistics
//               Y -> norm, activation -> A;   A + skip -> sum;   A or sum -> conv
// apply-fused   conv -> Y;   Y -> statistics
//               Y -> norm, activation, + skip -> conv (and sum)
// full          conv -> Y, statistics
//               Y -> norm, activation, + skip -> conv (and sum)
// ```
extension ForwardPass {
    /// Asks a command for the moments of a unit's map.
    func addMoments(
        _ norm: ConvolutionUnit.Normalization,
        _ statistics: Tensor,
        to command: inout Command
    ) {
        command.statistics = .moments
        command.scalars[0] = norm.epsilon
        command.operands[.destinationStatistics] = statistics
    }

    /// Appends the passes that follow a unit's convolution when they are not fused with anything;
    /// where they make the unit's value, it goes to `place` if there is one.
    func appendSeparatePasses(
        of index: Int,
        to builder: inout ProgramBuilder,
        _ record: inout ForwardRecord,
        _ place: Tensor?
    ) {
        let unit = graph.units[index]
        guard rolin != .full, let norm = unit.normalization,
            let statistics = record.statistics[index]
        else { return }
        let output = record.outputs[index]
        var pass = Command(.elementwise, stage: .forward)
        pass.operands[.source] = output
        addMoments(norm, statistics, to: &pass)
        let label = "\(record.label) \(unit.name)"
        let layer = LayerReference(graph, unit: index, pass: record.label)
        builder.append(pass, "\(label) statistics", layer: layer)
        guard rolin == .off else { return }
        var apply = Command(.elementwise, stage: .forward)
        setNormalized(index, as: .source, of: &apply, record)
        let normalizedPlace = unit.residual == nil ? place : nil
        let normalized = normalizedPlace ?? builder.map(like: output, kind: .featureMap)
        apply.operands[.destination] = normalized
        builder.append(apply, "\(label) norm", layer: layer)
        record.values[index] = normalized
        guard let residual = unit.residual else { return }
        var add = Command(.elementwise, stage: .forward)
        add.operands[.source] = normalized
        add.operands[.sourceSkip] = map(of: residual, &builder, &record)
        let sum = place ?? builder.map(like: output, kind: .featureMap)
        add.operands[.destination] = sum
        builder.append(add, "\(label) residual sum", layer: layer)
        record.values[index] = sum
    }

    /// Which of a prologue's two maps is read through a unit's norm and activation.
    enum PrologueSide {
        case source, skip
    }

    /// Makes a command read a unit's convolution output through the unit's norm and activation.
    func setNormalized(
        _ index: Int,
        as side: PrologueSide,
        of command: inout Command,
        _ record: ForwardRecord
    ) {
        let activation = graph.units[index].activation.command
        let scale = parameters.tensor(index, .scale)?.master
        let shift = parameters.tensor(index, .shift)?.master
        switch side {
        case .source:
            command.operands[.source] = record.outputs[index]
            command.operands[.sourceStatistics] = record.statistics[index]
            command.operands[.sourceScale] = scale
            command.operands[.sourceShift] = shift
            command.sourceActivation = activation
        case .skip:
            command.operands[.sourceSkip] = record.outputs[index]
            command.operands[.skipStatistics] = record.statistics[index]
            command.operands[.skipScale] = scale
            command.operands[.skipShift] = shift
            command.skipActivation = activation
        }
    }
}
