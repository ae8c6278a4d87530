import AcceleratorDriver
import AcceleratorISA
import ChipEmulator
import ModelGraph
import RetrainingCompiler

/// One forward and one backward pass of a network that trains everything, on a device of its own.
///
/// Inputs, errors and parameters are constants: what is moved does not depend on them. Writing them
/// is counted to ``Stage/update``, which the passes have nothing in.
struct TrainingPass {
    let graph: NetworkGraph
    var batch = 1
    var rolin = ROLINMode.full
    var wantsInputError = true
    var threads = 1
    var dramByteCount: UInt64 = 64 << 20

    /// What the device counted.
    func run() async throws -> DeviceCounters {
        let provider = EmulatorProvider(
            capabilities: DeviceCapabilities(dramByteCount: dramByteCount),
            configuration: EmulatorConfiguration(threadCount: threads)
        )
        guard let descriptor = await provider.enumerate().first else { throw NoDevice() }
        let accelerator = try await Accelerator.open(try await provider.open(descriptor))
        var layout = DeviceLayout(capacity: dramByteCount)
        let parameters = try NetworkParameters(graph, isTrained: false, in: &layout)
        let program = try Program(builder(parameters), start: layout.end, capacity: dramByteCount)
        try await accelerator.submit(program.commands)
        let counters = try await accelerator.counters()
        await accelerator.close()
        return counters
    }

    private func builder(_ parameters: NetworkParameters) -> ProgramBuilder {
        var builder = ProgramBuilder()
        for tensors in parameters.tensors { fill(tensors.master, 0.01, &builder) }
        parameters.appendWorkingCopies(to: &builder)
        let input = builder.map(batch: batch, graph.inputShape, kind: .featureMap)
        fill(input, 1, &builder)
        let pass = ForwardPass(parameters, rolin: rolin)
        let record = pass.append(to: &builder, input: input, label: "network")
        var errors: [Int: Tensor] = [:]
        for output in graph.outputs {
            let error = builder.map(like: pass.value(of: output, in: record), kind: .error)
            fill(error, 1, &builder)
            errors[output] = error
        }
        var backward = BackwardPass(
            pass,
            record,
            label: "network",
            wantsInputError: wantsInputError,
            trains: { _ in true }
        )
        var gradients = GradientSet(survives: false)
        _ = backward.append(to: &builder, errors: errors, gradients: &gradients)
        return builder
    }

    private func fill(_ tensor: Tensor, _ value: Float, _ builder: inout ProgramBuilder) {
        var command = Command(.fill, stage: .update)
        command.operands[.destination] = tensor
        command.scalars[0] = value
        builder.append(command, "constant")
    }
}

extension DeviceCounters {
    /// Bytes of some kinds in a stage, either way.
    func byteCount(_ stage: Stage, _ kinds: [TensorKind]) -> UInt64 {
        kinds.reduce(0) { sum, kind in
            Direction.allCases.reduce(sum) {
                $0 + byteCount(kind: kind, stage: stage, direction: $1)
            }
        }
    }
}
