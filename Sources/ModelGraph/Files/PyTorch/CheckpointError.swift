/// Why a checkpoint was refused, or could not be written: the place in it and the fact.
package struct CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The class of the violated rule.
    package enum Kind: Hashable, Sendable, CaseIterable {
        /// It is no checkpoint, or one of a kind that is not read.
        case format
        /// The zip archive is malformed, or uses what `torch.save` does not.
        case archive
        /// The pickle is malformed, or too large or too deep.
        case pickle
        /// The pickle asks for code.
        case code
        /// A tensor does not fit its bytes, or cannot be stored as asked.
        case tensor
        /// A name is used twice, too long, or not printable.
        case name
        /// A number does not fit the type it is read or written as.
        case value
        /// A safetensors file is malformed.
        case safetensors
    }

    /// The class of the violated rule.
    package let kind: Kind
    /// Where: an entry of the archive, a byte of the pickle, a tensor.
    package let place: String
    /// What was found, and what to do where that helps.
    package let fact: String

    /// Makes an error from its parts.
    package init(_ kind: Kind, at place: String = "file", _ fact: String) {
        self.kind = kind
        self.place = place
        self.fact = fact
    }

    /// The same fact of a safetensors file.
    init(_ error: SafetensorsError) {
        self.init(.safetensors, error.description)
    }

    /// The message in one line.
    package var description: String {
        kind == .safetensors ? fact : "checkpoint \(place): \(fact)"
    }
}

/// Text of a file for a message: short, and without control characters.
func quoted(_ text: String) -> String { "\"\(printable(text, limit: 120))\"" }

/// Text without control characters, and not longer than a screen.
func printable(_ text: String, limit: Int = 1000) -> String {
    let safe = text.unicodeScalars.prefix(limit).map { scalar in
        isControl(scalar) ? scalar.escaped(asASCII: true) : String(scalar)
    }.joined()
    return text.unicodeScalars.dropFirst(limit).isEmpty ? safe : safe + "…"
}

/// Whether a scalar moves a terminal's cursor or changes how other text looks.
func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
    default: false
    }
}
