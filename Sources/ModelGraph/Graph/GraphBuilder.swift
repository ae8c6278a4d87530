/// Strings units together, each reading the one before, for the model families.
struct GraphBuilder {
    private(set) var units: [ConvolutionUnit] = []
    /// The batch norms that the units' weights and biases have in them.
    private(set) var foldedNorms: [FoldedNorm] = []

    /// What the next unit reads: the last unit, or the network's input.
    var tail: ConvolutionUnit.Source {
        units.isEmpty ? .input : .unit(units.count - 1)
    }

    /// Channels of the map the next unit reads; `nil` before the first unit.
    var tailChannels: Int? { units.last?.convolution.outputChannels }

    /// Appends a unit; names follow from the module paths of the convolution and its norm.
    ///
    /// A `foldedNorm` is a batch norm: it becomes part of the convolution, which needs a bias.
    mutating func append(
        _ path: String,
        _ convolution: ConvolutionUnit.Convolution,
        affineNorm normPath: String? = nil,
        plainNorm: Bool = false,
        foldedNorm foldedPath: String? = nil,
        activation: ConvolutionUnit.Activation = .none,
        source: ConvolutionUnit.Source? = nil,
        appended: ConvolutionUnit.Source? = nil,
        sourceActivation: ConvolutionUnit.Activation = .none,
        residual: ConvolutionUnit.Source? = nil
    ) {
        let normalization: ConvolutionUnit.Normalization? =
            normPath != nil || plainNorm ? .init(isAffine: normPath != nil) : nil
        if let foldedPath {
            foldedNorms.append(FoldedNorm(unitIndex: units.count, path: foldedPath))
        }
        units.append(
            ConvolutionUnit(
                name: path,
                source: source ?? tail,
                appended: appended,
                sourceActivation: sourceActivation,
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

    /// Appends a unit with a norm without parameters, or with a batch norm in its weights.
    mutating func append(
        _ path: String,
        _ convolution: ConvolutionUnit.Convolution,
        norm: (kind: NormKind, path: String)?,
        activation: ConvolutionUnit.Activation = .none,
        source: ConvolutionUnit.Source? = nil,
        appended: ConvolutionUnit.Source? = nil,
        sourceActivation: ConvolutionUnit.Activation = .none,
        residual: ConvolutionUnit.Source? = nil
    ) {
        append(
            path,
            convolution,
            plainNorm: norm?.kind == .instance,
            foldedNorm: norm?.kind == .batch ? norm?.path : nil,
            activation: activation,
            source: source,
            appended: appended,
            sourceActivation: sourceActivation,
            residual: residual
        )
    }

    /// The graph of the units, the last of which is the output.
    func graph(
        _ name: String,
        inputChannels: Int,
        imageSize: Int
    ) throws(GraphError) -> NetworkGraph {
        try NetworkGraph(
            name: name,
            inputChannels: inputChannels,
            inputHeight: imageSize,
            inputWidth: imageSize,
            units: units,
            outputs: [units.count - 1]
        )
    }
}
