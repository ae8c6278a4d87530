package import AcceleratorDriver
import AcceleratorISA
import DatapathNumerics
package import ModelGraph
import RetrainingCompiler

/// Changes attributes of pictures with a StarGAN generator on a device.
///
/// One program uses a device's memory at a time: what another one left there is gone when a
/// transformer is made, and the other way round.
package struct Transformer: Sendable {
    private let accelerator: Accelerator
    private let plan: TransformPlan

    /// Places a StarGAN generator for images of the wanted size on a device.
    ///
    /// - Throws: `.compilation` when the device's memory is too small, `.device`.
    package init(
        _ accelerator: Accelerator,
        generator graph: NetworkGraph,
        parameters: ParameterSet
    ) async throws(RetrainingError) {
        self.accelerator = accelerator
        do {
            plan = try TransformPlan(
                generator: graph,
                capabilities: accelerator.capabilities
            )
        } catch {
            throw .compilation(error)
        }
        try await ParameterTransfer(accelerator, plan.generator).write(parameters)
        try await accelerator.run(plan.setUp.commands)
    }

    /// Changes one picture.
    ///
    /// - Parameters:
    ///   - image: `3 * size * size` values in planes, in [-1, 1].
    ///   - labels: What the picture shall show, one value a class.
    /// - Returns: As many values, in [-1, 1].
    /// - Throws: `.device`, or `.internalFault` for a size or labels that do not fit.
    package func transform(
        _ image: [Float],
        to labels: [Bool]
    ) async throws(RetrainingError) -> [Float] {
        let target: [Float] = labels.map { $0 ? 1 : 0 }
        guard image.count == TensorAccess.plainCount(of: plan.image),
            target.count == TensorAccess.plainCount(of: plan.labels)
        else {
            throw .internalFault("failed to transform a picture: its size or labels do not fit")
        }
        try await accelerator.write(image, to: plan.image)
        try await accelerator.write(target, to: plan.labels)
        try await accelerator.run(plan.program.commands)
        return try await accelerator.values(of: plan.result)
    }
}
