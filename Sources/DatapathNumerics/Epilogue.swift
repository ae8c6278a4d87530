import AcceleratorISA

/// The write side of a pass: from fp32 sums to the stored map and its statistics.
struct Epilogue {
    private let bias: VectorView?
    private let activation: Activation
    private let skip: MapView?
    private let mask: MapView?
    private let maskNormalization: Normalization?
    private let maskActivation: Activation
    private let destination: MapView?
    private let statisticsMode: StatisticsMode
    private let statistics: StatisticsView?
    private let epsilon: Float

    /// The epilogue of a command; elementwise commands have no bias.
    init(_ command: Command, _ memory: UnsafeMutableRawPointer) {
        let operands = command.operands
        bias = command.opcode == .elementwise ? nil : VectorView(operands[.bias], memory)
        activation = command.destinationActivation
        skip = MapView(operands[.destinationSkip], memory)
        mask = MapView(operands[.mask], memory)
        maskNormalization = Normalization(
            statistics: operands[.maskStatistics],
            scale: operands[.maskScale],
            shift: operands[.maskShift],
            memory: memory
        )
        maskActivation = command.maskActivation
        destination = MapView(operands[.destination], memory)
        statisticsMode = command.statistics
        statistics = StatisticsView(operands[.destinationStatistics], memory)
        epsilon = command.scalars[0]
    }

    /// Stores one image's sums and their statistics.
    func finish(_ sums: borrowing FloatMap, image: Int) {
        for block in 0..<sums.blocks {
            for lane in 0..<laneCount {
                finishChannel(sums, image: image, block: block, lane: lane)
            }
        }
    }

    private func finishChannel(_ sums: borrowing FloatMap, image: Int, block: Int, lane: Int) {
        var firstTotal: Float = 0
        var secondTotal: Float = 0
        for y in 0..<sums.height {
            var firstRow: Float = 0
            var secondRow: Float = 0
            for x in 0..<sums.width {
                let place = Place(image: image, block: block, y: y, x: x)
                let v = value(of: sums.pixel(block, y, x)[lane], at: place, lane: lane)
                destination?.store(v, at: place, lane: lane)
                if statisticsMode != .none {
                    firstRow = firstRow + v
                    secondRow = secondRow + v * factor(of: v, at: place, lane: lane)
                }
            }
            firstTotal = firstTotal + firstRow
            secondTotal = secondTotal + secondRow
        }
        guard let statistics else { return }
        let place = Place(image: image, block: block, y: 0, x: 0)
        switch statisticsMode {
        case .none: break
        case .moments:
            let moments = NormArithmetic.moments(
                sum: firstTotal,
                sumOfSquares: secondTotal,
                count: sums.height * sums.width,
                epsilon: epsilon
            )
            statistics.first(place)[lane] = moments.mean
            statistics.second(place)[lane] = moments.inverseDeviation
        case .errorSums:
            statistics.first(place)[lane] = firstTotal
            statistics.second(place)[lane] = secondTotal
        }
    }

    /// The stored value of a sum.
    private func value(of sum: Float, at place: Place, lane: Int) -> Float {
        var v = sum
        if let bias { v = v + bias.lanes(block: place.block)[lane] }
        v = v.throughQ
        if activation.kind != .identity { v = activation.value(at: v).throughQ }
        if let skip { v = (v + skip.value(at: place, lane: lane)).throughQ }
        if let mask, maskActivation.kind != .identity {
            var z = mask.value(at: place, lane: lane)
            if let maskNormalization { z = maskNormalization.output(z, at: place, lane: lane) }
            v = (v * maskActivation.derivative(at: z)).throughQ
        }
        return v
    }

    /// What the second statistic multiplies a stored value by: itself, or the mask's x.
    private func factor(of value: Float, at place: Place, lane: Int) -> Float {
        guard statisticsMode == .errorSums, let mask else { return value }
        let z = mask.value(at: place, lane: lane)
        guard let maskNormalization else { return z }
        return maskNormalization.normalized(z, at: place, lane: lane)
    }
}
