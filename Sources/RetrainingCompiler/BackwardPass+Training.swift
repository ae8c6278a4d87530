import AcceleratorISA
import ModelGraph

extension BackwardPass {
    /// Appends the pass that completes a network's gradients and, unless results are kept, its
    /// update layer by layer.
    ///
    /// - Returns: The gradients, `known` among them, and the places of the optimizer's commands.
    func appendTraining(
        of parameters: NetworkParameters,
        to builder: inout ProgramBuilder,
        errors: [Int: Tensor],
        adding known: GradientSet,
        keepsResults: Bool
    ) -> (gradients: GradientSet, updates: [Int]) {
        var (pass, gradients, updates) = (self, known, [Int]())
        _ = pass.append(to: &builder, errors: errors, gradients: &gradients) {
            unit,
            builder,
            gradients in
            guard !keepsResults else { return }
            parameters.appendUpdates(of: unit, to: &builder, gradients, places: &updates)
        }
        return (gradients, updates)
    }
}

extension NetworkGraph {
    /// Whether a parameter has a gradient worth following.
    ///
    /// A norm takes the mean away, and a bias in front of it with it: its gradient is rounding
    /// noise, which Adam would blow up to whole steps.
    func hasGradient(_ tensors: ParameterTensors) -> Bool {
        tensors.parameter.role != .bias
            || units[tensors.parameter.unitIndex].normalization == nil
    }
}
