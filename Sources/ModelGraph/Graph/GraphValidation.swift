/// The rules of `NetworkGraph`, checked unit by unit while shapes are inferred.
struct GraphValidation {
    let name: String
    let input: FeatureMapShape
    let units: [ConvolutionUnit]
    let outputs: [Int]

    /// Checks every rule; returns the output shape of each unit.
    func inferredShapes() throws(GraphError) -> [FeatureMapShape] {
        try checkCounts()
        var shapes: [FeatureMapShape] = []
        for index in units.indices {
            try checkNumbers(of: index)
            try checkSourceActivation(of: index)
            try checkNames(of: index)
            shapes.append(try outputShape(of: index, earlier: shapes))
        }
        try checkOutputs()
        try checkUse()
        try checkUniqueNames()
        return shapes
    }

    private func checkCounts() throws(GraphError) {
        let limits = NetworkGraph.Limits.self
        try require(input.channels, in: limits.channels, "input channels", at: name)
        try require(input.height, in: limits.extent, "input height", at: name)
        try require(input.width, in: limits.extent, "input width", at: name)
        try require(units.count, in: limits.units, "number of units", at: name)
    }

    private func checkNumbers(of index: Int) throws(GraphError) {
        let unit = units[index]
        let convolution = unit.convolution
        let place = location(index)
        let limits = NetworkGraph.Limits.self
        try require(convolution.inputChannels, in: limits.channels, "input channels", at: place)
        try require(convolution.outputChannels, in: limits.channels, "output channels", at: place)
        try require(convolution.kernel, in: limits.kernel, "kernel", at: place)
        try require(convolution.stride, in: limits.stride, "stride", at: place)
        try require(convolution.padding, in: 0...(convolution.kernel - 1), "padding", at: place)
        let outputPadding = convolution.isTransposed ? 0...(convolution.stride - 1) : 0...0
        try require(convolution.outputPadding, in: outputPadding, "output padding", at: place)
        guard !convolution.isTransposed || convolution.paddingMode == .zeros else {
            throw GraphError(
                .valueOutOfRange,
                at: place,
                "a transposed convolution cannot reflect",
                remedy: "pad it with zeros"
            )
        }
        if let epsilon = unit.normalization?.epsilon, !(epsilon > 0 && epsilon.isFinite) {
            throw GraphError(
                .valueOutOfRange,
                at: place,
                "epsilon is \(epsilon)",
                remedy: "use a finite number above 0, such as 1e-5"
            )
        }
        if case .leakyRelu(let slope) = unit.activation, !(slope >= 0 && slope < 1) {
            throw GraphError(
                .valueOutOfRange,
                at: place,
                "the leaky slope is \(slope)",
                remedy: "use a number from 0 up to, but not including, 1"
            )
        }
    }

    private func checkNames(of index: Int) throws(GraphError) {
        let unit = units[index]
        let names = unit.parameterNames
        let isAffine = unit.normalization?.isAffine ?? false
        let expectations = [
            ("weight", names.weight as String?, true),
            ("bias", names.bias, unit.convolution.hasBias),
            ("scale", names.scale, isAffine),
            ("shift", names.shift, isAffine),
        ]
        for (role, parameterName, isExpected) in expectations {
            guard (parameterName != nil) == isExpected, parameterName != "" else {
                throw GraphError(
                    .parameterNames,
                    at: location(index),
                    isExpected ? "the \(role) has no name" : "a \(role) is named but not there",
                    remedy: isExpected ? "name the \(role)" : "leave the name of the \(role) out"
                )
            }
        }
    }

    private func outputShape(
        of index: Int,
        earlier: [FeatureMapShape]
    ) throws(GraphError) -> FeatureMapShape {
        let unit = units[index]
        let place = location(index)
        let convolution = unit.convolution
        let source = try readShape(of: unit, earlier: earlier, at: place)
        guard source.channels == convolution.inputChannels else {
            throw GraphError(
                .shapeMismatch,
                at: place,
                "the convolution reads \(convolution.inputChannels) channels, "
                    + "its source has \(source.channels)",
                remedy: "make the two channel counts equal"
            )
        }
        if convolution.paddingMode == .reflect {
            guard convolution.padding < min(source.height, source.width) else {
                throw GraphError(
                    .shapeMismatch,
                    at: place,
                    "reflecting \(convolution.padding) pixels of a map of "
                        + "\(source.height)x\(source.width)",
                    remedy: "keep the padding below both extents"
                )
            }
        }
        let output = FeatureMapShape(
            channels: convolution.outputChannels,
            height: convolution.outputExtent(source.height),
            width: convolution.outputExtent(source.width)
        )
        try checkExtents(of: output, from: source, at: place)
        try checkNormalization(of: unit, over: output, at: place)
        if let residual = unit.residual {
            let added = try shape(of: residual, role: "residual", earlier: earlier, at: place)
            guard added == output else {
                throw GraphError(
                    .shapeMismatch,
                    at: place,
                    "the residual is \(added), the unit's output is \(output)",
                    remedy: "add a map of the same shape"
                )
            }
        }
        return output
    }

