import AcceleratorISA
import FirmwareCore

extension CommandTraffic {
    mutating func countConvolution(_ command: Command, _ plan: TilePlan) {
        guard let source = command.operands[.source],
            let destination = command.operands[.destination],
            let weights = command.operands[.weights]
        else { return }
        readPrologueVectors(command, .forward)
        let tiling = ConvolutionTiling(forward: command, plan)
        if plan.keepsWeights {
            readResident(weights, .forward)
        } else {
            let passes = UInt64(tiling.tileCount)
            read(weights.byteCount &* passes, weights.kind, .forward)
        }
        readSourceRows(command, source: source, outputHeight: destination.height)
        moveEpilogue(command, .forward)
        let small = command.geometry.direction == .gather ? destination : source
        let products = small.pixelCount * command.geometry.tapCount * source.channels
        count(multiplyAccumulates: UInt64(products * destination.channels), command.stage)
    }

    /// Rows of the source, its skip and the residual sum of a forward pass.
    private mutating func readSourceRows(_ command: Command, source: Tensor, outputHeight: Int) {
        let rows = RowReach.forward(command.geometry, outputHeight: outputHeight)
        let reflects = command.geometry.paddingMode == .reflect
        let inside = RowReach.insideCount(rows, height: source.height, reflects: reflects)
        let rowByteCount = source.rowByteCount &* UInt64(source.batch)
        let byteCount = rowByteCount &* UInt64(inside)
        read(byteCount, source.kind, .forward)
        let skip = command.operands[.sourceSkip]
        if let skip { read(byteCount, skip.kind, .forward) }
        guard let sum = command.operands[.sourceSum] else { return }
        let summed = RowReach.insideCount(rows, height: source.height, reflects: false)
        write(rowByteCount &* UInt64(summed), sum.kind, .forward)
        // Rows that no output needs belong to the sum all the same.
        let rest = max(0, source.height - max(0, rows.upperBound))
        let restByteCount = rowByteCount &* UInt64(rest)
        read(restByteCount, source.kind, .forward)
        if skip != nil { read(restByteCount, sum.kind, .forward) }
        write(restByteCount, sum.kind, .forward)
    }

    mutating func countConvolutionBackward(_ command: Command, _ plan: TilePlan) {
        guard let error = command.operands[.error] else { return }
        let writesMap = command.operands[.destination] != nil
        // EP's tile of the error is shared with WG.
        let errorStage: Stage = writesMap ? .error : .weightGradient
        readErrorVectors(command, errorStage)
        readErrorMaps(command, errorStage)
        let tiling = ConvolutionTiling(backward: command, plan)
        let passes = UInt64(tiling.planTileCount)
        let products = tiling.smallPixelCount * command.geometry.tapCount * error.channels
        if let destination = command.operands[.destination] {
            moveEpilogue(command, .error)
            if let weights = command.operands[.weights] {
                if plan.keepsWeights {
                    readResident(weights, .error)
                } else {
                    read(weights.byteCount &* passes, weights.kind, .error)
                }
            }
            count(multiplyAccumulates: UInt64(products * destination.channels), .error)
        }
        if let gradient = command.operands[.weightGradient],
            let source = command.operands[.source]
        {
            readPrologueVectors(command, .weightGradient)
            readGradientSource(command, source, tiling)
            moveGradient(command, gradient, plan, passes: passes)
            count(multiplyAccumulates: UInt64(products * source.channels), .weightGradient)
        }
        guard command.operands[.biasGradient] != nil else { return }
        if command.flags.contains(.accumulatesBias) {
            readResident(command, .biasGradient, .weightGradient)
        }
        writeResident(command, .biasGradient, .weightGradient)
    }

    /// Rows of the layer's input for the weight gradient.
    private mutating func readGradientSource(
        _ command: Command,
        _ source: Tensor,
        _ tiling: ConvolutionTiling
    ) {
        let geometry = command.geometry
        var rows = source.height
        if geometry.direction == .gather {
            rows = RowReach.insideCount(
                RowReach.large(geometry, smallHeight: tiling.rowCount),
                height: source.height,
                reflects: geometry.paddingMode == .reflect
            )
            // Where the kernel is smaller than the stride, rows between two tiles are skipped.
            let tileCount = tiling.bandTileCount
            rows -= max(0, geometry.stride - geometry.kernel) * (tileCount - 1)
        }
        let byteCount = source.rowByteCount &* UInt64(rows) &* UInt64(source.batch)
        read(byteCount, source.kind, .weightGradient)
        guard let skip = command.operands[.sourceSkip] else { return }
        read(byteCount, skip.kind, .weightGradient)
    }

    private mutating func moveGradient(
        _ command: Command,
        _ gradient: Tensor,
        _ plan: TilePlan,
        passes: UInt64
    ) {
        let accumulates = command.flags.contains(.accumulates)
        var whole = gradient
        whole.kind = .gradient
        if plan.keepsGradient {
            if accumulates { readResident(whole, .weightGradient) }
            writeResident(whole, .weightGradient)
        } else {
            let reads = accumulates ? passes : passes &- 1
            read(gradient.byteCount &* reads, .gradient, .weightGradient)
            write(gradient.byteCount &* passes, .gradient, .weightGradient)
        }
    }
}

/// Rows of one map that a convolution reaches from the other.
enum RowReach {
    /// Rows of the source, padding included, that a forward pass reads for all its output rows.
    static func forward(_ geometry: ConvolutionGeometry, outputHeight: Int) -> Range<Int> {
        let (kernel, padding) = (geometry.kernel, geometry.padding)
        let last = outputHeight - 1
        switch (geometry.direction, geometry.stride) {
        case (.gather, _): return large(geometry, smallHeight: outputHeight)
        case (.scatter, 1):
            let first = padding - kernel + 1
            return first..<max(first, last + padding + 1)
        case (.scatter, _):
            // Of the phases' taps, (parity + padding - ky) / 2: ky = kernel - 1 and ky = 0.
            let first = -((kernel - 1 - padding) / 2)
            return first..<max(first, last / 2 + (padding + 1) / 2 + 1)
        }
    }

    /// Rows of the large map, padding included, under all rows of the small one.
    static func large(_ geometry: ConvolutionGeometry, smallHeight: Int) -> Range<Int> {
        let first = -geometry.padding
        return first..<first + (smallHeight - 1) * geometry.stride + geometry.kernel
    }

    /// How many of some rows are rows of the map: inside it, or mirrored into it.
    static func insideCount(_ rows: Range<Int>, height: Int, reflects: Bool) -> Int {
        let inside = rows.clamped(to: 0..<height).count
        guard reflects else { return inside }
        let above = min(max(0, -rows.lowerBound), height - 1)
        let below = min(max(0, rows.upperBound - height), height - 1)
        return inside + above + below
    }
}

extension Tensor {
    /// Bytes of one row of all channel blocks of a map.
    var rowByteCount: UInt64 { UInt64(channelBlocks) &* UInt64(width) &* 32 }

    /// Pixels of all images.
    var pixelCount: Int { batch * height * width }

    /// Values, padded lanes left out.
    var valueCount: Int { pixelCount * channels }

    /// Values of a map as they lie in DRAM, padded lanes included.
    var laneCount: Int { pixelCount * channelBlocks * 16 }
}

extension ConvolutionGeometry {
    /// Places of the kernel.
    var tapCount: Int { kernel * kernel }
}
