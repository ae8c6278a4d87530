import AcceleratorISA
import ModelGraph
import RetrainingCompiler

/// What a network's forward and backward pass move in closed form: layer by layer from the graph,
/// without a look at commands or tiles.
///
/// All parameters are trained, and weights and their gradients stay on the chip while a layer is
/// worked on. Graphs whose outputs have norms are not covered.
struct NormTraffic {
    /// What bytes are counted to.
    struct Key: Hashable {
        var kind: TensorKind
        var stage: Stage
        var direction: DeviceCounters.Direction
    }

    let graph: NetworkGraph
    let batch: Int
    let mode: ROLINMode
    let wantsInputError: Bool
    private(set) var bytes: [Key: UInt64] = [:]
    /// Units whose value stands in DRAM as a map.
    private var hasMap: [Bool]

    init(_ graph: NetworkGraph, batch: Int, mode: ROLINMode, wantsInputError: Bool) {
        self.graph = graph
        self.batch = batch
        self.mode = mode
        self.wantsInputError = wantsInputError
        hasMap = graph.units.map { $0.normalization == nil }
        for index in graph.units.indices { addForward(index) }
        addBackward()
    }

    // MARK: Sizes

    private func map(_ shape: FeatureMapShape) -> UInt64 {
        UInt64(batch * ((shape.channels + 15) / 16) * 16 * shape.height * shape.width * 2)
    }

    private func map(_ index: Int) -> UInt64 { map(graph.outputShape(of: index)) }

    private func sourceMap(_ source: ConvolutionUnit.Source) -> UInt64 {
        switch source {
        case .input: map(graph.inputShape)
        case .unit(let index): map(index)
        }
    }

    private func vector(_ channels: Int) -> UInt64 { UInt64((channels + 15) / 16 * 16 * 4) }

    private func statistics(_ index: Int) -> UInt64 {
        UInt64(2 * batch) * vector(graph.outputShape(of: index).channels)
    }

    /// Bytes of a convolution's weights at a number of bytes each.
    private func weights(_ index: Int, elementByteCount: Int) -> UInt64 {
        let layer = graph.units[index].convolution
        let blocks = (layer.inputChannels + 15) / 16 * ((layer.outputChannels + 15) / 16)
        return UInt64(blocks * 256 * layer.kernel * layer.kernel * elementByteCount)
    }

    // MARK: Adding up

    private mutating func add(
        _ byteCount: UInt64,
        _ kind: TensorKind,
        _ stage: Stage,
        _ direction: DeviceCounters.Direction
    ) {
        guard byteCount > 0 else { return }
        bytes[Key(kind: kind, stage: stage, direction: direction), default: 0] += byteCount
    }

    /// Mean, deviation, scale and shift of a unit's norm.
    private mutating func addNormVectors(_ index: Int, _ stage: Stage) {
        guard let norm = graph.units[index].normalization else { return }
        add(statistics(index), .statistics, stage, .read)
        guard norm.isAffine else { return }
        add(2 * vector(graph.outputShape(of: index).channels), .weight, stage, .read)
    }

    /// A convolution's input as it reads it; mirrored rows are read again.
    private mutating func addSourceRead(of index: Int, _ stage: Stage) {
        let layer = graph.units[index].convolution
        let source = graph.units[index].source
        let whole = sourceMap(source)
        var padded = whole
        if layer.paddingMode == .reflect {
            let height =
                if case .unit(let other) = source {
                    graph.outputShape(of: other).height
                } else {
                    graph.inputShape.height
                }
            padded = whole / UInt64(height) * UInt64(height + 2 * layer.padding)
        }
        add(padded, .featureMap, stage, .read)
        guard case .unit(let other) = source, !hasMap[other] else { return }
        addNormVectors(other, stage)
        guard let residual = graph.units[other].residual else { return }
        add(padded, .featureMap, stage, .read)
        if case .unit(let skip) = residual, !hasMap[skip] { addNormVectors(skip, stage) }
        add(whole, .featureMap, stage, .write)
        hasMap[other] = true
    }

    // MARK: Forward

