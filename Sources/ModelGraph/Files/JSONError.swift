/// Why a JSON text was refused: the document, the place in it, and the fact.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The document and the byte or the path in it, e.g. `case.json: tolerance.fake`
    package let location: String
    /// What was expected and what was found.
    package let fact: String

    /// Makes an error from its parts.
    package init(at location: String, _ fact: String) {
        self.location = location
        self.fact = fact
    }

    /// The message in one line.
    package var description: String { "\(location): \(fact)" }
}
