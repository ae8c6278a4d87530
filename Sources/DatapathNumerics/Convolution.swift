package import AcceleratorISA

/// A layer's working weights in fp32, `[to][from][ky][kx][16 from][16 to]` in blocks of 16, where a
/// pass goes from one side's channels to the other's.
package struct WeightTiles: ~Copyable {
    private let fromBlocks: Int
    private let kernel: Int
    private let values: UnsafeMutablePointer<Float>

    /// Weights as a pass of the given direction needs them: gathering goes from I to O, scattering
    /// from O to I.
    package init(
        _ tensor: Tensor,
        direction: ConvolutionDirection,
        _ memory: UnsafeMutableRawPointer
    ) {
        let isGather = direction == .gather
        let toBlocks = isGather ? tensor.outputBlocks : tensor.channelBlocks
        fromBlocks = isGather ? tensor.channelBlocks : tensor.outputBlocks
        kernel = tensor.height
        values = .allocate(capacity: toBlocks * fromBlocks * kernel * kernel * 256)
        let stored = (memory + Int(tensor.address)).assumingMemoryBound(to: UInt16.self)
        for output in 0..<tensor.outputBlocks * laneCount {
            for input in 0..<tensor.channelBlocks * laneCount {
                let (from, to) = isGather ? (input, output) : (output, input)
                for ky in 0..<kernel {
                    for kx in 0..<kernel {
                        let index = TensorAccess.elementIndex(
                            in: tensor,
                            image: output,
                            channel: input,
                            row: ky,
                            column: kx
                        )
                        let tile = tile(from: from / laneCount, to: to / laneCount, ky, kx)
                        (tile + (from % laneCount) * laneCount + to % laneCount)
                            .initialize(to: BFloat16(bitPattern: stored[index]).float)
                    }
                }
            }
        }
    }

    deinit { values.deallocate() }

    /// The 16 x 16 weights from one block to another at a tap.
    func tile(from: Int, to: Int, _ ky: Int, _ kx: Int) -> UnsafeMutablePointer<Float> {
        values + (((to * fromBlocks + from) * kernel + ky) * kernel + kx) * 256
    }
}

/// The taps that contribute to one output position along one axis, in the order of summation.
struct AxisTaps {
    private(set) var count = 0
    private var taps = InlineArray<7, Int>(repeating: 0)
    private var positions = InlineArray<7, Int>(repeating: 0)

    /// The taps of a geometry at an output position of a pass.
    init(_ geometry: ConvolutionGeometry, pass: ConvolutionDirection, output: Int) {
        let stride = geometry.stride
        switch pass {
        case .gather:
            for k in 0..<geometry.kernel {
                append(k, at: output * stride + k - geometry.padding)
            }
        case .scatter where stride == 1:
            for k in (0..<geometry.kernel).reversed() {
                append(k, at: output + geometry.padding - k)
            }
        case .scatter:
            for k in 0..<geometry.kernel {
                let scaled = output + geometry.padding - k
                if scaled % stride == 0 { append(k, at: scaled / stride) }
            }
        }
    }

    private mutating func append(_ tap: Int, at position: Int) {
        taps[count] = tap
        positions[count] = position
        count += 1
    }

    /// A tap and the input position it reads, which may lie in the padding.
    subscript(index: Int) -> (tap: Int, position: Int) { (taps[index], positions[index]) }
}

/// One direction of a convolution: sums of input pixels times weights.
package struct ConvolutionPass {
    /// The layer's geometry; its direction is the forward one and does not matter here.
    package let geometry: ConvolutionGeometry
    /// Gathering goes from the large map to the small one, scattering from the small to the large.
    package let direction: ConvolutionDirection

    /// A pass over a layer of the given geometry.
    package init(geometry: ConvolutionGeometry, direction: ConvolutionDirection) {
        self.geometry = geometry
        self.direction = direction
    }

    /// The sums of one image in fp32, before any epilogue.
    package func sums(
        of input: borrowing FloatMap,
        weights: borrowing WeightTiles,
        channels: Int,
        height: Int,
        width: Int
    ) -> FloatMap {
        guard direction == .scatter, geometry.paddingMode == .reflect else {
            let sums = FloatMap(channels: channels, height: height, width: width)
            fill(sums, from: input, weights: weights, geometry: geometry)
            return sums
        }
        // The padded map is an output of its own, without padding; then its border folds back.
        let padding = geometry.padding
        var unpadded = geometry
        unpadded.padding = 0
        let padded = FloatMap(
            channels: channels,
            height: height + 2 * padding,
            width: width + 2 * padding
        )
        fill(padded, from: input, weights: weights, geometry: unpadded)
        return folded(padded)
    }

    private func fill(
        _ sums: borrowing FloatMap,
        from input: borrowing FloatMap,
        weights: borrowing WeightTiles,
        geometry: ConvolutionGeometry
    ) {
        for y in 0..<sums.height {
            let rows = AxisTaps(geometry, pass: direction, output: y)
            for x in 0..<sums.width {
                let columns = AxisTaps(geometry, pass: direction, output: x)
                for block in 0..<sums.blocks {
                    accumulate(
                        sums.pixel(block, y, x),
                        block: block,
                        input: input,
                        weights: weights,
                        rows: rows,
                        columns: columns
                    )
                }
            }
        }
    }

    /// The order of summation: blocks, ky, kx, channels downwards; 16 output lanes side by side.
    private func accumulate(
        _ sum: UnsafeMutablePointer<Float>,
        block: Int,
        input: borrowing FloatMap,
        weights: borrowing WeightTiles,
        rows: borrowing AxisTaps,
        columns: borrowing AxisTaps
    ) {
        for inputBlock in 0..<input.blocks {
            let channels = input.channels(inBlock: inputBlock)
            for rowIndex in 0..<rows.count {
                let (ky, y) = rows[rowIndex]
                for columnIndex in 0..<columns.count {
                    let (kx, x) = columns[columnIndex]
                    let pixel = input.pixel(inputBlock, y, x)
                    let tile = weights.tile(from: inputBlock, to: block, ky, kx)
                    for channel in (0..<channels).reversed() {
                        let value = pixel[channel]
                        let weight = tile + channel * laneCount
                        for lane in 0..<laneCount {
                            sum[lane] = sum[lane] + weight[lane] * value
                        }
                    }
                }
            }
        }
    }

    /// Adds the sums of a reflect-padded map that fold onto a pixel, in ascending (row, column).
    private func folded(_ padded: borrowing FloatMap) -> FloatMap {
        let padding = geometry.padding
        let result = FloatMap(
            channels: padded.channels,
            height: padded.height - 2 * padding,
            width: padded.width - 2 * padding
        )
        for block in 0..<padded.blocks {
            for paddedY in 0..<padded.height {
                let y = FloatMap.reflected(paddedY - padding, side: result.height)
                for paddedX in 0..<padded.width {
                    let x = FloatMap.reflected(paddedX - padding, side: result.width)
                    let sum = padded.pixel(block, paddedY, paddedX)
                    let pixel = result.pixel(block, y, x)
                    for lane in 0..<laneCount { pixel[lane] = pixel[lane] + sum[lane] }
                }
            }
        }
        return result
    }
}
