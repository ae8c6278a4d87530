import AcceleratorISA
import CDatapathKernels
import DatapathNumerics
import Testing

/// Convolution sums, weight gradients and optimizers of every kernel variant against the reference.
@Suite struct KernelSumTests {
    /// A convolution row: shape of the sum and of the pixels.
    struct RowCase: Sendable {
        var kernel: Int
        var stride: Int
        var inputChannels: Int
        var vectors: Int
        var count: Int
        var isTransposed: Bool
    }

    private static let rowCases: [RowCase] = {
        var cases: [RowCase] = []
        for (kernel, stride) in [(1, 1), (3, 1), (4, 2), (7, 1), (2, 2)] {
            for inputChannels in [1, 3, 15, 16, 18, 35] {
                for vectors in [1, 2, 3, 5] {
                    let number = cases.count
                    cases.append(
                        RowCase(
                            kernel: kernel,
                            stride: stride,
                            inputChannels: inputChannels,
                            vectors: vectors,
                            count: [1, 6, 14, 17, 33][number % 5],
                            isTransposed: number % 3 == 0
                        )
                    )
                }
            }
        }
        return cases
    }()

    @Test(arguments: KernelVariant.all)
    func convolutionRowsAgree(variant: KernelVariant) throws {
        let kernels = try variant.kernels()
        for (number, test) in Self.rowCases.enumerated() {
            expectRow(test, kernels, seed: UInt64(400 + number))
        }
    }

    /// One output row of an unpadded convolution in fp32.
    ///
    /// Transposed weights make it the adjoint's sum: the reference gathers with O and I swapped, so
    /// the stored tensor has them the other way round.
    private func expectRow(_ test: RowCase, _ kernels: dk_kernels, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let memory = TestMemory()
        let k = test.kernel
        let width = (test.count - 1) * test.stride + k
        let outputChannels = test.vectors * 16 - 3
        let input = memory.tensor(
            .map,
            1,
            test.inputChannels,
            k,
            width,
            values: generator.spreadValues(test.inputChannels * k * width, spread: 8)
        )
        let count = outputChannels * test.inputChannels * k * k
        let plain = generator.spreadValues(count, spread: 8)
        let weights = memory.tensor(
            .weights,
            outputChannels,
            test.inputChannels,
            k,
            k,
            values: plain
        )
        let swapped = (0..<count).map { index in
            let (i, tap) = (index / (k * k) / outputChannels, index % (k * k))
            let o = index / (k * k) % outputChannels
            return plain[(o * test.inputChannels + i) * k * k + tap]
        }
        let adjoint = memory.tensor(
            .weights,
            test.inputChannels,
            outputChannels,
            k,
            k,
            values: swapped
        )
        let expected = referenceRow(test, input, weights, memory)
        let stored = test.isTransposed ? adjoint : weights
        let found = kernelRow(test, kernels, input, stored, memory)
        #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(test)")
    }

    private func referenceRow(
        _ test: RowCase,
        _ input: Tensor,
        _ weights: Tensor,
        _ memory: TestMemory
    ) -> [Float] {
        let map = FloatMap(channels: input.channels, height: input.height, width: input.width)
        let halves = memory.halves(of: input)
        for (index, half) in halves.enumerated() {
            let pixel = index / 16
            let row = pixel / input.width
            let lanes = map.pixel(row / input.height, row % input.height, pixel % input.width)
            lanes[index % 16] = BFloat16(bitPattern: half).float
        }
        let geometry = ConvolutionGeometry(kernel: test.kernel, stride: test.stride, padding: 0)
        let sums = ConvolutionPass(geometry: geometry, direction: .gather).sums(
            of: map,
            weights: WeightTiles(weights, direction: .gather, memory.base),
            channels: test.vectors * 16,
            height: 1,
            width: test.count
        )
        var result: [Float] = []
        for vector in 0..<test.vectors {
            for x in 0..<test.count {
                for lane in 0..<16 { result.append(sums.pixel(vector, 0, x)[lane]) }
            }
        }
        return result
    }

    private func kernelRow(
        _ test: RowCase,
        _ kernels: dk_kernels,
        _ input: Tensor,
        _ weights: Tensor,
        _ memory: TestMemory
    ) -> [Float] {
        let k = test.kernel
        let pixelBytes = Int(kernels.tile_element_bytes) * 16
        let blocks = input.channelBlocks
        let blockBytes = input.height * input.width * pixelBytes
        let tile = ScratchBytes(blocks * blockBytes)
        let halves = memory.base + Int(input.address)
        for row in 0..<blocks * input.height {
            kernels.place_row(
                tile.base + row * input.width * pixelBytes,
                (halves + row * input.width * 32).assumingMemoryBound(to: UInt16.self),
                Int32(input.width)
            )
        }
        let tileBytes = Int(kernels.weight_tile_bytes)
        let taps = k * k
        let loaded = ScratchBytes(test.vectors * blocks * taps * tileBytes)
        for vector in 0..<test.vectors {
            for block in 0..<blocks {
                for tap in 0..<taps {
                    let number =
                        test.isTransposed
                        ? (block * test.vectors + vector) * taps + tap
                        : (vector * blocks + block) * taps + tap
                    let stored = memory.base + Int(weights.address) + number * 512
                    kernels.load_weight_tile(
                        loaded.base + ((vector * blocks + block) * taps + tap) * tileBytes,
                        stored.assumingMemoryBound(to: UInt16.self),
                        test.isTransposed ? 1 : 0
                    )
                }
            }
        }
        let offsets = (0..<taps).map { Int32(($0 / k * input.width + $0 % k) * pixelBytes) }
        var result = [Float](repeating: .nan, count: test.vectors * test.count * 16)
        offsets.withUnsafeBufferPointer { offsets in
            result.withUnsafeMutableBufferPointer { result in
                var row = dk_convolution_row()
                row.tile = UnsafeRawPointer(tile.base)
                row.block_stride = blockBytes
                row.tap_offset = offsets.baseAddress
                row.taps = Int32(taps)
                row.blocks = Int32(blocks)
                row.last_channels = Int32(test.inputChannels - (blocks - 1) * 16)
                row.pixel_stride = test.stride * pixelBytes
                row.weights = UnsafeRawPointer(loaded.base)
                row.vector_stride = blocks * taps * tileBytes
                row.vectors = Int32(test.vectors)
                row.count = Int32(test.count)
                row.out = result.baseAddress
                row.out_pixel_stride = 16
                row.out_vector_stride = test.count * 16
                kernels.convolution_row(&row)
            }
        }
        return result
    }

