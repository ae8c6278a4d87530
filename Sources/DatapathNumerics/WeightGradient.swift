import AcceleratorISA

/// The gradient of a layer's weights: every small pixel times every large pixel it meets.
struct WeightGradient {
    private let geometry: ConvolutionGeometry
    /// Tiles `[O / 16][I / 16][ky][kx][16 i][16 o]`.
    private let tiles: UnsafeMutablePointer<Float>
    private let inputBlocks: Int

    /// The gradient in memory: set to +0, unless the command accumulates.
    init(_ tensor: Tensor, _ command: Command, _ memory: UnsafeMutableRawPointer) {
        geometry = command.geometry
        inputBlocks = tensor.channelBlocks
        tiles = (memory + Int(tensor.address)).assumingMemoryBound(to: Float.self)
        if !command.flags.contains(.accumulates) {
            tiles.update(repeating: 0, count: Int(tensor.byteCount) / 4)
        }
    }

    /// Adds one image's bands in order.
    func add(small: borrowing FloatMap, large: borrowing FloatMap) {
        let rowsPerBand = max(1, Limits.weightGradientBandPixels / small.width)
        var firstRow = 0
        while firstRow < small.height {
            let band = firstRow..<min(small.height, firstRow + rowsPerBand)
            for output in 0..<small.blocks {
                for input in 0..<large.blocks {
                    add(band, of: output, small, times: input, large)
                }
            }
            firstRow = band.upperBound
        }
    }

    private func add(
        _ band: Range<Int>,
        of output: Int,
        _ small: borrowing FloatMap,
        times input: Int,
        _ large: borrowing FloatMap
    ) {
        let kernel = geometry.kernel
        let channels = large.channels(inBlock: input)
        let sum = UnsafeMutablePointer<Float>.allocate(capacity: channels * laneCount)
        defer { sum.deallocate() }
        for ky in 0..<kernel {
            for kx in 0..<kernel {
                sum.initialize(repeating: 0, count: channels * laneCount)
                for y in band {
                    let largeY = y * geometry.stride + ky - geometry.padding
                    for x in 0..<small.width {
                        let largeX = x * geometry.stride + kx - geometry.padding
                        addProducts(
                            small.pixel(output, y, x),
                            large.pixel(input, largeY, largeX),
                            channels: channels,
                            to: sum
                        )
                    }
                }
                let tile = ((output * inputBlocks + input) * kernel + ky) * kernel + kx
                let gradient = tiles + tile * 256
                for index in 0..<channels * laneCount {
                    gradient[index] = gradient[index] + sum[index]
                }
            }
        }
    }

    private func addProducts(
        _ small: UnsafeMutablePointer<Float>,
        _ large: UnsafeMutablePointer<Float>,
        channels: Int,
        to sum: UnsafeMutablePointer<Float>
    ) {
        for i in 0..<channels {
            let value = large[i]
            let row = sum + i * laneCount
            for o in 0..<laneCount { row[o] = row[o] + small[o] * value }
        }
    }
}

/// The gradient of a layer's bias: the sum of its output's error.
struct BiasGradient {
    private let vector: VectorView

    /// The gradient in memory: set to +0, unless the command accumulates.
    init(_ tensor: Tensor, _ command: Command, _ memory: UnsafeMutableRawPointer) {
        vector = VectorView(tensor, memory)
        if !command.flags.contains(.accumulatesBias) {
            vector.row(0).update(repeating: 0, count: vector.blocks * laneCount)
        }
    }

    /// Adds one image's rows in order.
    func add(_ error: borrowing FloatMap) {
        for block in 0..<error.blocks {
            for lane in 0..<laneCount {
                var total = vector.lanes(block: block)[lane]
                for y in 0..<error.height {
                    var row: Float = 0
                    for x in 0..<error.width { row = row + error.pixel(block, y, x)[lane] }
                    total = total + row
                }
                vector.lanes(block: block)[lane] = total
            }
        }
    }
}
