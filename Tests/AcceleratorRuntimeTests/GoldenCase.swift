import AcceleratorDriver
import AcceleratorRuntime
import ModelGraph

/// A golden case made by hand: two steps of plain gradient descent in Adam's clothes.
///
/// With both decays 0 Adam's step is `learningRate * gradient / (|gradient| + epsilon)`: exactly
/// the learning rate, to fp32, where epsilon is tiny.
struct GoldenCase {
    var kind: StrictJSON = "op"
    var operation: StrictJSON = "adam"
    var format: StrictJSON = 1
    var steps: StrictJSON = 2
    var tolerance: StrictJSON = ["update": ["relativeL2": 1e-6]]
    var want: [Float] = [-0.5, 0.5, -0.5]
    var wantedName = "want.update"
    var gradients: [[Float]] = [[1, -2, 3], [4, -5, 6]]
    var further: [SafetensorsWriter.Tensor] = []

    func parsed() throws -> ParityCase {
        let description: StrictJSON = [
            "format": format, "name": "by-hand", "kind": kind, "op": operation,
            "family": operation, "steps": steps, "learningRate": 0.25, "beta1": 0.0, "beta2": 0.0,
            "epsilon": 1e-12, "stride": 1, "padding": 1, "paddingMode": "zeros",
            "tolerance": tolerance,
        ]
        var tensors = further
        tensors.append(.init(name: "in.parameter", shape: [3], values: [1, 1, 1]))
        tensors.append(.init(name: wantedName, shape: [want.count], values: want))
        for (step, values) in gradients.enumerated() {
            tensors.append(
                .init(name: "in.gradient.\(step)", shape: [values.count], values: values)
            )
        }
        return try ParityCase(
            description: description.serialized(),
            tensors: SafetensorsWriter(tensors: tensors).bytes(),
            folder: "by-hand"
        )
    }

    /// The comparisons of the case, run on a fresh emulator.
    func results() async throws -> [ParityResult] {
        let accelerator = try await openEmulator()
        do {
            let results = try await ParityRunner(accelerator).run(parsed())
            await accelerator.close()
            return results
        } catch {
            await accelerator.close()
            throw error
        }
    }
}
