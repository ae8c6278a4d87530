package import AcceleratorDriver
import AcceleratorISA
import DatapathNumerics
package import ModelGraph
import RetrainingCompiler

/// Changes pictures with a generator on a device: attributes, where it reads labels.
///
/// One program uses a device's memory at a time: what another one left there is gone when a
/// transformer is made, and the other way round.
package struct Transformer: Sendable {
    private let accelerator: Accelerator
    private let plan: TransformPlan

    /// Places a generator for images of the wanted size on a device.
    ///
    /// It reads and writes 3 channels; what it reads behind them are planes of labels.
    ///
    /// - Throws: `.compilation` when the device's memory is too small or the generator is none of
    ///   images, `.device`.
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
    ///   - labels: What the picture shall show, one value a class; empty for a generator without.
    /// - Returns: As many values, in [-1, 1].
    /// - Throws: `.device`, or `.internalFault` for a size or labels that do not fit.
    package func transform(
        _ image: [Float],
        to labels: [Bool]
    ) async throws(RetrainingError) -> [Float] {
        let target: [Float] = labels.map { $0 ? 1 : 0 }
        guard image.count == TensorAccess.plainCount(of: plan.image),
            target.count == plan.labels.map(TensorAccess.plainCount) ?? 0
        else {
            throw .internalFault("failed to transform a picture: its size or labels do not fit")
        }
        try await accelerator.write(image, to: plan.image)
        if let labels = plan.labels { try await accelerator.write(target, to: labels) }
        try await accelerator.run(plan.program.commands)
        return try await accelerator.values(of: plan.result)
    }
}
