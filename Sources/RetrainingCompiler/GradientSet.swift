package import AcceleratorISA
import ModelGraph

/// The gradients of a program's parameters: a tensor each, made when first written and added to
/// from then on.
package struct GradientSet {
    /// Gradients by parameter name.
    package private(set) var tensors: [String: Tensor] = [:]
    /// Whether gradients live to the program's end, to be read by the host.
    package let survives: Bool

    /// No gradient yet.
    package init(survives: Bool) { self.survives = survives }

    /// Where a parameter's gradient goes, and whether there is one to add to.
    mutating func destination(
        for parameter: ParameterTensors,
        in builder: inout ProgramBuilder
    ) -> (tensor: Tensor, accumulates: Bool) {
        let name = parameter.parameter.name
        if let tensor = tensors[name] { return (tensor, true) }
        let master = parameter.master
        let tensor = builder.transient(
            master.layout,
            batch: master.batch,
            channels: master.channels,
            height: master.height,
            width: master.width,
            kind: .gradient,
            survives: survives
        )
        tensors[name] = tensor
        return (tensor, false)
    }
}
