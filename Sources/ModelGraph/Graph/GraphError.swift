/// Why a network graph or a model configuration was refused: where, what, and what to do about it.
package struct GraphError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The class of the violated rule.
    package enum Kind: Hashable, Sendable {
        /// A number is outside its limits.
        case valueOutOfRange
        /// A source, residual or output names a unit that does not exist or does not come before.
        case brokenReference
        /// Two shapes that have to agree do not, or a map would be empty.
        case shapeMismatch
        /// Parameter names are missing, superfluous, empty or used twice.
        case parameterNames
        /// A unit's result is neither read nor an output.
        case unusedUnit
    }

    /// The class of the violated rule.
    package let kind: Kind
    /// Where: the graph or configuration, and the unit or field inside it.
    package let location: String
    /// What was found.
    package let fact: String
    /// What to do about it.
    package let remedy: String

    /// Makes an error from its parts; each part is lower case and has no full stop.
    package init(_ kind: Kind, at location: String, _ fact: String, remedy: String) {
        self.kind = kind
        self.location = location
        self.fact = fact
        self.remedy = remedy
    }

    /// The message in one line.
    package var description: String {
        "failed to build \(location): \(fact); \(remedy)"
    }
}
