import AcceleratorDriver
import AcceleratorISA
import ModelGraph
import RetrainingCompiler

extension ParityRunner {
    /// A network's forward pass: its outputs, `output.0` and on.
    ///
    /// The state dict's tensors are the inputs `network.*`; the network has to be recognised as one
    /// of `family`. `image` are the images, NCHW; `labels`, if there, a row each.
    func forward(
        _ parityCase: ParityCase,
        _ family: String
    ) async throws(RetrainingError) -> [String: [Float]] {
        let image = try parityCase.inputMap("image")
        let labels = try parityCase.optionalInput("labels")
        let network = try network(parityCase, family, imageSize: image.shape[2])
        let parameters: ParameterSet
        do {
            parameters = try network.parameters { name throws(ParameterError) in
                do {
                    return try parityCase.input(Self.networkPrefix + name).values
                } catch {
                    throw .parameter(name: name, fact: "\(error)")
                }
            }
        } catch {
            throw .badFile("failed to run golden case \(parityCase.name): \(error)")
        }
        let plan: ForwardPlan
        do {
            plan = try ForwardPlan(
                network.graph,
                batch: image.shape[0],
                labels: labels?.shape.last ?? 0,
                capabilities: accelerator.capabilities
            )
        } catch {
            throw .compilation(error)
        }
        try await ParameterTransfer(accelerator, plan.network).write(parameters)
        try await write(image.values, to: plan.images)
        if let labels, let place = plan.labels { try await write(labels.values, to: place) }
        try await accelerator.run(plan.setUp.commands + plan.program.commands)
        var results: [String: [Float]] = [:]
        for (index, output) in plan.outputs.enumerated() {
            results["output.\(index)"] = try await accelerator.values(of: output)
        }
        return results
    }

    private static var networkPrefix: String { "network." }

    private func network(
        _ parityCase: ParityCase,
        _ family: String,
        imageSize: Int
    ) throws(RetrainingError) -> RecognizedNetwork {
        let prefix = Self.networkPrefix
        let shapes = parityCase.inputShapes.filter { $0.key.hasPrefix(prefix) }.map {
            NamedShape(name: String($0.key.dropFirst(prefix.count)), shape: $0.value)
        }
        let networks: [RecognizedNetwork]
        do {
            networks = try NetworkRecognition.recognize(shapes, imageSize: imageSize).networks
        } catch {
            throw .badFile("failed to run golden case \(parityCase.name): \(error)")
        }
        guard networks.count == 1, networks[0].family.rawValue == family else {
            let found = networks.map(\.family.rawValue).joined(separator: ", ")
            throw .badFile(
                "failed to run golden case \(parityCase.name): it holds \(found), not one "
                    + "\(family)"
            )
        }
        return networks[0]
    }
}
