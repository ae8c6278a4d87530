/// Strings units together, each reading the one before, for the model families.
struct GraphBuilder {
    private(set) var units: [ConvolutionUnit] = []

    /// What the next unit reads: the last unit, or the network's input.
    var tail: ConvolutionUnit.Source {
        units.isEmpty ? .input : .unit(units.count - 1)
    }

    /// Channels of the map the next unit reads; `nil` before the first unit.
    var tailChannels: Int? { units.last?.convolution.outputChannels }

    /// Appends a unit; names follow from the module paths of the convolution and its norm.
    mutating func append(
        _ path: String,
        _ convolution: ConvolutionUnit.Convolution,
        affineNorm normPath: String? = nil,
        plainNorm: Bool = false,
        activation: ConvolutionUnit.Activation = .none,
        source: ConvolutionUnit.Source? = nil,
        residual: ConvolutionUnit.Source? = nil
    ) {
        let normalization: ConvolutionUnit.Normalization? =
            normPath != nil || plainNorm ? .init(isAffine: normPath != nil) : nil
        units.append(
            ConvolutionUnit(
                name: path,
                source: source ?? tail,
                convolution: convolution,
                normalization: normalization,
                activation: activation,
                residual: residual,
                parameterNames: .init(
                    weight: path + ".weight",
                    bias: convolution.hasBias ? path + ".bias" : nil,
                    scale: normPath.map { $0 + ".weight" },
                    shift: normPath.map { $0 + ".bias" }
                )
            )
        )
    }
}
