/// One convolution with everything that follows it before the next one reads the result:
/// `output = activation(normalization(convolution(read) + bias)) + residual`, where
/// `read = sourceActivation(source)`, or of the channels of `source` and behind them those of
/// `appended`.
///
/// A plain value: the rules that tie units together are checked by `NetworkGraph.init`.
package struct ConvolutionUnit: Hashable, Sendable {
    /// The convolution's module path as PyTorch spells it, such as `main.9.main.0`.
    package let name: String
    /// What the convolution reads.
    package let source: Source
    /// A map whose channels follow those of the source (the skip of a U-Net), if there is one.
    package let appended: Source?
    /// The function applied to what is read, in front of the convolution.
    package let sourceActivation: Activation
    /// The convolution.
    package let convolution: Convolution
    /// Instance normalisation of the convolution's output, if there is one.
    package let normalization: Normalization?
    /// The function applied after the normalisation.
    package let activation: Activation
    /// What is added after normalisation and activation (the skip of a residual block).
    package let residual: Source?
    /// The unit's parameters by their names in a PyTorch checkpoint.
    package let parameterNames: ParameterNames

    /// Makes a unit; the graph it is put into validates it.
    package init(
        name: String,
        source: Source,
        appended: Source? = nil,
        sourceActivation: Activation = .none,
        convolution: Convolution,
        normalization: Normalization? = nil,
        activation: Activation = .none,
        residual: Source? = nil,
        parameterNames: ParameterNames
    ) {
        self.name = name
        self.source = source
        self.appended = appended
        self.sourceActivation = sourceActivation
        self.convolution = convolution
        self.normalization = normalization
        self.activation = activation
        self.residual = residual
        self.parameterNames = parameterNames
    }

    /// The maps whose channels the convolution reads, in order: one, or two.
    package var convolved: [Source] { [source] + (appended.map { [$0] } ?? []) }

    /// Every map that the unit reads: what its convolution does, and the residual.
    package var reads: [Source] { convolved + (residual.map { [$0] } ?? []) }
}

extension ConvolutionUnit {
    /// Where a feature map comes from.
    package enum Source: Hashable, Sendable {
        /// The network's input.
        case input
        /// The output of the unit with this index.
        case unit(Int)
    }

    /// What stands outside the map while the kernel reaches over its edge.
    package enum PaddingMode: Hashable, Sendable {
        /// Zeros.
        case zeros
        /// The map mirrored at its edge pixel, which is not repeated; padding must be < size.
        case reflect
    }

    /// A square 2-D convolution or its transpose.
    package struct Convolution: Hashable, Sendable {
        /// Channels read.
        package let inputChannels: Int
        /// Channels written.
        package let outputChannels: Int
        /// Kernel height and width, 1...7.
        package let kernel: Int
        /// Stride in both directions, 1...2.
        package let stride: Int
        /// Pixels of padding on each side, less than the kernel.
        package let padding: Int
        /// How the padding is filled; a transposed convolution pads with zeros.
        package let paddingMode: PaddingMode
        /// Whether this is a transposed convolution (weights are then IOHW).
        package let isTransposed: Bool
        /// Rows and columns added at the far edge of a transposed convolution, less than stride.
        package let outputPadding: Int
        /// Whether a bias per output channel is added.
        package let hasBias: Bool

        /// Makes a convolution; the defaults are PyTorch's except for the bias.
        package init(
            inputChannels: Int,
            outputChannels: Int,
            kernel: Int,
            stride: Int = 1,
            padding: Int = 0,
            paddingMode: PaddingMode = .zeros,
            isTransposed: Bool = false,
            outputPadding: Int = 0,
            hasBias: Bool = false
        ) {
            self.inputChannels = inputChannels
            self.outputChannels = outputChannels
            self.kernel = kernel
            self.stride = stride
            self.padding = padding
            self.paddingMode = paddingMode
            self.isTransposed = isTransposed
            self.outputPadding = outputPadding
            self.hasBias = hasBias
        }
    }

    /// Instance normalisation: statistics per sample and channel, biased variance.
    package struct Normalization: Hashable, Sendable {
        /// Whether a scale and a shift per channel follow.
        package let isAffine: Bool
        /// Added to the variance.
        package let epsilon: Float

        /// Makes a normalisation; the default epsilon is PyTorch's.
        package init(isAffine: Bool, epsilon: Float = 1e-5) {
            self.isAffine = isAffine
            self.epsilon = epsilon
        }
    }

    /// The pointwise function at a unit's end.
    package enum Activation: Hashable, Sendable {
        /// The identity.
        case none
        /// `max(x, 0)`.
        case relu
        /// `x` for positive `x`, `slope * x` otherwise; 0 <= slope < 1.
        case leakyRelu(slope: Float)
        /// The hyperbolic tangent.
        case tanh
    }

    /// The full checkpoint names of a unit's parameters; `nil` where it has none.
    package struct ParameterNames: Hashable, Sendable {
        /// The kernel.
        package let weight: String
        /// The convolution's bias.
        package let bias: String?
        /// The normalisation's scale (gamma).
        package let scale: String?
        /// The normalisation's shift (beta).
        package let shift: String?

        /// Makes the set of names.
        package init(
            weight: String,
            bias: String? = nil,
            scale: String? = nil,
            shift: String? = nil
        ) {
            self.weight = weight
            self.bias = bias
            self.scale = scale
            self.shift = shift
        }
    }
}

extension ConvolutionUnit.Convolution {
    /// The weight's shape as PyTorch stores it: OIHW, or IOHW when transposed.
    package var weightShape: [Int] {
        isTransposed
            ? [inputChannels, outputChannels, kernel, kernel]
            : [outputChannels, inputChannels, kernel, kernel]
    }

    /// The output extent for an input extent; not positive when the kernel does not fit.
    ///
    /// Convolution: `(n + 2p - k) / s + 1`; transposed: `(n - 1)s - 2p + k + outputPadding`.
    package func outputExtent(_ extent: Int) -> Int {
        if isTransposed {
            return (extent - 1) * stride - 2 * padding + kernel + outputPadding
        }
        let slack = extent + 2 * padding - kernel
        return slack < 0 ? 0 : slack / stride + 1
    }
}
