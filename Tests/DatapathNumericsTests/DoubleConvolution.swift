import AcceleratorISA

/// The convolution of a case in Double and plain order, straight from its definition:
/// `small[o](y, x) = sum of w[o][i][ky][kx] * large[i](y * s + ky - p, x * s + kx - p)`, or its
/// adjoint.
struct DoubleConvolution {
    let shape: ConvolutionCase

    /// Calls the body for every product: indices of the small value, the large value, the weight.
    private func forEachProduct(_ body: (_ small: Int, _ large: Int, _ weight: Int) -> Void) {
        let g = shape.geometry
        let (height, width) = (shape.largeHeight, shape.largeWidth)
        for n in 0..<shape.batch {
            for o in 0..<shape.smallChannels {
                for i in 0..<shape.largeChannels {
                    for y in 0..<shape.smallHeight {
                        for ky in 0..<g.kernel {
                            guard let row = inside(y * g.stride + ky - g.padding, height)
                            else { continue }
                            for x in 0..<shape.smallWidth {
                                for kx in 0..<g.kernel {
                                    guard let column = inside(x * g.stride + kx - g.padding, width)
                                    else { continue }
                                    body(
                                        ((n * shape.smallChannels + o) * shape.smallHeight + y)
                                            * shape.smallWidth + x,
                                        ((n * shape.largeChannels + i) * height + row) * width
                                            + column,
                                        ((o * shape.largeChannels + i) * g.kernel + ky) * g.kernel
                                            + kx
                                    )
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private func inside(_ position: Int, _ side: Int) -> Int? {
        if (0..<side).contains(position) { return position }
        guard shape.geometry.paddingMode == .reflect else { return nil }
        return position < 0 ? -position : 2 * (side - 1) - position
    }

    func forward(input: [Double], weights: [Double]) -> [Double] {
        var output = [Double](repeating: 0, count: shape.outputCount)
        let isGather = shape.isGather
        output.withUnsafeMutableBufferPointer { output in
            input.withUnsafeBufferPointer { input in
                weights.withUnsafeBufferPointer { weights in
                    forEachProduct { small, large, weight in
                        if isGather {
                            output[small] += input[large] * weights[weight]
                        } else {
                            output[large] += input[small] * weights[weight]
                        }
                    }
                }
            }
        }
        return output
    }

    /// The objective whose gradients a backward pass computes: the output against a fixed error.
    func objective(input: [Double], weights: [Double], error: [Double]) -> Double {
        zip(forward(input: input, weights: weights), error).reduce(0) { $0 + $1.0 * $1.1 }
    }
}

/// The central difference of a function in one of its arguments.
func centralDifference(
    of function: ([Double]) -> Double,
    at point: [Double],
    in index: Int,
    step: Double = 1e-3
) -> Double {
    var above = point
    var below = point
    above[index] += step
    below[index] -= step
    return (function(above) - function(below)) / (2 * step)
}

/// Up to `count` indices spread over a range, the first and last among them.
func sampledIndices(of total: Int, count: Int = 12) -> [Int] {
    guard total > count else { return Array(0..<total) }
    return (0..<count).map { $0 * (total - 1) / (count - 1) }
}
