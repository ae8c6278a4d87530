import ModelGraph

extension NetworkGraph {
    /// Two levels of a U-Net around an innermost convolution, norms affine where asked for.
    static func smallUNet(isAffine: Bool = false, hasTanh: Bool = true) throws -> NetworkGraph {
        var units: [ConvolutionUnit] = []
        func append(
            _ input: Int,
            _ output: Int,
            source: ConvolutionUnit.Source,
            appended: ConvolutionUnit.Source? = nil,
            isUp: Bool,
            hasNorm: Bool,
            _ activation: ConvolutionUnit.Activation
        ) {
            let name = "unit\(units.count)"
            units.append(
                ConvolutionUnit(
                    name: name,
                    source: source,
                    appended: appended,
                    sourceActivation: isUp ? .relu : .none,
                    convolution: .init(
                        inputChannels: input,
                        outputChannels: output,
                        kernel: 4,
                        stride: 2,
                        padding: 1,
                        isTransposed: isUp,
                        hasBias: !hasNorm
                    ),
                    normalization: hasNorm ? .init(isAffine: isAffine) : nil,
                    activation: activation,
                    parameterNames: .init(
                        weight: name + ".weight",
                        bias: hasNorm ? nil : name + ".bias",
                        scale: hasNorm && isAffine ? name + ".scale" : nil,
                        shift: hasNorm && isAffine ? name + ".shift" : nil
                    )
                )
            )
        }
        let leaky = ConvolutionUnit.Activation.leakyRelu(slope: 0.2)
        append(3, 16, source: .input, isUp: false, hasNorm: false, leaky)
        append(16, 32, source: .unit(0), isUp: false, hasNorm: true, leaky)
        append(32, 24, source: .unit(1), isUp: false, hasNorm: false, .none)
        append(24, 20, source: .unit(2), isUp: true, hasNorm: true, .none)
        append(
            52,
            8,
            source: .unit(1),
            appended: .unit(3),
            isUp: true,
            hasNorm: true,
            .none
        )
        append(
            24,
            3,
            source: .unit(0),
            appended: .unit(4),
            isUp: true,
            hasNorm: false,
            hasTanh ? .tanh : .none
        )
        return try NetworkGraph(
            name: "small U-Net",
            inputChannels: 3,
            inputHeight: 32,
            inputWidth: 32,
            units: units,
            outputs: [5]
        )
    }
}
