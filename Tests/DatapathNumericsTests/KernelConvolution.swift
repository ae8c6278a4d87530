import AcceleratorISA
import CDatapathKernels
import DatapathNumerics

/// A convolution without padding, run by the reference and by the functions of a kernel variant;
/// sums in fp32 as `[vector][y][x][16]`.
struct KernelConvolution {
    /// Shape of the sums and of the pixels.
    struct Shape: Sendable {
        var kernel: Int
        var stride = 1
        var inputChannels: Int
        var outputChannels: Int
        var rows: Int
        var count: Int
        /// The weights are stored with O and I swapped, as for the adjoint.
        var isTransposed = false

        var inputHeight: Int { (rows - 1) * stride + kernel }
        var inputWidth: Int { (count - 1) * stride + kernel }
        var vectors: Int { (outputChannels + 15) / 16 }
        var taps: Int { kernel * kernel }
    }

    private let shape: Shape
    private let memory = TestMemory()
    private let input: Tensor
    private let weights: Tensor
    private let swapped: Tensor

    init(_ shape: Shape, seed: UInt64) {
        self.shape = shape
        var generator = SeededGenerator(seed: seed)
        let (inputs, outputs) = (shape.inputChannels, shape.outputChannels)
        let pixels = inputs * shape.inputHeight * shape.inputWidth
        input = memory.tensor(
            .map,
            1,
            inputs,
            shape.inputHeight,
            shape.inputWidth,
            values: generator.spreadValues(pixels, spread: 8)
        )
        let (kernel, taps) = (shape.kernel, shape.taps)
        let plain = generator.spreadValues(outputs * inputs * taps, spread: 8)
        weights = memory.tensor(.weights, outputs, inputs, kernel, kernel, values: plain)
        let values = plain.indices.map { index in
            let (i, o) = (index / taps / outputs, index / taps % outputs)
            return plain[(o * inputs + i) * taps + index % taps]
        }
        swapped = memory.tensor(.weights, inputs, outputs, kernel, kernel, values: values)
    }

    private var blocks: Int { input.channelBlocks }

    func referenceSums() -> [Float] {
        let map = FloatMap(channels: input.channels, height: input.height, width: input.width)
        for (index, half) in memory.halves(of: input).enumerated() {
            let row = index / 16 / input.width
            let lanes = map.pixel(
                row / input.height,
                row % input.height,
                index / 16 % input.width
            )
            lanes[index % 16] = BFloat16(bitPattern: half).float
        }
        let geometry = ConvolutionGeometry(kernel: shape.kernel, stride: shape.stride, padding: 0)
        let sums = ConvolutionPass(geometry: geometry, direction: .gather).sums(
            of: map,
            weights: WeightTiles(weights, direction: .gather, memory.base),
            channels: shape.outputChannels,
            height: shape.rows,
            width: shape.count
        )
        var result: [Float] = []
        for vector in 0..<shape.vectors {
            for y in 0..<shape.rows {
                for x in 0..<shape.count {
                    for lane in 0..<16 { result.append(sums.pixel(vector, y, x)[lane]) }
                }
            }
        }
        return result
    }

    /// The sums of `convolution_row`, row by row, or of one call of `convolution_rows`.
    func sums(of kernels: dk_kernels, allRowsAtOnce: Bool) -> [Float] {
        let pixelBytes = Int(kernels.tile_element_bytes) * 16
        let rowBytes = input.width * pixelBytes
        let tile = ScratchBytes(blocks * input.height * rowBytes)
        forEachInputRow { kernels.place_row(tile.base + $0 * rowBytes, $1, Int32(input.width)) }
        var row = dk_convolution_row()
        row.block_stride = input.height * rowBytes
        row.pixel_stride = shape.stride * pixelBytes
        row.vectors = Int32(shape.vectors)
        let offsets = (0..<shape.taps).map {
            Int32($0 / shape.kernel * rowBytes + $0 % shape.kernel * pixelBytes)
        }
        return run(kernels, row, tile, offsets, tileRowStride: shape.stride * rowBytes) {
            row,
            tileRowStride,
            outRowStride in
            guard !allRowsAtOnce else {
                kernels.convolution_rows(&row, Int32(shape.rows), tileRowStride, outRowStride)
                return
            }
            for _ in 0..<shape.rows {
                kernels.convolution_row(&row)
                row.tile += tileRowStride
                row.out += outRowStride
            }
        }
    }

