import AcceleratorISA
import CDatapathKernels
import DatapathNumerics
import Glibc

extension EmulatedDatapath {
    /// Value and gradient of a loss.
    func runLoss(_ command: Command) {
        guard let source = command.operands[.source],
            let value = command.operands[.lossValue]
        else { return }
        let result =
            switch command.lossKind {
            case .absoluteDifference, .leastSquares, .mean: pointwiseLoss(command, source)
            case .gradientPenalty: gradientPenalty(command, source)
            case .sigmoidCrossEntropy, .softmaxCrossEntropy: crossEntropy(command, source)
            }
        memset(pointer(value), 0, Int(value.byteCount))
        floats(value)[0] = command.scalars[0] * result
        transfer(source, command.stage, .read)
        transfer(command.operands[.target], command.stage, .read)
        transfer(command.operands[.destination], command.stage, .write)
        transfer(value, command.stage, .write)
    }

    private func pointwiseLoss(_ command: Command, _ source: Tensor) -> Float {
        let count = source.batch * source.channels * source.height * source.width
        let totals = scratch.takeFloats(16)
        totals.update(repeating: 0, count: 16)
        let factor = LossArithmetic.gradientFactor(
            command.lossKind,
            count: count,
            scale: command.scalars[1]
        )
        addRows(command, source, images: 0..<source.batch, to: totals)
        writeGradient(command, source, images: 0..<source.batch, factor: factor)
        return LossArithmetic.total(ofLanes: totals) / Float(count)
    }

    private func gradientPenalty(_ command: Command, _ source: Tensor) -> Float {
        let totals = scratch.takeFloats(16)
        var sum: Float = 0
        for image in 0..<source.batch {
            totals.update(repeating: 0, count: 16)
            addRows(command, source, images: image..<image + 1, to: totals)
            let squares = LossArithmetic.total(ofLanes: totals)
            let norm = LossArithmetic.penaltyNorm(sumOfSquares: squares)
            sum += LossArithmetic.penaltyTerm(norm: norm)
            let factor = LossArithmetic.penaltyFactor(
                norm: norm,
                batch: source.batch,
                scale: command.scalars[1]
            )
            writeGradient(command, source, images: image..<image + 1, factor: factor)
        }
        return sum / Float(source.batch)
    }

    /// Adds the rows' lane sums to `totals` in (image, block, row) order.
    private func addRows(
        _ command: Command,
        _ source: Tensor,
        images: Range<Int>,
        to totals: Floats
    ) {
        let map = MapView(source, in: memory)
        let target = command.operands[.target].map { MapView($0, in: memory) }
        let rowCount = map.blocks * map.height
        let sums = scratch.takeFloats(images.count * rowCount * 16)
        forEachRow(0..<map.height, images, blocks: map.blocks) { image, block, y, _ in
            let place = (image - images.lowerBound) * rowCount + block * map.height + y
            LossArithmetic.rowSums(
                command.lossKind,
                row: map.row(image, block, y),
                target: target.map { UnsafePointer($0.row(image, block, y)) },
                constantTarget: command.scalars[2],
                pixelCount: map.width,
                channelCount: min(16, source.channels - block * 16),
                into: sums + place * 16
            )
        }
        for row in 0..<images.count * rowCount {
            for lane in 0..<16 { totals[lane] += sums[row * 16 + lane] }
        }
    }

    private func writeGradient(
        _ command: Command,
        _ source: Tensor,
        images: Range<Int>,
        factor: Float
    ) {
        guard let destination = command.operands[.destination] else { return }
        let map = MapView(source, in: memory)
        let out = MapView(destination, in: memory)
        let target = command.operands[.target].map { MapView($0, in: memory) }
        forEachRow(0..<map.height, images, blocks: map.blocks) { image, block, y, _ in
            LossArithmetic.gradientRow(
                command.lossKind,
                factor: factor,
                row: map.row(image, block, y),
                target: target.map { UnsafePointer($0.row(image, block, y)) },
                constantTarget: command.scalars[2],
                pixelCount: map.width,
                channelCount: min(16, source.channels - block * 16),
                into: out.row(image, block, y)
            )
        }
    }

    private func crossEntropy(_ command: Command, _ source: Tensor) -> Float {
        guard let labels = command.operands[.target] else { return 0 }
        let function =
            command.lossKind == .sigmoidCrossEntropy
            ? LossArithmetic.sigmoidCrossEntropy : LossArithmetic.softmaxCrossEntropy
        let destination = command.operands[.destination]
        return function(
            pointer(source).assumingMemoryBound(to: UInt16.self),
            floats(labels),
            source.batch,
            source.channels,
            command.scalars[1],
            destination.map { pointer($0).assumingMemoryBound(to: UInt16.self) }
        )
    }

    /// One step of an update rule over a whole tensor, shared out in runs of whole tiles.
    func runOptimizer(_ command: Command) {
        guard let parameter = command.operands[.parameter] else { return }
        let operands = command.operands
        let count = Int(parameter.byteCount / 4)
        let p = floats(parameter)
        let g = operands[.gradient].map { floats($0) }
        let m = operands[.firstMoment].map { floats($0) }
        let v = operands[.secondMoment].map { floats($0) }
        let stored = operands[.workingCopy].map {
            pointer($0).assumingMemoryBound(to: UInt16.self)
        }
        var adam = dk_adam()
        adam.beta1 = command.scalars[0]
        adam.one_minus_beta1 = command.scalars[1]
        adam.beta2 = command.scalars[2]
        adam.one_minus_beta2 = command.scalars[3]
        adam.epsilon = command.scalars[4]
        adam.step_size = command.scalars[5]
        adam.correction = command.scalars[6]
        let rule = adam
        let run = 256 * 64
        pool.run((count + run - 1) / run) { item, _ in
            let first = item * run
            let length = min(run, count - first)
            let copy = stored.map { $0 + first }
            guard let g else {
                if let copy { kernels.pointee.store_weights(copy, p + first, length) }
                return
            }
            if command.optimizerKind == .adam, let m, let v {
                withUnsafePointer(to: rule) {
                    kernels.pointee.adam(
                        p + first,
                        m + first,
                        v + first,
                        g + first,
                        copy,
                        length,
                        $0
                    )
                }
            } else {
                let (rate, momentum) = (command.scalars[0], command.scalars[1])
                let moment = m.map { $0 + first }
                kernels.pointee.sgd(p + first, moment, g + first, copy, length, rate, momentum)
            }
        }
        for role: OperandRole in [.parameter, .gradient, .firstMoment, .secondMoment] {
            guard role != .parameter || g != nil else {
                transfer(parameter, .update, .read)
                continue
            }
            transfer(operands[role], .update, .read)
            if role != .gradient { transfer(operands[role], .update, .write) }
        }
        transfer(operands[.workingCopy], .update, .write)
    }
}
