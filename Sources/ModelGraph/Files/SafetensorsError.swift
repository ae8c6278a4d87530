/// Why a safetensors file was refused, or could not be written: the tensor and the fact.
package struct SafetensorsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The class of the violated rule.
    package enum Kind: Hashable, Sendable {
        /// The file ends too soon, or its header's length is out of bounds.
        case headerLength
        /// The header is not a JSON object of the expected form.
        case headerSyntax
        /// The element type is unknown, or cannot be read as numbers.
        case elementType
        /// The shape is malformed, overflows, or does not match the bytes or values given.
        case shape
        /// The offsets are malformed, out of bounds, overlapping, or leave holes.
        case offsets
        /// There is no tensor of that name, or a name is used twice.
        case name
        /// A number does not fit in single precision.
        case value
        /// The bytes could not be read.
        case unreadable
    }

    /// The class of the violated rule.
    package let kind: Kind
    /// The tensor concerned, if it is one.
    package let tensor: String?
    /// What was found.
    package let fact: String

    /// Makes an error from its parts.
    package init(_ kind: Kind, tensor: String? = nil, _ fact: String) {
        self.kind = kind
        self.tensor = tensor
        self.fact = fact
    }

    /// The message in one line, without control characters that a file may have brought in.
    package var description: String {
        let place = tensor.map { "tensor \"\($0)\"" } ?? "file"
        return "safetensors \(printable(place)): \(printable(fact))"
    }
}
