package import AcceleratorISA
package import ModelGraph

/// A layer of a network, as reports name it.
package struct LayerReference: Sendable, Hashable {
    /// The graph's name.
    package let network: String
    /// The unit's place in the graph.
    package let unit: Int
    /// The unit's name, as its weights have it.
    package let name: String
    /// Which pass over the network the command belongs to, as its label begins; `update` for the
    /// optimizer.
    package let pass: String

    /// A unit of a graph; it has one of that number.
    package init(_ graph: NetworkGraph, unit: Int, pass: String) {
        self.pass = pass
        network = graph.name
        self.unit = unit
        name = graph.units[unit].name
    }
}

/// Collects the commands of a program; its transient tensors get their place at the end.
///
/// Until then a transient tensor's address is virtual: its number, plus one, above bit 40, and an
/// offset below, so that slices of a tensor are tensors too.
package struct ProgramBuilder {
    /// Commands so far, with virtual addresses for transient tensors.
    package private(set) var commands: [Command] = []
    /// What each command is for, the layer's name first: for reports and errors.
    package private(set) var labels: [String] = []
    /// The layer each command works for, nil where it works for none alone.
    package private(set) var layers: [LayerReference?] = []
    private(set) var byteCounts: [UInt64] = []
    private(set) var outlives: [Bool] = []

    private static let numberShift: UInt64 = 40

    /// A program without commands.
    package init() {}

    /// A tensor that lives from its first to its last use; with `survives`, to the program's end.
    package mutating func transient(
        _ layout: TensorLayout,
        batch: Int,
        channels: Int,
        height: Int = 1,
        width: Int = 1,
        kind: TensorKind,
        survives: Bool = false
    ) -> Tensor {
        let tensor = Tensor(
            address: UInt64(byteCounts.count + 1) << Self.numberShift,
            batch: batch,
            channels: channels,
            height: height,
            width: width,
            layout: layout,
            kind: kind
        )
        byteCounts.append(tensor.placedByteCount)
        outlives.append(survives)
        return tensor
    }

    /// A transient map of a feature map's shape.
    package mutating func map(
        batch: Int,
        _ shape: FeatureMapShape,
        kind: TensorKind,
        survives: Bool = false
    ) -> Tensor {
        transient(
            .map,
            batch: batch,
            channels: shape.channels,
            height: shape.height,
            width: shape.width,
            kind: kind,
            survives: survives
        )
    }

    /// A transient map of another tensor's shape.
    package mutating func map(like tensor: Tensor, kind: TensorKind) -> Tensor {
        transient(
            .map,
            batch: tensor.batch,
            channels: tensor.channels,
            height: tensor.height,
            width: tensor.width,
            kind: kind
        )
    }

    /// Makes a transient tensor live to the program's end.
    package mutating func keep(_ tensor: Tensor) {
        guard let number = Self.number(of: tensor.address) else { return }
        outlives[number] = true
    }

    /// Appends a command and returns its place in the program.
    @discardableResult
    package mutating func append(
        _ command: Command,
        _ label: String,
        layer: LayerReference? = nil
    ) -> Int {
        commands.append(command)
        labels.append(label)
        layers.append(layer)
        return commands.count - 1
    }

    /// Number of the transient tensor that an address lies in; nil for a persistent one.
    static func number(of address: UInt64) -> Int? {
        let number = Int(address >> numberShift)
        return number == 0 ? nil : number - 1
    }

    /// Bytes from the tensor's start.
    static func offset(of address: UInt64) -> UInt64 { address & ((1 << numberShift) - 1) }
}

extension Tensor {
    /// The same tensor's images `range`, as a tensor of its own.
    package func images(_ range: Range<Int>) -> Tensor {
        var slice = self
        slice.address += UInt64(range.lowerBound) * imageByteCount
        slice.batch = range.count
        return slice
    }
}