    /// The sums of `convolution_row_thin`, row by row.
    func thinSums(of kernels: dk_kernels) -> [Float] {
        let planeBytes = kernels.thin_plane_bytes(Int32(input.width))
        let rowBytes = 4 * Int(kernels.tile_element_bytes) * planeBytes
        let tile = ScratchBytes(blocks * input.height * rowBytes)
        forEachInputRow {
            kernels.place_row_thin(tile.base + $0 * rowBytes, $1, Int32(input.width))
        }
        var row = dk_convolution_row()
        row.block_stride = input.height * rowBytes
        row.pixel_stride = planeBytes
        row.vectors = Int32(shape.outputChannels)
        let offsets = (0..<shape.taps).map {
            Int32($0 / shape.kernel * rowBytes + $0 % shape.kernel * 4)
        }
        return run(kernels, row, tile, offsets, tileRowStride: rowBytes) {
            row,
            tileRowStride,
            outRowStride in
            for _ in 0..<shape.rows {
                kernels.convolution_row_thin(&row)
                row.tile += tileRowStride
                row.out += outRowStride
            }
        }
    }

    private func forEachInputRow(_ body: (Int, UnsafePointer<UInt16>) -> Void) {
        for row in 0..<blocks * input.height {
            let stored = memory.base + Int(input.address) + row * input.width * 32
            body(row, UnsafePointer(stored.assumingMemoryBound(to: UInt16.self)))
        }
    }

    private func run(
        _ kernels: dk_kernels,
        _ prepared: dk_convolution_row,
        _ tile: ScratchBytes,
        _ offsets: [Int32],
        tileRowStride: Int,
        _ call: (inout dk_convolution_row, Int, Int) -> Void
    ) -> [Float] {
        let loaded = loadedWeights(kernels)
        var sums = [Float](repeating: .nan, count: shape.vectors * shape.rows * shape.count * 16)
        offsets.withUnsafeBufferPointer { offsets in
            sums.withUnsafeMutableBufferPointer { sums in
                var row = prepared
                row.tile = UnsafeRawPointer(tile.base)
                row.tap_offset = offsets.baseAddress
                row.taps = Int32(shape.taps)
                row.blocks = Int32(blocks)
                row.last_channels = Int32(shape.inputChannels - (blocks - 1) * 16)
                row.weights = UnsafeRawPointer(loaded.base)
                row.vector_stride = blocks * shape.taps * Int(kernels.weight_tile_bytes)
                row.count = Int32(shape.count)
                row.out = sums.baseAddress
                row.out_pixel_stride = 16
                row.out_vector_stride = shape.rows * shape.count * 16
                call(&row, tileRowStride, shape.count * 16)
            }
        }
        return sums
    }

    /// Weight tiles as the variant wants them, `[vector][block][tap]`.
    private func loadedWeights(_ kernels: dk_kernels) -> ScratchBytes {
        let tileBytes = Int(kernels.weight_tile_bytes)
        let taps = shape.taps
        let loaded = ScratchBytes(shape.vectors * blocks * taps * tileBytes)
        let tensor = shape.isTransposed ? swapped : weights
        for vector in 0..<shape.vectors {
            for block in 0..<blocks {
                for tap in 0..<taps {
                    let place = ((vector * blocks + block) * taps + tap) * tileBytes
                    let number =
                        shape.isTransposed
                        ? (block * shape.vectors + vector) * taps + tap
                        : (vector * blocks + block) * taps + tap
                    let stored = memory.base + Int(tensor.address) + number * 512
                    kernels.load_weight_tile(
                        loaded.base + place,
                        stored.assumingMemoryBound(to: UInt16.self),
                        shape.isTransposed ? 1 : 0
                    )
                }
            }
        }
        return loaded
    }
}

/// Aligned bytes for packed tiles.
final class ScratchBytes {
    let base: UnsafeMutableRawPointer

    init(_ byteCount: Int) {
        base = .allocate(byteCount: max(byteCount, 1), alignment: 64)
        base.initializeMemory(as: UInt8.self, repeating: 0xFF, count: max(byteCount, 1))
    }

    deinit { base.deallocate() }
}
