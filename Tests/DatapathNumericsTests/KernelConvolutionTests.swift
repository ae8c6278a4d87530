import AcceleratorISA
import CDatapathKernels
import DatapathNumerics
import Testing

/// Convolution sums of every kernel variant against the reference, bit for bit.
@Suite struct KernelConvolutionTests {
    private static let shapes: [KernelConvolution.Shape] = {
        var shapes: [KernelConvolution.Shape] = []
        for (kernel, stride) in [(1, 1), (3, 1), (4, 2), (7, 1), (2, 2)] {
            for inputChannels in [1, 3, 15, 16, 18, 35] {
                for outputChannels in [13, 16, 30, 45, 77] {
                    let number = shapes.count
                    shapes.append(
                        KernelConvolution.Shape(
                            kernel: kernel,
                            stride: stride,
                            inputChannels: inputChannels,
                            outputChannels: outputChannels,
                            rows: 1 + number % 2,
                            count: [1, 6, 14, 17, 33, 9][number % 6],
                            isTransposed: number % 3 == 0
                        )
                    )
                }
            }
        }
        return shapes
    }()

    private static let thinShapes: [KernelConvolution.Shape] = {
        var shapes: [KernelConvolution.Shape] = []
        for kernel in [1, 3, 4, 7] {
            for outputChannels in 1...8 {
                let number = shapes.count
                shapes.append(
                    KernelConvolution.Shape(
                        kernel: kernel,
                        inputChannels: [1, 3, 16, 20, 35][number % 5],
                        outputChannels: outputChannels,
                        rows: 2,
                        count: [1, 5, 16, 33, 47, 64, 70][number % 7],
                        isTransposed: number % 2 == 0
                    )
                )
            }
        }
        return shapes
    }()

    @Test(arguments: KernelVariant.all)
    func rowsAgree(variant: KernelVariant) throws {
        let kernels = try variant.kernels()
        for (number, shape) in Self.shapes.enumerated() {
            let convolution = KernelConvolution(shape, seed: UInt64(400 + number))
            let expected = convolution.referenceSums().map(\.bitPattern)
            for allRowsAtOnce in [false, true] {
                let found = convolution.sums(of: kernels, allRowsAtOnce: allRowsAtOnce)
                #expect(found.map(\.bitPattern) == expected, "\(shape) \(allRowsAtOnce)")
            }
        }
    }

    @Test(arguments: KernelVariant.all)
    func thinRowsAgree(variant: KernelVariant) throws {
        let kernels = try variant.kernels()
        for (number, shape) in Self.thinShapes.enumerated() {
            let convolution = KernelConvolution(shape, seed: UInt64(700 + number))
            let expected = convolution.referenceSums().map(\.bitPattern)
            let found = convolution.thinSums(of: kernels)
            #expect(found.map(\.bitPattern) == expected, "\(shape)")
        }
    }
}
