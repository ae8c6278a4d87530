import AcceleratorISA

/// One broken command for every rule on parameters, operand sets, layouts, shapes, geometry and
/// scalars.
enum BrokenCommands {
    static let all: [BrokenCommand] = parameters + operandSets + layouts + shapes + scalars

    private static let parameters: [BrokenCommand] = [
        .init("compose", "accumulates", .malformedCommand) { $0.flags = .accumulates },
        .init("adam", "mirrors", .malformedCommand) { $0.flags = .mirrors },
        .init("bare convolution", "accumulates", .malformedCommand) { $0.flags = .accumulates },
        .init("mean", "source activation", .malformedCommand) { $0.sourceActivation = .relu },
        .init("mean", "mask activation", .malformedCommand) { $0.maskActivation = .relu },
        .init("mean", "skip activation", .malformedCommand) { $0.skipActivation = .relu },
        .init("adam", "error activation", .malformedCommand) { $0.errorActivation = .relu },
        .init("bare convolution", "error activation", .malformedCommand) {
            $0.errorActivation = .relu
        },
        .init("halving backward", "destination activation", .malformedCommand) {
            $0.destinationActivation = .relu
        },
        .init("interpolate", "statistics", .malformedCommand) { $0.statistics = .moments },
        .init("adam", "loss kind", .malformedCommand) { $0.lossKind = .mean },
        .init("mean", "optimizer kind", .malformedCommand) { $0.optimizerKind = .sgd },
        .init("fill", "geometry", .wrongGeometry) { $0.geometry = ValidCommands.halving },
        .init("bare convolution", "kernel 0", .wrongGeometry) { $0.geometry.kernel = 0 },
        .init("bare convolution", "kernel 8", .wrongGeometry) { $0.geometry.kernel = 8 },
        .init("bare convolution", "stride 0", .wrongGeometry) { $0.geometry.stride = 0 },
        .init("bare convolution", "stride 3", .wrongGeometry) { $0.geometry.stride = 3 },
        .init("bare convolution", "padding 1", .wrongGeometry) { $0.geometry.padding = 1 },
        .init("bare convolution", "padding -1", .wrongGeometry) { $0.geometry.padding = -1 },
        .init("bias gradient", "kernel 8", .wrongGeometry) { $0.geometry.kernel = 8 },
        .init("transposed convolution", "reflects", .wrongGeometry) {
            $0.geometry.paddingMode = .reflect
        },
        .init("reflecting convolution", "padding as wide as the map", .wrongGeometry, .source) {
            for role in [
                OperandRole.source, .sourceSkip, .sourceSum, .destination, .destinationSkip,
            ] {
                $0.operands[role]?.height = 3
            }
        },
    ]

    private static func without(
        _ base: String,
        _ role: OperandRole,
        blames other: OperandRole? = nil
    ) -> BrokenCommand {
        BrokenCommand(base, "without \(role)", .wrongOperands, other ?? role) {
            $0.operands[role] = nil
        }
    }

    private static func with(
        _ base: String,
        _ role: OperandRole,
        from donor: OperandRole
    ) -> BrokenCommand {
        BrokenCommand(base, "with \(role)", .wrongOperands, role) {
            $0.operands[role] = $0.operands[donor]
        }
    }

    /// An operand of a norm where there are no statistics.
    private static func norm(
        _ base: String,
        _ role: OperandRole,
        from donor: OperandRole
    ) -> BrokenCommand {
        BrokenCommand(base, "with \(role)", .wrongOperands, .errorStatistics) {
            $0.operands[role] = $0.operands[donor]
        }
    }

