package import AcceleratorISA
import ModelGraph

/// Appends a network's backward pass: error propagation, weight gradients from the same tiles, and
/// the two sums of each norm taken where the error is written (ROLIN).
///
/// An error "of a unit's value" is with respect to what other units read; its *delta* is the error
/// behind the activation and before the norm's backward half, which the convolution's own command
/// applies as it reads. Where there is no norm and nothing to write the delta on the way, that
/// command masks too, and the delta is never a map.
package struct BackwardPass {
    let parameters: NetworkParameters
    let forward: ForwardPass
    let record: ForwardRecord
    let label: String
    /// Which parameters get a gradient.
    let trains: (ParameterTensors) -> Bool
    let wantsInputError: Bool
    /// Whether every delta without a norm is to be a map, for passes that need it again.
    let keepsDeltas: Bool
    /// Makes the network's input again where it was not kept.
    let remakeInput: ((inout ProgramBuilder) -> Tensor)?

    var graph: NetworkGraph { parameters.graph }

    func layer(_ unit: Int) -> LayerReference {
        LayerReference(graph, unit: unit, pass: label)
    }

    /// Contributions to the error of a unit's value that are still to come.
    private var outstanding: [Int]
    /// Contributions that are there as maps.
    var pending: [[Tensor]]
    /// Deltas that are there as maps.
    var deltas: [Tensor?]
    /// S1 and S2 of each norm's error.
    var sums: [Tensor?]
    private var inputErrors: [Tensor] = []
    private var isActive: [Bool]
    /// The deltas that are there as maps, for passes that need them again: all those of units
    /// without a norm where they were to be kept.
    package var unitDeltas: [Tensor?] { deltas }

    /// A backward pass over what a forward pass recorded.
    package init(
        _ forward: ForwardPass,
        _ record: ForwardRecord,
        label: String,
        wantsInputError: Bool,
        keepsDeltas: Bool = false,
        trains: @escaping (ParameterTensors) -> Bool,
        remakeInput: ((inout ProgramBuilder) -> Tensor)? = nil
    ) {
        self.forward = forward
        self.record = record
        self.label = label
        self.trains = trains
        self.remakeInput = remakeInput
        self.wantsInputError = wantsInputError
        self.keepsDeltas = keepsDeltas
        parameters = forward.parameters
        let count = forward.graph.units.count
        outstanding = Array(repeating: 0, count: count)
        pending = Array(repeating: [], count: count)
        deltas = Array(repeating: nil, count: count)
        sums = Array(repeating: nil, count: count)
        isActive = Array(repeating: false, count: count)
    }

    /// Appends the pass from errors of output units' values.
    ///
    /// `afterUnit` is called when everything that reads a unit's parameters in this pass has been
    /// appended: its gradients are complete and its weights may change. Returned is the error of
    /// the network's input, where it was wanted.
    package mutating func append(
        to builder: inout ProgramBuilder,
        errors: [Int: Tensor],
        gradients: inout GradientSet,
        afterUnit: (Int, inout ProgramBuilder, inout GradientSet) -> Void = { _, _, _ in }
    ) -> Tensor? {
        findActiveUnits(errors)
        for (unit, error) in errors { contribute(error, to: .unit(unit)) }
        for index in graph.units.indices.reversed() where isActive[index] {
            let (delta, valueError) = finishDelta(of: index, &builder)
            if let residual = graph.units[index].residual { contribute(valueError, to: residual) }
            appendNormGradients(of: index, &builder, &gradients)
            appendConvolution(index, delta, &builder, &gradients)
            afterUnit(index, &builder, &gradients)
        }
        return inputErrors.first
    }

    /// Finds the units that the error has to reach: those that train something, or stand between
    /// such a unit, or an input whose error is wanted, and a loss.
    private mutating func findActiveUnits(_ errors: [Int: Tensor]) {
        var isUseful = graph.units.map { _ in false }
        for (index, unit) in graph.units.enumerated() {
            isUseful[index] = trainsSomething(index)
            for source in unit.reads {
                switch source {
                case .unit(let other): isUseful[index] = isUseful[index] || isUseful[other]
                case .input: isUseful[index] = isUseful[index] || wantsInputError
                }
            }
        }
        for (unit, _) in errors where isUseful[unit] {
            isActive[unit] = true
            outstanding[unit] += 1
        }
        for index in graph.units.indices.reversed() where isActive[index] {
            let unit = graph.units[index]
            for source in unit.reads {
                guard case .unit(let other) = source, isUseful[other] else { continue }
                isActive[other] = true
                outstanding[other] += 1
            }
        }
    }

    private func trainsSomething(_ unit: Int) -> Bool {
        parameters.tensors.contains { $0.parameter.unitIndex == unit && trains($0) }
    }

    private mutating func contribute(_ error: Tensor, to source: ConvolutionUnit.Source) {
        switch source {
        case .input: inputErrors.append(error)
        case .unit(let index):
            guard isActive[index] else { return }
            outstanding[index] -= 1
            pending[index].append(error)
        }
    }

    // MARK: Deltas

    /// The error that a unit's convolution reads and the error of its value, once every
    /// contribution is there.
    ///
    /// What it reads is the delta, or, where its command masks, the value's error once more.
    private mutating func finishDelta(
        of index: Int,
        _ builder: inout ProgramBuilder
    ) -> (delta: Tensor, valueError: Tensor) {
        if let delta = deltas[index] { return (delta, delta) }
        let unit = graph.units[index]
        let valueError = combined(&pending[index], &builder)
        if hasSeparatePasses(index) {
            appendErrorSums(of: index, valueError, &builder)
            return (valueError, valueError)
        }
        guard unit.activation != .none || unit.normalization != nil else {
            deltas[index] = valueError
            return (valueError, valueError)
        }
        if record.statistics[index] == nil, !keepsDeltas { return (valueError, valueError) }
        var command = Command(.elementwise, stage: .error)
        command.operands[.source] = valueError
        let delta = builder.map(like: valueError, kind: .error)
        command.operands[.destination] = delta
        addEpilogue(of: index, to: &command, &builder)
        builder.append(command, "\(label) \(unit.name) delta", layer: layer(index))
        deltas[index] = delta
        return (delta, valueError)
    }

    /// Adds up contributions until one is left.
    func combined(_ errors: inout [Tensor], _ builder: inout ProgramBuilder) -> Tensor {
        while errors.count > 1 {
            let (last, other) = (errors.removeLast(), errors.removeLast())
            var command = Command(.elementwise, stage: .error)
            command.operands[.source] = other
            command.operands[.sourceSkip] = last
            let sum = builder.map(like: last, kind: .error)
            command.operands[.destination] = sum
            builder.append(command, "\(label) error sum")
            errors.append(sum)
        }
        return errors[0]
    }

    /// Makes a command's epilogue turn a value's error into the delta, with the norm's sums.
    ///
    /// A `gate` is the activation in front of the command's convolution, through which the error
    /// has to come first.
    mutating func addEpilogue(
        of index: Int,
        to command: inout Command,
        _ builder: inout ProgramBuilder,
        gate: ConvolutionUnit.Activation = .none
    ) {
        addMask(of: index, to: &command, gate)
        guard let statistics = record.statistics[index] else { return }
        command.statistics = .errorSums
        let tensor = builder.transient(
            .statistics,
            batch: statistics.batch,
            channels: statistics.channels,
            kind: .statistics
        )
        command.operands[.destinationStatistics] = tensor
        sums[index] = tensor
    }

    /// Makes a command's epilogue multiply by the derivative of a unit's activation, or of a
    /// rectifier behind it.
    ///
    /// The rectifier's is 1 or 0 and the activation's 1 where it is 1: it is both.
    func addMask(
        of index: Int,
        to command: inout Command,
        _ gate: ConvolutionUnit.Activation
    ) {
        let activation = gate == .none ? graph.units[index].activation : gate
        command.maskActivation = activation.command
        guard let statistics = record.statistics[index] else {
            if activation != .none {
                command.operands[.mask] = forward.value(of: index, in: record)
            }
            return
        }
        command.operands[.mask] = record.outputs[index]
        command.operands[.maskStatistics] = statistics
        command.operands[.maskScale] = parameters.tensor(index, .scale)?.master
        command.operands[.maskShift] = parameters.tensor(index, .shift)?.master
    }

    // MARK: Commands

    /// The norm's own gradients are its two sums, added over images.
    private func appendNormGradients(
        of index: Int,
        _ builder: inout ProgramBuilder,
        _ gradients: inout GradientSet
    ) {
        guard let sums = sums[index] else { return }
        for (role, half) in [(NetworkGraph.Parameter.Role.shift, 0), (.scale, 1)] {
            guard let parameter = parameters.tensor(index, role), trains(parameter) else {
                continue
            }
            var command = Command(.reduce, stage: .weightGradient)
            let (tensor, accumulates) = gradients.destination(for: parameter, in: &builder)
            command.operands[.source] = sums
            command.operands[.destination] = tensor
            command.scalars[0] = Float(half)
            if accumulates { command.flags.insert(.accumulates) }
            builder.append(
                command,
                "\(label) \(parameter.parameter.name) gradient",
                layer: layer(index)
            )
        }
    }

    /// Appends a unit's weight gradients and error propagation: a command for each map it reads.
    private mutating func appendConvolution(
        _ index: Int,
        _ delta: Tensor,
        _ builder: inout ProgramBuilder,
        _ gradients: inout GradientSet
    ) {
        let unit = graph.units[index]
        let weight = destination(for: index, .weight, &builder, &gradients)
        var bias = destination(for: index, .bias, &builder, &gradients)
        var first: Command?
        for part in graph.convolutionParts(of: index) {
            var command = Command(.convolutionBackward, stage: .error)
            command.geometry = unit.convolution.geometry
            if let weight { addWeightGradient(weight, of: index, part, to: &command, &builder) }
            if let bias {
                command.operands[.biasGradient] = bias.tensor
                if bias.accumulates { command.flags.insert(.accumulatesBias) }
            }
            addErrorPropagation(of: index, part, to: &command, &builder)
            let isUseful = [OperandRole.destination, .weightGradient, .biasGradient].contains {
                command.operands[$0] != nil
            }
            guard isUseful else { continue }
            bias = nil
            if let first {
                command.copyErrorPrologue(of: first)
            } else {
                setError(delta, of: index, in: &command, &builder)
                first = command
            }
            builder.append(command, "\(label) \(unit.name) backward", layer: layer(index))
            appendResidualSum(before: part.source, &builder)
        }
    }

    /// Where the gradient of a unit's parameter goes, if it has one and that is trained.
    private func destination(
        for index: Int,
        _ role: NetworkGraph.Parameter.Role,
        _ builder: inout ProgramBuilder,
        _ gradients: inout GradientSet
    ) -> (tensor: Tensor, accumulates: Bool)? {
        guard let parameter = parameters.tensor(index, role), trains(parameter) else { return nil }
        return gradients.destination(for: parameter, in: &builder)
    }

    private func addWeightGradient(
        _ gradient: (tensor: Tensor, accumulates: Bool),
        of index: Int,
        _ part: ConvolutionPart,
        to command: inout Command,
        _ builder: inout ProgramBuilder
    ) {
        command.operands[.weightGradient] = part.share(of: gradient.tensor)
        if gradient.accumulates { command.flags.insert(.accumulates) }
        var record = record
        if case .input = part.source, let remakeInput { record.input = remakeInput(&builder) }
        forward.setSource(
            of: &command,
            part.source,
            &builder,
            &record,
            writesValue: false,
            activation: graph.units[index].sourceActivation
        )
    }

    /// Adds the error of a map that the unit reads; the last contribution to it also makes its
    /// delta.
    private mutating func addErrorPropagation(
        of index: Int,
        _ part: ConvolutionPart,
        to command: inout Command,
        _ builder: inout ProgramBuilder
    ) {
        let unit = graph.units[index]
        let weights = (parameters.tensor(index, .weight)?.workingCopy).map(part.share)
        let batch = record.input.batch
        switch part.source {
        case .input:
            guard wantsInputError else { return }
            command.operands[.weights] = weights
            let error = builder.map(batch: batch, graph.inputShape, kind: .error)
            command.operands[.destination] = error
            if let other = inputErrors.first { command.operands[.destinationSkip] = other }
            inputErrors = [error]
        case .unit(let source):
            guard isActive[source] else { return }
            command.operands[.weights] = weights
            let error = builder.map(batch: batch, graph.outputShape(of: source), kind: .error)
            command.operands[.destination] = error
            outstanding[source] -= 1
            addContribution(error, to: source, gate: unit.sourceActivation, &command, &builder)
        }
    }

    /// Makes a command add the error it writes to what there is of a unit's.
    private mutating func addContribution(
        _ error: Tensor,
        to source: Int,
        gate: ConvolutionUnit.Activation,
        _ command: inout Command,
        _ builder: inout ProgramBuilder
    ) {
        let sourceUnit = graph.units[source]
        let separates = hasSeparatePasses(source)
        let mixes = sourceUnit.residual != nil && sourceUnit.activation != .none
        let isLast = outstanding[source] == 0 && !mixes && !separates
        if gate != .none {
            // The gate's mask is for this contribution alone.
            if isLast, pending[source].isEmpty, sourceUnit.residual == nil {
                addEpilogue(of: source, to: &command, &builder, gate: gate)
                deltas[source] = error
            } else {
                addGate(gate, of: source, to: &command, &builder)
                pending[source].append(error)
            }
            return
        }
        let others = pending[source].isEmpty ? nil : combined(&pending[source], &builder)
        if separates, forward.rolin == .off {
            pending[source].append(error)
            return
        }
        command.operands[.destinationSkip] = others
        if isLast {
            addEpilogue(of: source, to: &command, &builder)
            deltas[source] = error
            pending[source] = []
        } else {
            pending[source] = [error]
        }
    }

    /// Makes a command's epilogue take the error through the rectifier that reads a unit's value.
    private func addGate(
        _ gate: ConvolutionUnit.Activation,
        of source: Int,
        to command: inout Command,
        _ builder: inout ProgramBuilder
    ) {
        guard graph.units[source].residual != nil else {
            addMask(of: source, to: &command, gate)
            return
        }
        // The rectifier reads a sum, which is a map.
        command.maskActivation = gate.command
        command.operands[.mask] = forward.value(of: source, in: record)
    }
}
