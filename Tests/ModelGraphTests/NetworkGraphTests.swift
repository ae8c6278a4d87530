import ModelGraph
import Testing

@Suite struct NetworkGraphTests {
    typealias Unit = ConvolutionUnit

    /// A unit over `channels` maps with the named changes.
    private func unit(
        _ name: String = "a",
        source: Unit.Source = .input,
        convolution: Unit.Convolution = .init(inputChannels: 2, outputChannels: 2, kernel: 3),
        normalization: Unit.Normalization? = nil,
        activation: Unit.Activation = .none,
        residual: Unit.Source? = nil,
        names: Unit.ParameterNames? = nil
    ) -> Unit {
        Unit(
            name: name,
            source: source,
            convolution: convolution,
            normalization: normalization,
            activation: activation,
            residual: residual,
            parameterNames: names ?? .init(weight: name + ".weight")
        )
    }

    private func graph(
        _ units: [Unit],
        outputs: [Int]? = nil,
        size: (Int, Int) = (8, 8)
    ) throws(GraphError) -> NetworkGraph {
        try NetworkGraph(
            name: "net",
            inputChannels: 2,
            inputHeight: size.0,
            inputWidth: size.1,
            units: units,
            outputs: outputs ?? [units.count - 1]
        )
    }

    private func expectRefusal(
        _ kind: GraphError.Kind,
        _ message: String,
        of units: [Unit],
        outputs: [Int]? = nil,
        size: (Int, Int) = (8, 8),
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: GraphError.self, sourceLocation: sourceLocation) {
            try graph(units, outputs: outputs, size: size)
        }
        #expect(error?.kind == kind, sourceLocation: sourceLocation)
        #expect(
            error?.description.contains(message) == true,
            "\(error?.description ?? "no error")",
            sourceLocation: sourceLocation
        )
    }

    // Kernel, stride, padding, transposed, output padding; in and out extents as PyTorch has them.
    @Test(arguments: [
        ([3, 1, 1, 0, 0], (13, 17), (13, 17)),
        ([3, 2, 1, 0, 0], (15, 11), (8, 6)),
        ([4, 2, 1, 0, 0], (32, 32), (16, 16)),
        ([4, 1, 0, 0, 0], (4, 4), (1, 1)),
        ([1, 1, 0, 0, 0], (9, 9), (9, 9)),
        ([7, 1, 3, 0, 0], (24, 24), (24, 24)),
        ([4, 1, 1, 0, 0], (4, 4), (3, 3)),
        ([4, 2, 1, 1, 0], (8, 8), (16, 16)),
        ([3, 2, 1, 1, 1], (9, 7), (18, 14)),
        ([3, 2, 1, 1, 0], (9, 7), (17, 13)),
    ])
    func infersExtents(numbers: [Int], input: (Int, Int), output: (Int, Int)) throws {
        let convolution = Unit.Convolution(
            inputChannels: 2,
            outputChannels: 5,
            kernel: numbers[0],
            stride: numbers[1],
            padding: numbers[2],
            isTransposed: numbers[3] == 1,
            outputPadding: numbers[4]
        )
        let graph = try graph([unit(convolution: convolution)], size: input)
        #expect(
            graph.outputShape(of: 0)
                == FeatureMapShape(channels: 5, height: output.0, width: output.1)
        )
        let area = convolution.isTransposed ? input.0 * input.1 : output.0 * output.1
        #expect(graph.forwardMACCount(of: 0) == 2 * 5 * numbers[0] * numbers[0] * area)
    }

    @Test func ordersParametersByUnitAndRole() throws {
        let convolution = Unit.Convolution(
            inputChannels: 2,
            outputChannels: 3,
            kernel: 4,
            stride: 2,
            padding: 1,
            isTransposed: true,
            hasBias: true
        )
        let graph = try graph([
            unit(
                convolution: convolution,
                normalization: .init(isAffine: true),
                names: .init(weight: "w", bias: "b", scale: "g", shift: "s")
            )
        ])
        #expect(graph.parameters.map(\.role) == [.weight, .bias, .scale, .shift])
        #expect(graph.parameters.map(\.shape) == [[2, 3, 4, 4], [3], [3], [3]])
        #expect(graph.parameters.map(\.elementCount) == [96, 3, 3, 3])
        #expect(graph.parameterElementCount == 105)
    }

    @Test(arguments: [
        (0, 3, 1, 0, 0, "input channels is 0"), (2, 0, 1, 0, 0, "kernel is 0; use 1...7"),
        (2, 8, 1, 0, 0, "kernel is 8"), (2, 3, 3, 0, 0, "stride is 3; use 1...2"),
        (2, 3, 0, 0, 0, "stride is 0"), (2, 3, 1, 3, 0, "padding is 3; use 0...2"),
        (2, 3, 1, -1, 0, "padding is -1"), (2, 3, 1, 1, 1, "output padding is 1; use 0"),
        (.max, 3, 1, 1, 0, "input channels is"),
    ])
    func refusesNumbersOutOfRange(
        channels: Int,
        kernel: Int,
        stride: Int,
        padding: Int,
        outputPadding: Int,
        message: String
    ) {
        let convolution = Unit.Convolution(
            inputChannels: channels,
            outputChannels: 2,
            kernel: kernel,
            stride: stride,
            padding: padding,
            outputPadding: outputPadding
        )
        expectRefusal(.valueOutOfRange, message, of: [unit(convolution: convolution)])
    }

    @Test func refusesBadActivationsAndNorms() {
        expectRefusal(
            .valueOutOfRange,
            "leaky slope is nan",
            of: [unit(activation: .leakyRelu(slope: .nan))]
        )
        expectRefusal(
            .valueOutOfRange,
            "leaky slope is 1.0",
            of: [unit(activation: .leakyRelu(slope: 1))]
        )
        expectRefusal(
            .valueOutOfRange,
            "epsilon is 0.0",
            of: [unit(normalization: .init(isAffine: false, epsilon: 0))]
        )
        expectRefusal(
            .shapeMismatch,
            "single pixel",
            of: [unit(normalization: .init(isAffine: false))],
            size: (3, 3)
        )
    }

    @Test func refusesReflectionBeyondTheMap() throws {
        let convolution = Unit.Convolution(
            inputChannels: 2,
            outputChannels: 2,
            kernel: 7,
            padding: 3,
            paddingMode: .reflect
        )
        #expect(throws: Never.self) { try graph([unit(convolution: convolution)], size: (4, 9)) }
        expectRefusal(
            .shapeMismatch,
            "reflecting 3 pixels",
            of: [unit(convolution: convolution)],
            size: (9, 3)
        )
        let transposed = Unit.Convolution(
            inputChannels: 2,
            outputChannels: 2,
            kernel: 3,
            padding: 1,
            paddingMode: .reflect,
            isTransposed: true
        )
        expectRefusal(.valueOutOfRange, "cannot reflect", of: [unit(convolution: transposed)])
    }

    @Test func refusesKernelsLargerThanTheMap() {
        expectRefusal(.shapeMismatch, "would become 0x6", of: [unit()], size: (2, 8))
    }

    @Test func refusesBrokenReferences() {
        expectRefusal(.brokenReference, "the source is unit 0", of: [unit(source: .unit(0))])
        expectRefusal(
            .brokenReference,
            "the source is unit -1",
            of: [unit(source: .unit(-1))]
        )
        expectRefusal(.brokenReference, "the residual is unit 7", of: [unit(residual: .unit(7))])
        expectRefusal(.brokenReference, "no output", of: [unit()], outputs: [])
        expectRefusal(.brokenReference, "does not exist", of: [unit()], outputs: [1])
        expectRefusal(.brokenReference, "an output already", of: [unit()], outputs: [0, 0])
    }

    @Test func refusesShapesThatDoNotFit() {
        let wide = Unit.Convolution(inputChannels: 3, outputChannels: 2, kernel: 3)
        expectRefusal(.shapeMismatch, "reads 3 channels", of: [unit(convolution: wide)])
        expectRefusal(
            .shapeMismatch,
            "the residual is 2x8x8, the unit's output is 2x6x6",
            of: [unit(residual: .input)]
        )
    }

    @Test func refusesUnusedUnitsAndRepeatedNames() {
        expectRefusal(.unusedUnit, "unit 0 (a)", of: [unit("a"), unit("b")], outputs: [1])
        expectRefusal(
            .parameterNames,
            "a.weight belongs to unit 0 already",
            of: [unit("a"), unit("a", source: .unit(0))]
        )
    }

    @Test func refusesNamesThatDoNotMatchTheParameters() {
        expectRefusal(
            .parameterNames,
            "a bias is named but not there",
            of: [unit(names: .init(weight: "w", bias: "b"))]
        )
        expectRefusal(
            .parameterNames,
            "the scale has no name",
            of: [unit(normalization: .init(isAffine: true))]
        )
        expectRefusal(
            .parameterNames,
            "the weight has no name",
            of: [unit(names: .init(weight: ""))]
        )
    }

    @Test func refusesGraphsWithoutOrWithTooManyUnits() {
        expectRefusal(.valueOutOfRange, "number of units is 0", of: [], outputs: [])
        let convolution = Unit.Convolution(
            inputChannels: 2,
            outputChannels: 2,
            kernel: 3,
            padding: 1
        )
        let chain = (0..<257).map { index in
            unit(
                "u\(index)",
                source: index == 0 ? .input : .unit(index - 1),
                convolution: convolution
            )
        }
        expectRefusal(.valueOutOfRange, "number of units is 257", of: chain)
    }
}