    private static let operandSets: [BrokenCommand] = [
        without("bare convolution", .source), without("bare convolution", .weights),
        without("bare convolution", .destination), without("halving backward", .error),
        without("compose", .source), without("compose", .destination),
        without("interpolate", .labels), without("interpolate", .target),
        without("mean", .source), without("mean", .lossValue), without("adam", .parameter),
        without("fill", .destination), without("reduce a vector", .source),
        with("bare convolution", .error, from: .source),
        with("bare convolution", .biasGradient, from: .source),
        with("halving backward", .bias, from: .biasGradient),
        with("halving backward", .sourceSum, from: .source),
        with("elementwise of a source", .bias, from: .sourceScale),
        with("fence", .labels, from: .labels).adding(.labels),
        without("elementwise of a source", .sourceShift),
        without("elementwise of a source", .sourceScale),
        without("elementwise of a source", .sourceStatistics),
        without("elementwise of a source", .skipShift),
        without("elementwise of a source", .skipScale),
        without("elementwise of a source", .skipStatistics),
        without("elementwise of a source", .sourceSkip, blames: .skipStatistics),
        without("elementwise of an error", .errorScale, blames: .errorShift),
        without("elementwise of an error", .errorShift),
        with("elementwise of a masked error", .errorShift, from: .errorScale),
        without("elementwise of an error", .errorOutput),
        without("elementwise of an error", .errorStatistics),
        without("elementwise of an error", .errorSums),
        without("elementwise of an error", .mask),
        without("elementwise of an error", .maskStatistics),
        without("elementwise of an error", .maskScale),
        without("elementwise of an error", .maskShift),
        without("elementwise of an error", .destinationStatistics),
        without("elementwise of a source", .destinationStatistics),
        without("elementwise of a source", .source, blames: .sourceStatistics),
        without("halving backward", .weights),
        without("halving backward", .source, blames: .sourceStatistics),
        without("halving backward", .weightGradient, blames: .source),
        without("halving backward", .destination, blames: .weights),
        without("softmax", .target), without("sigmoid", .target), without("adam", .firstMoment),
        without("adam", .secondMoment),
        without("adam", .gradient, blames: .firstMoment),
        without("working copy", .workingCopy),
        with("mean", .target, from: .source), with("gradient penalty", .target, from: .source),
        with("sgd", .secondMoment, from: .firstMoment),
        BrokenCommand("halving backward", "writes nothing", .wrongOperands) {
            for role in [
                OperandRole.destination, .destinationStatistics, .weightGradient, .biasGradient,
            ] {
                $0.operands[role] = nil
            }
            $0.statistics = .none
        },
        BrokenCommand("statistics pass", "writes nothing", .wrongOperands) {
            $0.statistics = .none
            $0.operands[.destinationStatistics] = nil
        },
        BrokenCommand("statistics pass", "no mode", .wrongOperands, .destinationStatistics) {
            $0.statistics = .none
        },
        BrokenCommand("statistics pass", "error sums of no mask", .wrongOperands, .mask) {
            $0.statistics = .errorSums
        },
        BrokenCommand("tanh derivative in place", "two inputs", .wrongOperands, .error) {
            $0.operands[.error] = $0.operands[.mask]
        },
        BrokenCommand("tanh derivative in place", "no input", .wrongOperands, .source) {
            $0.operands[.source] = nil
        },
        BrokenCommand("bias gradient", "activation of no source", .wrongOperands, .source) {
            $0.sourceActivation = .relu
        },
        BrokenCommand("bare convolution", "activation of no skip", .wrongOperands, .sourceSkip) {
            $0.skipActivation = .relu
        },
        BrokenCommand("bias gradient", "nothing to mask by", .wrongOperands, .errorOutput) {
            $0.errorActivation = .relu
        },
        BrokenCommand("bias gradient", "nothing to mask by tanh", .wrongOperands, .errorOutput) {
            $0.errorActivation = .tanh
        },
        BrokenCommand("halving backward", "tanh of a norm", .wrongOperands, .errorStatistics) {
            $0.errorActivation = .tanh
        },
        BrokenCommand("masked backward", "no activation", .wrongOperands, .errorOutput) {
            $0.errorActivation = .identity
        },
        without("masked backward", .errorOutput),
        without("elementwise of an error before an activation", .errorOutput),
        without("elementwise of an error before an activation", .error, blames: .errorOutput),
        norm("masked backward", .errorScale, from: .maskScale),
        norm("masked backward", .errorShift, from: .maskShift),
        norm("masked backward", .errorSums, from: .maskStatistics),
        BrokenCommand("masked backward", "a norm without sums", .wrongOperands, .errorSums) {
            $0.operands[.errorStatistics] = $0.operands[.maskStatistics]
        },
        BrokenCommand("bare convolution", "derivative of no mask", .wrongOperands, .mask) {
            $0.maskActivation = .relu
        },
        BrokenCommand("halving backward", "tanh mask", .wrongOperands, .mask) {
            $0.maskActivation = .tanh
        },
        BrokenCommand("elementwise of an error", "tanh", .wrongOperands, .maskStatistics) {
            $0.maskActivation = .tanh
        },
    ]

