import ModelGraph

/// The products of a convolution, a row of them at a time.
///
/// A convolution reads its padded input; a transposed one writes an output with a margin of the
/// padding, which is cut off afterwards. In between both are sums over the same kind of rows.
struct TapRows {
    let convolution: ConvolutionUnit.Convolution
    /// Shape of what is read: padded, for a convolution.
    let inputShape: FeatureMapShape
    /// Shape of what is written: with its margin, for a transposed convolution.
    let outputShape: FeatureMapShape

    /// `output[output + x * outputStep] += weights[weight] * input[input + x * inputStep]` for x
    /// below `count`.
    struct Row {
        let weight: Int
        let input: Int
        let inputStep: Int
        let output: Int
        let outputStep: Int
        let count: Int
    }

    init(_ convolution: ConvolutionUnit.Convolution, _ shape: FeatureMapShape) {
        self.convolution = convolution
        let margin = 2 * convolution.padding
        let isTransposed = convolution.isTransposed
        inputShape = shape.grown(by: isTransposed ? 0 : margin, channels: shape.channels)
        let output = FeatureMapShape(
            channels: convolution.outputChannels,
            height: convolution.outputExtent(shape.height),
            width: convolution.outputExtent(shape.width)
        )
        outputShape = output.grown(by: isTransposed ? margin : 0, channels: output.channels)
    }

    /// The input as it is read.
    func padded(_ input: DoubleMap) -> DoubleMap {
        convolution.isTransposed
            ? input : input.padded(convolution.padding, convolution.paddingMode)
    }

    /// The output without its margin.
    func cropped(_ output: DoubleMap) -> DoubleMap {
        convolution.isTransposed ? output.folded(convolution.padding, .zeros) : output
    }

    /// Calls `body` with every row.
    func forEach(_ body: (Row) -> Void) {
        let (kernel, stride) = (convolution.kernel, convolution.stride)
        let isTransposed = convolution.isTransposed
        // The side that is stepped through pixel by pixel.
        let small = isTransposed ? inputShape : outputShape
        let large = isTransposed ? outputShape : inputShape
        // OIHW for a convolution, IOHW for a transposed one: the small side's channel comes first.
        for smallChannel in 0..<small.channels {
            for largeChannel in 0..<large.channels {
                for tap in 0..<kernel * kernel {
                    let weight = (smallChannel * large.channels + largeChannel) * kernel * kernel
                    for row in 0..<small.height {
                        let smallPlace = (smallChannel * small.height + row) * small.width
                        let largeRow = row * stride + tap / kernel
                        let largePlace =
                            (largeChannel * large.height + largeRow) * large.width + tap % kernel
                        body(
                            Row(
                                weight: weight + tap,
                                input: isTransposed ? smallPlace : largePlace,
                                inputStep: isTransposed ? 1 : stride,
                                output: isTransposed ? largePlace : smallPlace,
                                outputStep: isTransposed ? stride : 1,
                                count: small.width
                            )
                        )
                    }
                }
            }
        }
    }
}

extension FeatureMapShape {
    /// The shape with more rows and columns.
    func grown(by pixels: Int, channels: Int) -> FeatureMapShape {
        FeatureMapShape(channels: channels, height: height + pixels, width: width + pixels)
    }
}