    private mutating func addForward(_ index: Int) {
        let unit = graph.units[index]
        let y = map(index)
        addSourceRead(of: index, .forward)
        add(weights(index, elementByteCount: 2), .weight, .forward, .read)
        if unit.convolution.hasBias {
            add(vector(graph.outputShape(of: index).channels), .weight, .forward, .read)
        }
        add(y, .featureMap, .forward, .write)
        guard unit.normalization != nil else { return }
        add(statistics(index), .statistics, .forward, .write)
        if mode != .full { add(y, .featureMap, .forward, .read) }
        guard mode == .off else { return }
        addNormVectors(index, .forward)
        add(y, .featureMap, .forward, .read)
        add(y, .featureMap, .forward, .write)
        hasMap[index] = true
        guard unit.residual != nil else { return }
        add(2 * y, .featureMap, .forward, .read)
        add(y, .featureMap, .forward, .write)
    }

    // MARK: Backward

    private mutating func addBackward() {
        var outstanding = [Int](repeating: 0, count: graph.units.count)
        var arrived = outstanding
        for unit in graph.units {
            for source in [unit.source, unit.residual] {
                if case .unit(let other)? = source { outstanding[other] += 1 }
            }
        }
        for index in graph.units.indices.reversed() {
            let unit = graph.units[index]
            addDelta(index)
            if case .unit(let other)? = unit.residual {
                outstanding[other] -= 1
                arrived[other] += 1
            }
            var writesError = wantsInputError
            if case .unit(let other) = unit.source {
                outstanding[other] -= 1
                writesError = true
                let isLast = outstanding[other] == 0
                addErrorWrite(to: other, joins: arrived[other] > 0, isLast: isLast)
                arrived[other] = 1
            } else if wantsInputError {
                add(map(graph.inputShape), .error, .error, .write)
            }
            if writesError { add(weights(index, elementByteCount: 2), .weight, .error, .read) }
            addErrorRead(of: index, writesError ? .error : .weightGradient)
            addGradients(index)
        }
    }

    /// What happens to a unit's error before its convolution reads it.
    private mutating func addDelta(_ index: Int) {
        let unit = graph.units[index]
        let y = map(index)
        guard unit.normalization != nil, mode != .full else { return }
        add(y, .error, .error, .read)
        add(y, .featureMap, .error, .read)
        addNormVectors(index, .error)
        add(statistics(index), .statistics, .error, .write)
    }

    /// A convolution's error of its input, added to what `joins` it there.
    private mutating func addErrorWrite(to index: Int, joins: Bool, isLast: Bool) {
        let unit = graph.units[index]
        let y = map(index)
        add(y, .error, .error, .write)
        if joins, mode == .off, unit.normalization != nil {
            add(2 * y, .error, .error, .read)
            add(y, .error, .error, .write)
        } else if joins {
            add(y, .error, .error, .read)
        }
        guard isLast else { return }
        if unit.normalization == nil {
            if unit.activation != .none { add(y, .featureMap, .error, .read) }
        } else if mode == .full {
            add(y, .featureMap, .error, .read)
            addNormVectors(index, .error)
            add(statistics(index), .statistics, .error, .write)
        }
    }

    private mutating func addErrorRead(of index: Int, _ stage: Stage) {
        let unit = graph.units[index]
        let y = map(index)
        add(y, .error, stage, .read)
        guard let norm = unit.normalization else {
            // No convolution wrote the error of an output, so none masked it.
            let masks = graph.outputs.contains(index) && unit.activation != .none
            if masks { add(y, .featureMap, stage, .read) }
            return
        }
        add(y, .featureMap, stage, .read)
        add(2 * statistics(index), .statistics, stage, .read)
        if norm.isAffine {
            let scale = vector(graph.outputShape(of: index).channels)
            let masks = mode != .full && unit.activation != .none
            add(masks ? 2 * scale : scale, .weight, stage, .read)
        }
        guard mode == .off else { return }
        add(y, .error, stage, .write)
        add(y, .error, stage, .read)
    }

    private mutating func addGradients(_ index: Int) {
        let unit = graph.units[index]
        let channels = vector(graph.outputShape(of: index).channels)
        addSourceRead(of: index, .weightGradient)
        add(weights(index, elementByteCount: 4), .gradient, .weightGradient, .write)
        if unit.convolution.hasBias { add(channels, .gradient, .weightGradient, .write) }
        guard unit.normalization?.isAffine == true else { return }
        add(statistics(index), .statistics, .weightGradient, .read)
        add(2 * channels, .gradient, .weightGradient, .write)
    }
}

extension NormTraffic {
    /// Bytes of some kinds in a stage, either way.
    func byteCount(_ stage: Stage, _ kinds: [TensorKind]) -> UInt64 {
        bytes.reduce(0) {
            kinds.contains($1.key.kind) && $1.key.stage == stage ? $0 + $1.value : $0
        }
    }
}