    private static func layout(
        _ base: String,
        _ role: OperandRole,
        _ layout: TensorLayout
    ) -> BrokenCommand {
        BrokenCommand(base, "\(role) as \(layout)", .wrongLayout, role) {
            $0.operands[role]?.layout = layout
        }
    }

    private static let layouts: [BrokenCommand] = [
        layout("bare convolution", .source, .image),
        layout("bare convolution", .destination, .image),
        layout("bare convolution", .weights, .masterWeights),
        layout("halving backward", .weightGradient, .weights),
        layout("halving backward", .biasGradient, .statistics),
        layout("halving backward", .errorSums, .vector),
        layout("halving backward", .maskScale, .statistics),
        layout("halving backward", .errorShift, .statistics),
        layout("halving backward", .skipStatistics, .vector),
        layout("halving backward", .skipScale, .map),
        layout("halving backward", .skipShift, .statistics),
        layout("compose", .source, .vector), layout("compose", .labels, .map),
        layout("reduce a vector", .source, .map),
        layout("reduce a vector", .destination, .statistics),
        layout("softmax", .target, .map), layout("absolute difference", .target, .vector),
        layout("adam", .parameter, .weights), layout("adam", .parameter, .vector),
        layout("adam", .gradient, .vector),
        layout("adam of a vector", .secondMoment, .masterWeights),
        layout("adam", .workingCopy, .masterWeights),
    ]

    private static func shape(
        _ base: String,
        _ role: OperandRole,
        blames other: OperandRole? = nil,
        _ change: @escaping @Sendable (inout Tensor) -> Void
    ) -> BrokenCommand {
        BrokenCommand(base, "shape of \(role)", .wrongShape, other ?? role) {
            guard var tensor = $0.operands[role] else { return }
            change(&tensor)
            $0.operands[role] = tensor
        }
    }

