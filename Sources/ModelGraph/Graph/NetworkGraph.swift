/// A network as a list of convolution units in an order in which they can be run.
///
/// Construction validates everything: a value of this type has consistent shapes, references
/// only to earlier units, unique parameter names, and counts that fit in `Int`.
package struct NetworkGraph: Hashable, Sendable {
    /// What messages call the network.
    package let name: String
    /// Channels of the input map.
    package let inputChannels: Int
    /// Rows of the input map.
    package let inputHeight: Int
    /// Columns of the input map.
    package let inputWidth: Int
    /// The units; each reads the input or units before it.
    package let units: [Unit]
    /// The indices of the units whose results leave the network, in order.
    package let outputs: [Int]
    /// The output shape of each unit.
    private let shapes: [FeatureMapShape]

    /// One step of the network.
    package typealias Unit = ConvolutionUnit
    /// Where a feature map comes from.
    package typealias Source = ConvolutionUnit.Source

    /// What a graph may hold; with these bounds no count below overflows `Int`.
    package enum Limits {
        /// Channels of any map.
        package static let channels = 1...4096
        /// Rows or columns of any map.
        package static let extent = 1...4096
        /// Units of a graph.
        package static let units = 1...256
        /// Kernel height and width.
        package static let kernel = 1...7
        /// Stride in either direction.
        package static let stride = 1...2
    }

    /// Validates the units and infers their shapes.
    ///
    /// - Throws: `GraphError` naming the unit, the violated rule and the remedy.
    package init(
        name: String,
        inputChannels: Int,
        inputHeight: Int,
        inputWidth: Int,
        units: [Unit],
        outputs: [Int]
    ) throws(GraphError) {
        self.name = name
        self.inputChannels = inputChannels
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        self.units = units
        self.outputs = outputs
        self.shapes = try GraphValidation(
            name: name,
            input: FeatureMapShape(
                channels: inputChannels,
                height: inputHeight,
                width: inputWidth
            ),
            units: units,
            outputs: outputs
        ).inferredShapes()
    }

    /// The shape of the network's input.
    package var inputShape: FeatureMapShape {
        FeatureMapShape(channels: inputChannels, height: inputHeight, width: inputWidth)
    }

    /// The shape a unit writes; the index must be one of `units`.
    package func outputShape(of unitIndex: Int) -> FeatureMapShape {
        shapes[unitIndex]
    }

    /// The shape a unit's convolution reads; the index must be one of `units`.
    package func inputShape(of unitIndex: Int) -> FeatureMapShape {
        let unit = units[unitIndex]
        let source = shape(of: unit.source)
        return FeatureMapShape(
            channels: unit.convolution.inputChannels,
            height: source.height,
            width: source.width
        )
    }

    /// The shape of the map a source stands for; a unit source must be one of `units`.
    package func shape(of source: Source) -> FeatureMapShape {
        switch source {
        case .input: inputShape
        case .unit(let index): shapes[index]
        }
    }

    /// Multiply-accumulate operations of a unit's convolution, forward, for one sample.
    ///
    /// `outC * inC * k * k * outH * outW`; transposed `inC * outC * k * k * inH * inW`. Taps on
    /// padding are counted, as is usual.
    package func forwardMACCount(of unitIndex: Int) -> Int {
        let convolution = units[unitIndex].convolution
        let pixelCount =
            convolution.isTransposed
            ? inputShape(of: unitIndex).pixelCount : outputShape(of: unitIndex).pixelCount
        return convolution.weightShape.reduce(pixelCount, *)
    }

    /// Multiply-accumulate operations of the whole network, forward, for one sample.
    package var forwardMACCount: Int {
        units.indices.reduce(0) { $0 + forwardMACCount(of: $1) }
    }
}