    /// The shape of what a unit's convolution reads: its source, with the appended map's channels.
    private func readShape(
        of unit: ConvolutionUnit,
        earlier: [FeatureMapShape],
        at place: String
    ) throws(GraphError) -> FeatureMapShape {
        let source = try shape(of: unit.source, role: "source", earlier: earlier, at: place)
        guard let appended = unit.appended else { return source }
        let second = try shape(of: appended, role: "appended map", earlier: earlier, at: place)
        guard second.height == source.height, second.width == source.width else {
            throw GraphError(
                .shapeMismatch,
                at: place,
                "a map of \(second) is appended to one of \(source)",
                remedy: "append a map of the same height and width"
            )
        }
        return FeatureMapShape(
            channels: source.channels + second.channels,
            height: source.height,
            width: source.width
        )
    }

    /// A rectifier may stand in front of a convolution, behind another activation of its own kind.
    private func checkSourceActivation(of index: Int) throws(GraphError) {
        let unit = units[index]
        switch unit.sourceActivation {
        case .none: return
        case .relu: break
        case .leakyRelu, .tanh:
            throw GraphError(
                .valueOutOfRange,
                at: location(index),
                "the activation in front of the convolution is no plain rectifier",
                remedy: "use none or relu, or put it behind the unit that is read"
            )
        }
        for source in unit.convolved {
            if case .unit(let other) = source, units.indices.contains(other),
                units[other].activation != .tanh
            {
                continue
            }
            throw GraphError(
                .valueOutOfRange,
                at: location(index),
                "a rectifier reads what ends with no rectifier or nothing",
                remedy: "leave the rectifier out, or let it read a unit without a tanh"
            )
        }
    }

    private func checkExtents(
        of output: FeatureMapShape,
        from source: FeatureMapShape,
        at place: String
    ) throws(GraphError) {
        let extents = NetworkGraph.Limits.extent
        guard extents.contains(output.height), extents.contains(output.width) else {
            throw GraphError(
                .shapeMismatch,
                at: place,
                "a map of \(source.height)x\(source.width) would become "
                    + "\(output.height)x\(output.width)",
                remedy: "choose an input size that keeps every extent within "
                    + "\(extents.lowerBound)...\(extents.upperBound)"
            )
        }
    }

    /// Statistics over one pixel are that pixel: the output would be zero whatever comes in.
    private func checkNormalization(
        of unit: ConvolutionUnit,
        over output: FeatureMapShape,
        at place: String
    ) throws(GraphError) {
        guard unit.normalization == nil || output.pixelCount > 1 else {
            throw GraphError(
                .shapeMismatch,
                at: place,
                "an instance norm over a single pixel",
                remedy: "choose a larger input size or leave the norm out"
            )
        }
    }

    private func shape(
        of source: ConvolutionUnit.Source,
        role: String,
        earlier: [FeatureMapShape],
        at place: String
    ) throws(GraphError) -> FeatureMapShape {
        switch source {
        case .input:
            return input
        case .unit(let index):
            guard earlier.indices.contains(index) else {
                throw GraphError(
                    .brokenReference,
                    at: place,
                    "the \(role) is unit \(index), which does not come before",
                    remedy: "refer to the input or to a unit before this one"
                )
            }
            return earlier[index]
        }
    }

    private func checkOutputs() throws(GraphError) {
        guard !outputs.isEmpty else {
            throw GraphError(
                .brokenReference,
                at: name,
                "there is no output",
                remedy: "name at least one unit as output"
            )
        }
        for (position, index) in outputs.enumerated() {
            let isRepeated = outputs[..<position].contains(index)
            guard units.indices.contains(index), !isRepeated else {
                throw GraphError(
                    .brokenReference,
                    at: name,
                    "output \(position) is unit \(index), "
                        + (isRepeated ? "which is an output already" : "which does not exist"),
                    remedy: "name each output unit once, from 0 to \(units.count - 1)"
                )
            }
        }
    }

    private func checkUse() throws(GraphError) {
        var isUsed = units.map { _ in false }
        for index in outputs { isUsed[index] = true }
        for unit in units {
            for case .unit(let index) in unit.reads { isUsed[index] = true }
        }
        if let index = isUsed.firstIndex(of: false) {
            throw GraphError(
                .unusedUnit,
                at: location(index),
                "nothing reads the unit's result",
                remedy: "read it, name it as an output, or leave it out"
            )
        }
    }

    private func checkUniqueNames() throws(GraphError) {
        var owners: [String: Int] = [:]
        for (index, unit) in units.enumerated() {
            let names = unit.parameterNames
            for case let parameterName? in [names.weight, names.bias, names.scale, names.shift] {
                if let owner = owners.updateValue(index, forKey: parameterName) {
                    throw GraphError(
                        .parameterNames,
                        at: location(index),
                        "parameter \(parameterName) belongs to unit \(owner) already",
                        remedy: "give each parameter its own name"
                    )
                }
            }
        }
    }

    private func location(_ index: Int) -> String {
        "\(name), unit \(index) (\(units[index].name))"
    }
}

/// Throws unless the value lies in the range.
func require(
    _ value: Int,
    in range: ClosedRange<Int>,
    _ quantity: String,
    at location: String
) throws(GraphError) {
    guard range.contains(value) else {
        let bounds =
            range.count == 1
            ? "\(range.lowerBound)" : "\(range.lowerBound)...\(range.upperBound)"
        throw GraphError(
            .valueOutOfRange,
            at: location,
            "\(quantity) is \(value)",
            remedy: "use \(bounds)"
        )
    }
}