    private static let shapes: [BrokenCommand] = [
        shape("bare convolution", .destination) { $0.batch = 2 },
        shape("bare convolution", .destination) { $0.width = 3 },
        shape("bare convolution", .weights) { $0.batch = 15 },
        shape("bare convolution", .weights) { $0.channels = 17 },
        shape("bare convolution", .weights) { ($0.height, $0.width) = (2, 2) },
        shape("bare convolution", .weights) { $0.height = 2 },
        shape("halving convolution", .bias) { $0.channels = 4 },
        shape("halving convolution", .bias) { $0.batch = 2 },
        shape("halving convolution", .sourceScale) { $0.channels = 19 },
        shape("halving convolution", .sourceShift) { $0.batch = 2 },
        shape("halving convolution", .sourceStatistics) { $0.batch = 1 },
        shape("halving convolution", .sourceSkip) { $0.height = 7 },
        shape("halving convolution", .sourceSum) { $0.channels = 21 },
        shape("halving convolution", .skipStatistics) { $0.batch = 1 },
        shape("halving convolution", .skipScale) { $0.channels = 21 },
        shape("halving convolution", .skipShift) { $0.batch = 2 },
        shape("halving convolution", .destinationSkip) { $0.batch = 1 },
        shape("halving convolution", .destinationStatistics) { $0.channels = 6 },
        shape("halving convolution", .mask) { $0.width = 8 },
        shape("halving convolution", .maskStatistics) { $0.height = 2 },
        shape("halving convolution", .maskShift) { $0.channels = 6 },
        shape("halving backward", .errorOutput) { $0.height = 5 },
        shape("halving backward", .errorScale) { $0.channels = 6 },
        shape("halving backward", .errorShift) { $0.batch = 2 },
        shape("halving backward", .errorSums) { $0.batch = 1 },
        shape("halving backward", .weightGradient) { $0.batch = 6 },
        shape("halving backward", .biasGradient) { $0.batch = 2 },
        shape("halving backward", .destination) { $0.height = 9 },
        shape("transposed backward", .weights) { $0.channels = 9 },
        shape("bias gradient", .biasGradient) { $0.channels = 4 },
        shape("elementwise of a source", .destination) { $0.width = 6 },
        shape("statistics pass", .destinationStatistics) { $0.batch = 1 },
        shape("compose", .destination) { $0.height = 4 },
        shape("compose", .destination, blames: .labels) { $0.channels = 6 },
        shape("compose", .labels) { $0.batch = 1 },
        shape("interpolate", .target) { $0.channels = 4 },
        shape("interpolate", .labels) { $0.batch = 1 },
        shape("absolute difference", .target) { $0.height = 3 },
        shape("mean", .destination) { $0.batch = 1 },
        shape("mean", .lossValue) { $0.batch = 2 },
        shape("softmax", .target) { $0.channels = 6 },
        BrokenCommand("sigmoid", "of a map", .wrongShape, .source) {
            $0.operands[.source]?.height = 2
            $0.operands[.destination]?.height = 2
        },
        shape("adam", .gradient) { $0.batch = 19 },
        shape("adam", .workingCopy) { ($0.height, $0.width) = (2, 2) },
        shape("reduce a vector", .destination) { $0.batch = 2 },
        shape("reduce a vector", .destination) { $0.channels = 19 },
        shape("fill", .destination) { ($0.height, $0.width) = (8, 8) },
        shape("compose", .source) { $0.batch = Limits.maximumBatch + 1 },
    ]

    private static let scalars: [BrokenCommand] = [
        .init("fill", "infinite", .wrongScalar) { $0.scalars[0] = .infinity },
        .init("fence", "not a number", .wrongScalar) { $0.scalars[7] = .nan },
        .init("statistics pass", "epsilon 0", .wrongScalar, .destinationStatistics) {
            $0.scalars[0] = 0
        },
        .init("adam", "beta above 1", .wrongScalar) { $0.scalars[0] = 1.5 },
        .init("adam", "beta below 0", .wrongScalar) { $0.scalars[2] = -0.5 },
        .init("adam", "epsilon 0", .wrongScalar) { $0.scalars[4] = 0 },
        .init("adam", "correction 0", .wrongScalar) { $0.scalars[6] = 0 },
        .init("reduce statistics", "half 2", .wrongScalar, .source) { $0.scalars[0] = 2 },
        .init("bare convolution", "slope of identity", .wrongScalar) {
            $0.sourceActivation.slope = 0.5
        },
        .init("halving backward", "infinite slope of the error", .wrongScalar) {
            $0.errorActivation.slope = .infinity
        },
        .init("halving backward", "slope of the skip's rectifier", .wrongScalar) {
            $0.skipActivation.slope = 0.5
        },
        .init("bare convolution", "infinite slope", .wrongScalar) {
            $0.destinationActivation = Activation(.leakyRelu, slope: -.infinity)
        },
    ]
}

extension BrokenCommand {
    /// The same, with a small vector as one more operand.
    func adding(_ role: OperandRole) -> BrokenCommand {
        BrokenCommand(base, name, fault.code, role) {
            $0.operands[role] = Tensor(
                address: 0,
                batch: 1,
                channels: 1,
                layout: .vector,
                kind: .image
            )
        }
    }
}
