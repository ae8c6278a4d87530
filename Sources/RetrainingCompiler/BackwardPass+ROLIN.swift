import AcceleratorISA
import ModelGraph

// How an error gets through a unit's activation and norm, and what it costs where ROLIN does not
// take it along. e is the error of the unit's value, Y its convolution's output:
//
// ```
// off           EP -> e; (e + skip's error -> e)
//               e, Y -> mask -> S1, S2;   e, Y -> mask, norm -> dY;   dY -> EP, WG
// apply-fused   EP (+ skip's error) -> e
//               e, Y -> mask -> S1, S2;   e, Y -> mask, norm -> EP, WG
// full          EP (+ skip's error), Y -> mask -> delta, S1, S2
//               delta, Y -> norm -> EP, WG
// ```
//
// Without a norm the modes are one: a convolution that writes e masks it; where none does, as with
// a loss's error of a network's output z, the unit's own convolution masks it as it reads:
//
// ```
//               e, z -> mask -> EP, WG
// ```
extension BackwardPass {
    /// Whether a unit's activation and norm are not part of the command that writes its error.
    func hasSeparatePasses(_ index: Int) -> Bool {
        forward.rolin != .full && record.statistics[index] != nil
    }

    /// Appends the pass that takes the norm's two sums of the masked error, which is not written.
    mutating func appendErrorSums(
        of index: Int,
        _ valueError: Tensor,
        _ builder: inout ProgramBuilder
    ) {
        var command = Command(.elementwise, stage: .error)
        command.operands[.source] = valueError
        addEpilogue(of: index, to: &command, &builder)
        let name = graph.units[index].name
        builder.append(command, "\(label) \(name) error statistics", layer: layer(index))
    }

    /// Makes a unit's backward convolution read the error of the convolution's output: through the
    /// norm, and the activation where the error is still that of the unit's value.
    ///
    /// With ROLIN off a pass before it writes that error. Where the convolution makes nothing but a
    /// weight gradient, that pass serves nothing else either and is counted so.
    mutating func setError(
        _ error: Tensor,
        of index: Int,
        in command: inout Command,
        _ builder: inout ProgramBuilder
    ) {
        guard hasSeparatePasses(index), forward.rolin == .off else {
            addErrorPrologue(error, of: index, to: &command)
            return
        }
        let isForGradients = command.operands[.destination] == nil
        var pass = Command(.elementwise, stage: isForGradients ? .weightGradient : .error)
        addErrorPrologue(error, of: index, to: &pass)
        let outputError = builder.map(like: error, kind: .error)
        pass.operands[.destination] = outputError
        let name = graph.units[index].name
        builder.append(pass, "\(label) \(name) norm backward", layer: layer(index))
        command.operands[.error] = outputError
    }

    /// With ROLIN off the residual's error is added to the one just written in a pass of its own.
    mutating func appendResidualSum(
        before source: ConvolutionUnit.Source,
        _ builder: inout ProgramBuilder
    ) {
        guard case .unit(let source) = source, forward.rolin == .off,
            hasSeparatePasses(source), pending[source].count > 1
        else { return }
        pending[source] = [combined(&pending[source], &builder)]
    }

    private func addErrorPrologue(_ error: Tensor, of index: Int, to command: inout Command) {
        command.operands[.error] = error
        guard let statistics = record.statistics[index] else {
            addErrorMask(of: index, to: &command)
            return
        }
        command.operands[.errorOutput] = record.outputs[index]
        command.operands[.errorStatistics] = statistics
        command.operands[.errorScale] = parameters.tensor(index, .scale)?.master
        command.operands[.errorSums] = sums[index]
        guard hasSeparatePasses(index) else { return }
        let activation = graph.units[index].activation
        command.errorActivation = activation.command
        guard activation != .none else { return }
        command.operands[.errorShift] = parameters.tensor(index, .shift)?.master
    }

    /// Makes a command mask the error of a value without a norm, unless it reads the delta.
    private func addErrorMask(of index: Int, to command: inout Command) {
        let activation = graph.units[index].activation
        guard activation != .none, deltas[index] == nil else { return }
        command.errorActivation = activation.command
        command.operands[.errorOutput] = forward.value(of: index, in: record)
    }
}

extension Command {
    /// Makes a command read the error that another one reads, in the same way.
    mutating func copyErrorPrologue(of other: Command) {
        errorActivation = other.errorActivation
        let roles: [OperandRole] = [
            .error, .errorOutput, .errorStatistics, .errorScale, .errorShift, .errorSums,
        ]
        for role in roles { operands[role] = other.operands[role] }
    }
}
