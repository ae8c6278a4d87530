/// What lies outside a map when a convolution reads there.
public enum PaddingMode: UInt8, Sendable, CaseIterable {
    case zeros = 0
    /// Mirrored without repeating the border: row -1 is row 1. Padding is smaller than the side.
    case reflect = 1
}

/// Which way a convolution goes between its two maps.
///
/// A convolution and a transposed convolution are one operator and its adjoint. Both have a
/// *large* map (I channels) and a *small* map (O channels) with
/// `small = floor((large + 2 * padding - kernel) / stride) + 1`.
public enum ConvolutionDirection: UInt8, Sendable, CaseIterable {
    /// Forward reads the large map and writes the small one: a convolution.
    case gather = 0
    /// Forward reads the small map and writes the large one: a transposed convolution; its
    /// PyTorch weight (in, out, k, k) is (O, I, k, k) here.
    case scatter = 1
}

/// The geometry of a convolution, in terms of its large and small map.
public struct ConvolutionGeometry: Equatable, Hashable, Sendable {
    /// Side of the square kernel.
    public var kernel: Int
    /// Pixels of the large map from one pixel of the small one to the next.
    public var stride: Int
    /// Rows and columns around the large map.
    public var padding: Int
    /// What is read there.
    public var paddingMode: PaddingMode
    /// Which map the layer reads.
    public var direction: ConvolutionDirection

    /// A geometry; nothing is checked before a device validates it.
    public init(
        kernel: Int,
        stride: Int,
        padding: Int,
        paddingMode: PaddingMode = .zeros,
        direction: ConvolutionDirection = .gather
    ) {
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.paddingMode = paddingMode
        self.direction = direction
    }

    /// The geometry of commands that are no convolution.
    public static let none = ConvolutionGeometry(kernel: 0, stride: 0, padding: 0)

    /// Side of the small map that belongs to a side of the large one; below 1 when none does.
    public func smallSide(large: Int) -> Int {
        let span = large + 2 * padding - kernel
        return span < 0 ? 0 : span / stride + 1
    }
}

/// An activation with its parameter.
public struct Activation: Equatable, Hashable, Sendable {
    /// The function.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case identity = 0
        /// `v > 0 ? v : +0`.
        case relu = 1
        /// `v > 0 ? v : slope * v`.
        case leakyRelu = 2
        /// The ordered approximation that DatapathNumerics documents.
        case tanh = 3
    }

    /// The function.
    public var kind: Kind
    /// Slope below zero of ``Kind/leakyRelu``; zero otherwise.
    public var slope: Float

    /// An activation of a kind.
    public init(_ kind: Kind, slope: Float = 0) {
        self.kind = kind
        self.slope = slope
    }

    /// No activation.
    public static let identity = Activation(.identity)
    /// Rectifier.
    public static let relu = Activation(.relu)
    /// Hyperbolic tangent.
    public static let tanh = Activation(.tanh)
}
