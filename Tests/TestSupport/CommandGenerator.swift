package import AcceleratorISA
import DatapathNumerics

/// Draws valid commands of every opcode over memory that it fills with random values.
///
/// Two memories get the same bytes, so that two datapaths can be compared byte by byte.
package struct CommandGenerator {
    private var random: SeededGenerator
    /// One past the last byte of the tensors so far.
    package private(set) var nextAddress: UInt64 = 0
    /// What the tensors that are read hold.
    package private(set) var contents: [(address: UInt64, bytes: [UInt8])] = []

    /// A generator whose commands are told by its seed.
    package init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    // MARK: Tensors

    /// A tensor of random values, or of nothing when it is only written.
    package mutating func tensor(
        _ layout: TensorLayout,
        _ batch: Int,
        _ channels: Int,
        _ height: Int = 1,
        _ width: Int = 1,
        kind: TensorKind = .featureMap,
        filled: Bool = true,
        positive: Bool = false
    ) -> Tensor {
        var tensor = Tensor(
            address: nextAddress,
            batch: batch,
            channels: channels,
            height: height,
            width: width,
            layout: layout,
            kind: kind
        )
        tensor.address = nextAddress
        let alignment = Limits.tensorAlignment
        nextAddress += (tensor.byteCount + alignment - 1) / alignment * alignment
        guard filled else { return tensor }
        let values = (0..<TensorAccess.plainCount(of: tensor)).map { _ in
            positive ? random.unit() + 0.25 : random.unit() * 4 - 2
        }
        contents.append((tensor.address, TensorAccess.packed(values, as: tensor)))
        return tensor
    }

    private mutating func map(_ batch: Int, _ channels: Int, _ height: Int, _ width: Int) -> Tensor
    {
        tensor(.map, batch, channels, height, width)
    }

    private mutating func statistics(_ map: Tensor) -> Tensor {
        tensor(.statistics, map.batch, map.channels, kind: .statistics, positive: true)
    }

    private mutating func activation(tanh: Bool = true) -> Activation {
        switch random.below(tanh ? 4 : 3) {
        case 0: .identity
        case 1: .relu
        case 2: Activation(.leakyRelu, slope: 0.2)
        default: .tanh
        }
    }

    // MARK: Sides

    private mutating func addPrologue(to command: inout Command, of source: Tensor) {
        command.operands[.source] = source
        if random.below(2) == 0 {
            command.operands[.sourceStatistics] = statistics(source)
            if random.below(2) == 0 {
                command.operands[.sourceScale] = tensor(.vector, 1, source.channels)
                command.operands[.sourceShift] = tensor(.vector, 1, source.channels)
            }
        }
        command.sourceActivation = activation()
        if random.below(3) == 0 {
            command.operands[.sourceSkip] = map(
                source.batch,
                source.channels,
                source.height,
                source.width
            )
            addSkipNorm(to: &command, of: source)
        }
    }

    private mutating func addSkipNorm(to command: inout Command, of source: Tensor) {
        if random.below(2) == 0 { command.skipActivation = activation() }
        guard random.below(2) == 0 else { return }
        command.operands[.skipStatistics] = statistics(source)
        guard random.below(2) == 0 else { return }
        command.operands[.skipScale] = tensor(.vector, 1, source.channels)
        command.operands[.skipShift] = tensor(.vector, 1, source.channels)
    }

    private mutating func addErrorPrologue(to command: inout Command, of error: Tensor) {
        command.operands[.error] = error
        let form = random.below(4)
        guard form > 0 else { return }
        command.operands[.errorOutput] = map(error.batch, error.channels, error.height, error.width)
        guard form > 1 else {
            repeat {
                command.errorActivation = activation()
            } while command.errorActivation.kind == .identity
            return
        }
        command.operands[.errorStatistics] = statistics(error)
        command.operands[.errorSums] = statistics(error)
        if random.below(2) == 0 {
            command.operands[.errorScale] = tensor(.vector, 1, error.channels)
        }
        command.errorActivation = activation(tanh: false)
        guard command.errorActivation.kind != .identity,
            command.operands[.errorScale] != nil
        else { return }
        command.operands[.errorShift] = tensor(.vector, 1, error.channels)
    }

    private mutating func addEpilogue(to command: inout Command, shape: Tensor, backward: Bool) {
        let (n, c, h, w) = (shape.batch, shape.channels, shape.height, shape.width)
        if command.opcode != .elementwise || random.below(4) > 0 {
            command.operands[.destination] = tensor(.map, n, c, h, w, filled: false)
        }
        if !backward { command.destinationActivation = activation() }
        if random.below(3) == 0 { command.operands[.destinationSkip] = map(n, c, h, w) }
        let mode = random.below(3)
        if mode == 2 || random.below(3) == 0 {
            command.operands[.mask] = map(n, c, h, w)
            command.maskActivation = activation(tanh: command.opcode == .elementwise)
            if mode == 2 || random.below(2) == 0 {
                if command.maskActivation.kind == .tanh { command.maskActivation = .relu }
                command.operands[.maskStatistics] = statistics(shape)
                if random.below(2) == 0 {
                    command.operands[.maskScale] = tensor(.vector, 1, c)
                    command.operands[.maskShift] = tensor(.vector, 1, c)
                }
            }
        }
        if mode == 0, command.operands[.destination] != nil { return }
        command.statistics = mode == 2 ? .errorSums : .moments
        command.scalars[0] = 1e-5
        command.operands[.destinationStatistics] = tensor(
            .statistics,
            n,
            c,
            kind: .statistics,
            filled: false
        )
    }

    // MARK: Commands

    /// A forward convolution.
    package mutating func convolution() -> Command {
        var command = Command(.convolution, stage: .forward)
        let (geometry, small, large, weights) = layer(forward: true)
        command.geometry = geometry
        let gathers = geometry.direction == .gather
        addPrologue(to: &command, of: gathers ? large : small)
        let shape = gathers ? small : large
        command.operands[.weights] = weights
        if random.below(2) == 0 {
            command.operands[.bias] = tensor(.vector, 1, shape.channels)
        }
        addEpilogue(to: &command, shape: shape, backward: false)
        if random.below(3) == 0, let source = command.operands[.source] {
            let (n, c, h, w) = (source.batch, source.channels, source.height, source.width)
            command.operands[.sourceSum] = tensor(.map, n, c, h, w, filled: false)
        }
        return command
    }

    /// A backward convolution: any of EP, WG and bias gradient.
    package mutating func convolutionBackward() -> Command {
        var command = Command(.convolutionBackward, stage: .error)
        let (geometry, small, large, weights) = layer(forward: false)
        command.geometry = geometry
        let gathers = geometry.direction == .gather
        let error = gathers ? small : large
        let source = gathers ? large : small
        addErrorPrologue(to: &command, of: error)
        let parts = 1 + random.below(7)
        if parts & 1 != 0 {
            command.operands[.weights] = weights
            addEpilogue(to: &command, shape: source, backward: true)
        }
        let accumulates = random.below(2) == 0
        if accumulates { command.flags.insert(.accumulates) }
        if parts & 2 != 0 {
            addPrologue(to: &command, of: source)
            command.operands[.weightGradient] = tensor(
                .masterWeights,
                weights.batch,
                weights.channels,
                weights.height,
                weights.width,
                kind: .gradient,
                filled: accumulates
            )
        }
        if parts & 4 != 0 {
            let adds = random.below(2) == 0
            if adds { command.flags.insert(.accumulatesBias) }
            command.operands[.biasGradient] = tensor(
                .vector,
                1,
                error.channels,
                kind: .gradient,
                filled: adds
            )
        }
        return command
    }

    private mutating func layer(
        forward: Bool
    ) -> (ConvolutionGeometry, small: Tensor, large: Tensor, weights: Tensor) {
        while true {
            let kernel = 1 + random.below(7)
            var geometry = ConvolutionGeometry(
                kernel: kernel,
                stride: 1 + random.below(2),
                padding: random.below(kernel),
                paddingMode: random.below(4) == 0 ? .reflect : .zeros,
                direction: random.below(2) == 0 ? .gather : .scatter
            )
            if geometry.direction == .scatter { geometry.paddingMode = .zeros }
            let wide = random.below(6) == 0
            let height = 1 + random.below(wide ? 80 : 14)
            let width = 1 + random.below(wide ? 80 : 20)
            let smallHeight = geometry.smallSide(large: height)
            let smallWidth = geometry.smallSide(large: width)
            guard smallHeight > 0, smallWidth > 0 else { continue }
            if geometry.paddingMode == .reflect, geometry.padding >= min(height, width) { continue }
            let batch = 1 + random.below(3)
            let inputs = [1, 3, 8, 16, 17, 32, 48][random.below(wide ? 4 : 7)]
            let outputs = [1, 3, 16, 24, 32, 40, 80][random.below(wide ? 4 : 7)]
            return (
                geometry,
                map(batch, outputs, smallHeight, smallWidth),
                map(batch, inputs, height, width),
                tensor(.weights, outputs, inputs, kernel, kernel, kind: .weight)
            )
        }
    }

    /// A pass over whole maps.
    package mutating func elementwise() -> Command {
        var command = Command(.elementwise, stage: .forward)
        let shape = smallMap()
        if random.below(2) == 0 {
            addPrologue(to: &command, of: shape)
        } else {
            addErrorPrologue(to: &command, of: shape)
        }
        addEpilogue(to: &command, shape: shape, backward: false)
        return command
    }

    private mutating func smallMap() -> Tensor {
        map(1 + random.below(3), 1 + random.below(40), 1 + random.below(9), 1 + random.below(33))
    }

    /// A copy between layouts.
    package mutating func compose() -> Command {
        var command = Command(.compose, stage: .forward)
        let (n, c) = (1 + random.below(3), 1 + random.below(20))
        let (h, w) = (1 + random.below(9), 1 + random.below(9))
        let layouts: [TensorLayout] = [.map, .image]
        let labels = random.below(6)
        command.operands[.source] = tensor(layouts[random.below(2)], n, c, h, w)
        if labels > 0 { command.operands[.labels] = tensor(.vector, n, labels) }
        command.operands[.destination] = tensor(
            layouts[random.below(2)],
            n,
            c + labels,
            h,
            w,
            filled: false
        )
        if random.below(2) == 0 { command.flags.insert(.mirrors) }
        return command
    }

    /// A mixture of two maps.
    package mutating func interpolate() -> Command {
        var command = Command(.interpolate, stage: .forward)
        let shape = smallMap()
        let (n, c, h, w) = (shape.batch, shape.channels, shape.height, shape.width)
        command.operands[.source] = shape
        command.operands[.target] = map(n, c, h, w)
        command.operands[.labels] = tensor(.vector, n, 1, positive: true)
        command.operands[.destination] = tensor(.map, n, c, h, w, filled: false)
        return command
    }

    /// A loss of any kind.
    package mutating func loss() -> Command {
        var command = Command(.loss, stage: .forward)
        let kind = LossKind.allCases[random.below(LossKind.allCases.count)]
        command.lossKind = kind
        command.scalars[0] = 2
        command.scalars[1] = 10
        command.scalars[2] = 1
        var shape = smallMap()
        if kind == .sigmoidCrossEntropy || kind == .softmaxCrossEntropy {
            shape = map(shape.batch, shape.channels, 1, 1)
            command.operands[.target] = tensor(.vector, shape.batch, shape.channels, positive: true)
        } else if kind == .absoluteDifference {
            command.operands[.target] = map(shape.batch, shape.channels, shape.height, shape.width)
        }
        command.operands[.source] = shape
        command.operands[.lossValue] = tensor(.vector, 1, 1, filled: false)
        command.operands[.destination] = tensor(
            .map,
            shape.batch,
            shape.channels,
            shape.height,
            shape.width,
            filled: false
        )
        return command
    }

    /// An update by either rule, over weights or a vector.
    package mutating func optimizer() -> Command {
        var command = Command(.optimizer, stage: .update)
        let (o, i, k) = (1 + random.below(40), 1 + random.below(40), 1 + random.below(4))
        let isVector = random.below(3) == 0
        func state(_ generator: inout CommandGenerator) -> Tensor {
            isVector
                ? generator.tensor(.vector, 1, o, positive: true)
                : generator.tensor(.masterWeights, o, i, k, k, positive: true)
        }
        command.optimizerKind = random.below(2) == 0 ? .adam : .sgd
        command.operands[.parameter] = state(&self)
        command.operands[.gradient] = state(&self)
        if command.optimizerKind == .adam || random.below(2) == 0 {
            command.operands[.firstMoment] = state(&self)
        }
        if command.optimizerKind == .adam { command.operands[.secondMoment] = state(&self) }
        if !isVector {
            command.operands[.workingCopy] = tensor(.weights, o, i, k, k, filled: false)
        }
        let scalars: [Float] =
            command.optimizerKind == .adam
            ? [0.5, 0.5, 0.999, 0.001, 1e-8, 0.01, 0.7] : [0.01, 0.9]
        for (index, scalar) in scalars.enumerated() { command.scalars[index] = scalar }
        return command
    }

    /// A sum over images.
    package mutating func reduce() -> Command {
        var command = Command(.reduce, stage: .weightGradient)
        let (n, c) = (1 + random.below(4), 1 + random.below(40))
        command.scalars[0] = Float(random.below(2))
        let isStatistics = random.below(2) == 0
        if !isStatistics { command.scalars[0] = 0 }
        command.operands[.source] = tensor(isStatistics ? .statistics : .vector, n, c)
        let accumulates = random.below(2) == 0
        if accumulates { command.flags.insert(.accumulates) }
        command.operands[.destination] = tensor(.vector, 1, c, filled: accumulates)
        return command
    }

    /// A constant.
    package mutating func fill() -> Command {
        var command = Command(.fill, stage: .forward)
        command.scalars[0] = Float(random.below(3))
        let shape = smallMap()
        let layouts: [TensorLayout] = [.map, .vector, .masterWeights]
        let layout = layouts[random.below(3)]
        let isVector = layout == .vector
        command.operands[.destination] = tensor(
            layout,
            shape.batch,
            shape.channels,
            isVector ? 1 : 3,
            isVector ? 1 : 3,
            filled: false
        )
        return command
    }
}
