import AcceleratorISA
import CDatapathKernels
import DatapathNumerics
import Testing

/// Weight gradients of every kernel variant against the reference, bit for bit.
@Suite struct KernelGradientTests {
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
        /// Output channels of the thin function; nil for the general one.
        var thinOutputs: Int?
    }

    /// One band of an unpadded layer, added to a gradient that is there already.
    private func expectGradient(_ kernels: dk_kernels, _ test: GradientCase, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let memory = TestMemory()
        let k = test.kernel
        let height = (test.rows - 1) * test.stride + k
        let width = (test.count - 1) * test.stride + k
        let outputs = test.thinOutputs ?? test.vectors * 16
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

    @Test(arguments: KernelVariant.all)
    func thinWeightGradientsAgree(variant: KernelVariant) throws {
        let kernels = try variant.kernels()
        for outputs in 1...8 {
            for (kernel, stride) in [(1, 1), (3, 1), (4, 2), (5, 1), (7, 1), (7, 2)] {
                for (channels, rows, count) in [(1, 1, 1), (3, 3, 17), (16, 2, 40)] {
                    let test = GradientCase(
                        kernel: kernel,
                        stride: stride,
                        channels: channels,
                        rows: rows,
                        count: count,
                        vectors: 1,
                        thinOutputs: outputs
                    )
                    expectGradient(kernels, test, seed: UInt64(outputs * 100 + kernel))
                }
            }
        }
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
            band.kernel_rows = Int32(test.kernel)
            band.stride = Int32(test.stride)
            band.channels = Int32(test.channels)
            band.gradient = gradient.baseAddress
            band.gradient_vector_stride = test.kernel * test.kernel * 256
            if let outputs = test.thinOutputs {
                kernels.weight_gradient_thin(&band, Int32(outputs))
            } else {
                kernels.weight_gradient(&band)
            }
        }
    }
}
