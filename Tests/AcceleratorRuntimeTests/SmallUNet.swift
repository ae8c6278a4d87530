import ModelGraph

extension NetworkGraph {
    /// Two levels of a U-Net around an innermost convolution, norms affine where asked for.
    static func smallUNet(isAffine: Bool = false, hasTanh: Bool = true) throws -> NetworkGraph {
        let leaky = ConvolutionUnit.Activation.leakyRelu(slope: 0.2)
        let last = hasTanh ? ConvolutionUnit.Activation.tanh : .none
        let units = [
            unit(0, 3, 16, [.input], isUp: false, hasNorm: false, isAffine, leaky),
            unit(1, 16, 32, [.unit(0)], isUp: false, hasNorm: true, isAffine, leaky),
            unit(2, 32, 24, [.unit(1)], isUp: false, hasNorm: false, isAffine, .none),
            unit(3, 24, 20, [.unit(2)], isUp: true, hasNorm: true, isAffine, .none),
            unit(4, 52, 8, [.unit(1), .unit(3)], isUp: true, hasNorm: true, isAffine, .none),
            unit(5, 24, 3, [.unit(0), .unit(4)], isUp: true, hasNorm: false, isAffine, last),
        ]
        return try NetworkGraph(
            name: "small U-Net",
            inputChannels: 3,
            inputHeight: 32,
            inputWidth: 32,
            units: units,
            outputs: [5]
        )
    }

    private static func unit(
        _ index: Int,
        _ input: Int,
        _ output: Int,
        _ sources: [ConvolutionUnit.Source],
        isUp: Bool,
        hasNorm: Bool,
        _ isAffine: Bool,
        _ activation: ConvolutionUnit.Activation
    ) -> ConvolutionUnit {
        let name = "unit\(index)"
        return ConvolutionUnit(
            name: name,
            source: sources[0],
            appended: sources.count > 1 ? sources[1] : nil,
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
    }
}
