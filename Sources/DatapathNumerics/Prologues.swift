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
        if let skip { v = (v + skip.value(at: place, lane: lane)).throughQ }
        return v
    }
}

/// The read side of a backward pass: the error, carried through the instance norm where there is
/// one.
struct ErrorPrologue {
    let error: MapView
    private let norm: Norm?

    /// What the error of a norm's input is computed from.
    private struct Norm {
        let output: MapView
        let statistics: StatisticsView
        let scale: VectorView?
        let sums: StatisticsView
    }

    /// The error prologue of a command; nil when it has no error.
    init?(_ command: Command, _ memory: UnsafeMutableRawPointer) {
        let operands = command.operands
        guard let error = MapView(operands[.error], memory) else { return nil }
        self.error = error
        if let statistics = StatisticsView(operands[.errorStatistics], memory),
            let output = MapView(operands[.errorOutput], memory),
            let sums = StatisticsView(operands[.errorSums], memory)
        {
            norm = Norm(
                output: output,
                statistics: statistics,
                scale: VectorView(operands[.errorScale], memory),
                sums: sums
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
        let e = error.value(at: place, lane: lane)
        guard let norm else { return e }
        let y = norm.output.value(at: place, lane: lane)
        let inverseDeviation = norm.statistics.second(place)[lane]
        let x = (y - norm.statistics.first(place)[lane]) * inverseDeviation
        let n = Float(norm.output.height * norm.output.width)
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
