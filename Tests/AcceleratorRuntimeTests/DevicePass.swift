import AcceleratorDriver
import AcceleratorISA
import ModelGraph
import RetrainingCompiler

/// One forward and one backward pass of a network on a device, with everything it computes.
struct DevicePass {
    /// The outputs' values, image after image, an array an output.
    private(set) var outputs: [[Float]] = []
    /// Gradients by parameter name.
    private(set) var gradients: [String: [Float]] = [:]
    /// The error of the input.
    private(set) var inputError: [Float] = []

    /// Runs both passes; `errors` are those of the only output's values.
    init(
        _ network: DoubleNetwork,
        inputs: [DoubleMap],
        errors: [DoubleMap],
        rolin: ROLINMode = .full,
        on device: TestDevice
    ) async throws {
        let graph = network.graph
        let capacity = device.accelerator.capabilities.dramByteCount
        var layout = DeviceLayout(capacity: capacity)
        let parameters = try NetworkParameters(graph, isTrained: false, in: &layout)
        let input = try Self.place(graph.inputShape, inputs.count, &layout)
        let output = graph.outputs[0]
        let error = try Self.place(graph.outputShape(of: output), inputs.count, &layout)
        try await device.write(network.parameters, to: parameters)
        try await device.write(inputs.flatMap(\.values), to: input)
        try await device.write(errors.flatMap(\.values), to: error)

        var builder = ProgramBuilder()
        parameters.appendWorkingCopies(to: &builder)
        let pass = ForwardPass(parameters, rolin: rolin)
        let record = pass.append(to: &builder, input: input, label: "network")
        let value = pass.value(of: output, in: record)
        builder.keep(value)
        var backward = BackwardPass(
            pass,
            record,
            label: "network",
            wantsInputError: true,
            trains: { _ in true }
        )
        var gradients = GradientSet(survives: true)
        let inputError = backward.append(
            to: &builder,
            errors: [output: error],
            gradients: &gradients
        )
        if let inputError { builder.keep(inputError) }
        let program = try Program(builder, start: layout.end, capacity: capacity)
        try await device.accelerator.submit(program.commands)
        outputs = [try await device.read(program.resolved(value))]
        for (name, tensor) in gradients.tensors {
            self.gradients[name] = try await device.read(program.resolved(tensor))
        }
        if let inputError { self.inputError = try await device.read(program.resolved(inputError)) }
    }

    private static func place(
        _ shape: FeatureMapShape,
        _ batch: Int,
        _ layout: inout DeviceLayout
    ) throws -> Tensor {
        try layout.place(
            .map,
            batch: batch,
            channels: shape.channels,
            height: shape.height,
            width: shape.width,
            kind: .featureMap
        )
    }
}
