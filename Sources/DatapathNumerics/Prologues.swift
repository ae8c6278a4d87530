import AcceleratorISA

/// An instance norm's application: `x = (v - mean) * inverseDeviation`, then scale and shift.
struct Normalization {
    private let statistics: StatisticsView
    private let scale: VectorView?
    private let shift: VectorView?

    /// The norm of the given operands; nil without statistics.
    init?(
        statistics: Tensor?,
        scale: Tensor?,
        shift: Tensor?,
        memory: UnsafeMutableRawPointer
    ) {
        guard let statistics = StatisticsView(statistics, memory) else { return nil }
        self.statistics = statistics
        self.scale = VectorView(scale, memory)
        self.shift = VectorView(shift, memory)
    }

    /// x in fp32.
    func normalized(_ value: Float, at place: Place, lane: Int) -> Float {
        let difference = value - statistics.first(place)[lane]
        return difference * statistics.second(place)[lane]
    }

    /// The norm's output, Q(scale * x + shift), or Q(x) without scale.
    func output(_ value: Float, at place: Place, lane: Int) -> Float {
        var result = normalized(value, at: place, lane: lane)
        if let scale { result = scale.lanes(block: place.block)[lane] * result }
        if let shift { result = result + shift.lanes(block: place.block)[lane] }
        return result.throughQ
    }
}

/// The read side of a forward pass.
struct Prologue {
    let source: MapView
    private let normalization: Normalization?
    private let activation: Activation
    private let skip: MapView?
    private let skipNormalization: Normalization?
    private let skipActivation: Activation
    private let sum: MapView?

    /// The prologue of a command; nil when it has no source.
    init?(_ command: Command, _ memory: UnsafeMutableRawPointer) {
        let operands = command.operands
        guard let source = MapView(operands[.source], memory) else { return nil }
        self.source = source
        normalization = Normalization(
            statistics: operands[.sourceStatistics],
            scale: operands[.sourceScale],
            shift: operands[.sourceShift],
            memory: memory
        )
        activation = command.sourceActivation
        skip = MapView(operands[.sourceSkip], memory)
        skipNormalization = Normalization(
            statistics: operands[.skipStatistics],
            scale: operands[.skipScale],
            shift: operands[.skipShift],
            memory: memory
        )
        skipActivation = command.skipActivation
        sum = MapView(operands[.sourceSum], memory)
    }

    /// One image after the prologue; the sum, if the command has one, is written on the way.
    func map(image: Int, paddingMode: PaddingMode = .zeros) -> FloatMap {
        FloatMap(image: image, of: source, paddingMode: paddingMode) { place, lane in
            let value = value(at: place, lane: lane)
            if let sum { sum.store(value, at: place, lane: lane) }
            return value
        }
    }

    private func value(at place: Place, lane: Int) -> Float {
        var v = source.value(at: place, lane: lane)
        if let normalization { v = normalization.output(v, at: place, lane: lane) }
        if activation.kind != .identity { v = activation.value(at: v).throughQ }
        guard let skip else { return v }
        var s = skip.value(at: place, lane: lane)
        if let skipNormalization { s = skipNormalization.output(s, at: place, lane: lane) }
        if skipActivation.kind != .identity { s = skipActivation.value(at: s).throughQ }
        return (v + s).throughQ
    }
}

/// The read side of a backward pass: the error, carried through an activation and the instance norm
/// before it where there are such.
struct ErrorPrologue {
    let error: MapView
    private let activation: Activation
    /// The activation's output, or, with a norm, the norm's input.
    private let output: MapView?
    private let norm: Norm?

    /// What the error of a norm's input is computed from.
    private struct Norm {
        let statistics: StatisticsView
        let scale: VectorView?
        let sums: StatisticsView
        let normalization: Normalization?
    }

    /// The error prologue of a command; nil when it has no error.
    init?(_ command: Command, _ memory: UnsafeMutableRawPointer) {
        let operands = command.operands
        guard let error = MapView(operands[.error], memory) else { return nil }
        self.error = error
        activation = command.errorActivation
        output = MapView(operands[.errorOutput], memory)
        if let statistics = StatisticsView(operands[.errorStatistics], memory),
            let sums = StatisticsView(operands[.errorSums], memory)
        {
            norm = Norm(
                statistics: statistics,
                scale: VectorView(operands[.errorScale], memory),
                sums: sums,
                normalization: Normalization(
                    statistics: operands[.errorStatistics],
                    scale: operands[.errorScale],
                    shift: operands[.errorShift],
                    memory: memory
                )
            )
        } else {
            norm = nil
        }
    }

    /// One image's error of the convolution's output.
    func map(image: Int, paddingMode: PaddingMode = .zeros) -> FloatMap {
        FloatMap(image: image, of: error, paddingMode: paddingMode) { place, lane in
            value(at: place, lane: lane)
        }
    }

    private func value(at place: Place, lane: Int) -> Float {
        var e = error.value(at: place, lane: lane)
        guard let output else { return e }
        let y = output.value(at: place, lane: lane)
        if activation.kind != .identity {
            let z = norm?.normalization?.output(y, at: place, lane: lane) ?? y
            e = (e * activation.derivative(at: z)).throughQ
        }
        guard let norm else { return e }
        let inverseDeviation = norm.statistics.second(place)[lane]
        let x = (y - norm.statistics.first(place)[lane]) * inverseDeviation
        let n = Float(output.height * output.width)
        let meanError = norm.sums.first(place)[lane] / n
        let meanProduct = norm.sums.second(place)[lane] / n
        var t = e - meanError
        t = t - x * meanProduct
        let factor: Float
        if let scale = norm.scale {
            factor = scale.lanes(block: place.block)[lane] * inverseDeviation
        } else {
            factor = inverseDeviation
        }
        return (factor * t).throughQ
    }
}
