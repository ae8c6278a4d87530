import AcceleratorISA

extension ReferenceDatapath {
    /// Value and gradient of a loss.
    ///
    /// Lane 0 of the value's row is the loss; the other lanes are set to +0.
    static func loss(_ command: Command, _ memory: UnsafeMutableRawPointer) {
        guard let source = MapView(command.operands[.source], memory),
            let value = VectorView(command.operands[.lossValue], memory)
        else { return }
        let result: Float
        switch command.lossKind {
        case .absoluteDifference, .leastSquares, .mean:
            result = pointwiseLoss(command, source, memory)
        case .gradientPenalty:
            result = gradientPenalty(command, source, memory)
        case .sigmoidCrossEntropy, .softmaxCrossEntropy:
            guard let labels = VectorView(command.operands[.target], memory) else { return }
            result = crossEntropy(command, source, labels, memory)
        }
        value.row(0).update(repeating: 0, count: value.blocks * laneCount)
        value.row(0)[0] = command.scalars[0] * result
    }

    private static func pointwiseLoss(
        _ command: Command,
        _ source: MapView,
        _ memory: UnsafeMutableRawPointer
    ) -> Float {
        let target = MapView(command.operands[.target], memory)
        let count = source.batch * source.channels * source.height * source.width
        let sum = laneTotal(command, source, target, images: 0..<source.batch)
        let factor = LossArithmetic.gradientFactor(
            command.lossKind,
            count: count,
            scale: command.scalars[1]
        )
        if let destination = MapView(command.operands[.destination], memory) {
            for image in 0..<source.batch {
                gradient(command, source, target, image: image, factor: factor, into: destination)
            }
        }
        return sum / Float(count)
    }

    private static func gradientPenalty(
        _ command: Command,
        _ source: MapView,
        _ memory: UnsafeMutableRawPointer
    ) -> Float {
        let destination = MapView(command.operands[.destination], memory)
        var sum: Float = 0
        for image in 0..<source.batch {
            let squares = laneTotal(command, source, nil, images: image..<image + 1)
            let norm = LossArithmetic.penaltyNorm(sumOfSquares: squares)
            sum = sum + LossArithmetic.penaltyTerm(norm: norm)
            guard let destination else { continue }
            let factor = LossArithmetic.penaltyFactor(
                norm: norm,
                batch: source.batch,
                scale: command.scalars[1]
            )
            gradient(command, source, nil, image: image, factor: factor, into: destination)
        }
        return sum / Float(source.batch)
    }

    /// The sum of the loss's terms: lane totals in (image, block, row) order, then the lanes.
    private static func laneTotal(
        _ command: Command,
        _ source: MapView,
        _ target: MapView?,
        images: Range<Int>
    ) -> Float {
        let totals = UnsafeMutablePointer<Float>.allocate(capacity: 2 * laneCount)
        defer { totals.deallocate() }
        totals.initialize(repeating: 0, count: 2 * laneCount)
        let sums = totals + laneCount
        for image in images {
            for block in 0..<source.blocks {
                for y in 0..<source.height {
                    let place = Place(image: image, block: block, y: y, x: 0)
                    LossArithmetic.rowSums(
                        command.lossKind,
                        row: source.lanes(at: place),
                        target: target?.lanes(at: place),
                        constantTarget: command.scalars[2],
                        pixelCount: source.width,
                        channelCount: source.channels(inBlock: block),
                        into: sums
                    )
                    for lane in 0..<laneCount { totals[lane] = totals[lane] + sums[lane] }
                }
            }
        }
        return LossArithmetic.total(ofLanes: totals)
    }

    private static func gradient(
        _ command: Command,
        _ source: MapView,
        _ target: MapView?,
        image: Int,
        factor: Float,
        into destination: MapView
    ) {
        for block in 0..<source.blocks {
            for y in 0..<source.height {
                let place = Place(image: image, block: block, y: y, x: 0)
                LossArithmetic.gradientRow(
                    command.lossKind,
                    factor: factor,
                    row: source.lanes(at: place),
                    target: target?.lanes(at: place),
                    constantTarget: command.scalars[2],
                    pixelCount: source.width,
                    channelCount: source.channels(inBlock: block),
                    into: destination.lanes(at: place)
                )
            }
        }
    }