    @Test(arguments: KernelVariant.all)
    func weightGradientsAgree(variant: KernelVariant) throws {
        let kernels = try variant.kernels()
        var number = 0
        for kernel in 1...Limits.maximumKernel {
            for stride in 1...Limits.maximumStride {
                for channels in [1, 3, 16] {
                    for (rows, count) in [(1, 1), (3, 17), (2, 40)] {
                        number += 1
                        expectGradient(
                            kernels,
                            GradientCase(
                                kernel: kernel,
                                stride: stride,
                                channels: channels,
                                rows: rows,
                                count: count,
                                vectors: 1 + number % 3
                            ),
                            seed: UInt64(number)
                        )
                    }
                }
            }
        }
    }

    private struct GradientCase {
        var kernel: Int
        var stride: Int
        var channels: Int
        var rows: Int
        var count: Int
        var vectors: Int
    }

    /// One band of an unpadded layer, added to a gradient that is there already.
    private func expectGradient(_ kernels: dk_kernels, _ test: GradientCase, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let memory = TestMemory()
        let k = test.kernel
        let height = (test.rows - 1) * test.stride + k
        let width = (test.count - 1) * test.stride + k
        let outputs = test.vectors * 16
        let small = memory.tensor(
            .map,
            1,
            outputs,
            test.rows,
            test.count,
            values: generator.spreadValues(outputs * test.rows * test.count)
        )
        let large = memory.tensor(
            .map,
            1,
            test.channels,
            height,
            width,
            values: generator.spreadValues(test.channels * height * width)
        )
        let gradient = memory.tensor(
            .masterWeights,
            outputs,
            test.channels,
            k,
            k,
            values: generator.spreadValues(outputs * test.channels * k * k)
        )
        var found = memory.floats(of: gradient)
        var command = Command(.convolutionBackward, stage: .weightGradient)
        command.geometry = ConvolutionGeometry(kernel: k, stride: test.stride, padding: 0)
        command.flags = .accumulates
        command.operands[.error] = small
        command.operands[.source] = large
        command.operands[.weightGradient] = gradient
        memory.run(command)
        runGradient(kernels, test, memory.base, small, large, into: &found)
        let expected = memory.floats(of: gradient)
        #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(test)")
    }

    private func runGradient(
        _ kernels: dk_kernels,
        _ test: GradientCase,
        _ base: UnsafeMutableRawPointer,
        _ small: Tensor,
        _ large: Tensor,
        into gradient: inout [Float]
    ) {
        let smallBytes = kernels.small_row_bytes(Int32(test.count))
        let largeBytes = kernels.large_row_bytes(Int32(large.width), Int32(test.stride))
        let packedSmall = ScratchBytes(test.vectors * test.rows * smallBytes)
        let packedLarge = ScratchBytes(large.height * largeBytes)
        for row in 0..<test.vectors * test.rows {
            let stored = base + Int(small.address) + row * test.count * 32
            kernels.pack_small_row(
                packedSmall.base + row * smallBytes,
                stored.assumingMemoryBound(to: UInt16.self),
                Int32(test.count)
            )
        }
        for row in 0..<large.height {
            let stored = base + Int(large.address) + row * large.width * 32
            kernels.pack_large_row(
                packedLarge.base + row * largeBytes,
                stored.assumingMemoryBound(to: UInt16.self),
                Int32(large.width),
                Int32(test.stride)
            )
        }
        gradient.withUnsafeMutableBufferPointer { gradient in
            var band = dk_weight_gradient()
            band.small = UnsafeRawPointer(packedSmall.base)
            band.small_row_stride = smallBytes
            band.small_vector_stride = test.rows * smallBytes
            band.vectors = Int32(test.vectors)
            band.large = UnsafeRawPointer(packedLarge.base)
            band.large_row_stride = largeBytes
            band.rows = Int32(test.rows)
            band.count = Int32(test.count)
            band.large_count = Int32(large.width)
            band.kernel = Int32(test.kernel)
            band.stride = Int32(test.stride)
            band.channels = Int32(test.channels)
            band.gradient = gradient.baseAddress
            band.gradient_vector_stride = test.kernel * test.kernel * 256
            kernels.weight_gradient(&band)
        }
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
