/// A tensor of a state dict, without its values.
package struct NamedShape: Hashable, Sendable {
    /// The name in the state dict.
    package let name: String
    /// PyTorch's shape; empty for a single number.
    package let shape: [Int]

    /// Makes a pair.
    package init(name: String, shape: [Int]) {
        self.name = name
        self.shape = shape
    }
}