    private static func crossEntropy(
        _ command: Command,
        _ source: MapView,
        _ labels: VectorView,
        _ memory: UnsafeMutableRawPointer
    ) -> Float {
        let first = Place(image: 0, block: 0, y: 0, x: 0)
        let function =
            command.lossKind == .sigmoidCrossEntropy
            ? LossArithmetic.sigmoidCrossEntropy : LossArithmetic.softmaxCrossEntropy
        return function(
            source.lanes(at: first),
            labels.row(0),
            source.batch,
            source.channels,
            command.scalars[1],
            MapView(command.operands[.destination], memory)?.lanes(at: first)
        )
    }

    /// One step of an update rule over a whole tensor, and its working copy.
    static func optimizer(_ command: Command, _ memory: UnsafeMutableRawPointer) {
        let operands = command.operands
        guard let parameter = operands[.parameter] else { return }
        func values(_ tensor: Tensor?) -> UnsafeMutablePointer<Float>? {
            guard let tensor else { return nil }
            return (memory + Int(tensor.address)).assumingMemoryBound(to: Float.self)
        }
        guard let p = values(parameter) else { return }
        let count = Int(parameter.byteCount) / 4
        if let g = values(operands[.gradient]) {
            switch command.optimizerKind {
            case .adam:
                guard let m = values(operands[.firstMoment]),
                    let v = values(operands[.secondMoment])
                else { return }
                adam(command, p, m: m, v: v, gradient: g, count: count)
            case .sgd:
                sgd(command, p, m: values(operands[.firstMoment]), gradient: g, count: count)
            }
        }
        if let workingCopy = operands[.workingCopy] {
            storeWorkingCopy(workingCopy, of: parameter, memory)
        }
    }

    private static func adam(
        _ command: Command,
        _ p: UnsafeMutablePointer<Float>,
        m: UnsafeMutablePointer<Float>,
        v: UnsafeMutablePointer<Float>,
        gradient g: UnsafeMutablePointer<Float>,
        count: Int
    ) {
        let rule = OptimizerArithmetic.Adam(
            beta1: command.scalars[0],
            oneMinusBeta1: command.scalars[1],
            beta2: command.scalars[2],
            oneMinusBeta2: command.scalars[3],
            epsilon: command.scalars[4],
            stepSize: command.scalars[5],
            correction: command.scalars[6]
        )
        for index in 0..<count {
            rule.step(&p[index], m: &m[index], v: &v[index], gradient: g[index])
        }
    }

    private static func sgd(
        _ command: Command,
        _ p: UnsafeMutablePointer<Float>,
        m: UnsafeMutablePointer<Float>?,
        gradient g: UnsafeMutablePointer<Float>,
        count: Int
    ) {
        let rate = command.scalars[0]
        for index in 0..<count {
            var direction = g[index]
            if let m {
                direction = OptimizerArithmetic.momentum(
                    m[index],
                    gradient: direction,
                    factor: command.scalars[1]
                )
                m[index] = direction
            }
            OptimizerArithmetic.descend(&p[index], along: direction, rate: rate)
        }
    }

    /// Writes Q(parameter) to the working weights, padding included.
    private static func storeWorkingCopy(
        _ workingCopy: Tensor,
        of parameter: Tensor,
        _ memory: UnsafeMutableRawPointer
    ) {
        let stored = (memory + Int(workingCopy.address)).assumingMemoryBound(to: UInt16.self)
        let master = (memory + Int(parameter.address)).assumingMemoryBound(to: Float.self)
        for output in 0..<parameter.outputBlocks * laneCount {
            for input in 0..<parameter.channelBlocks * laneCount {
                for ky in 0..<parameter.height {
                    for kx in 0..<parameter.width {
                        func index(_ tensor: Tensor) -> Int {
                            TensorAccess.elementIndex(
                                in: tensor,
                                image: output,
                                channel: input,
                                row: ky,
                                column: kx
                            )
                        }
                        let value = quantized(master[index(parameter)])
                        stored[index(workingCopy)] = value.bitPattern
                    }
                }
            }
        }
    }
}
