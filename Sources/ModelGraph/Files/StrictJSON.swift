/// A JSON value, read strictly and written deterministically.
///
/// Reading refuses what lenient parsers disagree about: invalid UTF-8, duplicate keys (also keys
/// that differ only in Unicode normalisation), lone surrogates, integers beyond 64 bits, numbers
/// beyond double precision, nesting deeper than `maximumDepth`, and anything after the value.
package enum StrictJSON: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number written without fraction and exponent.
    case integer(Int)
    /// A number written with fraction or exponent; finite.
    case number(Double)
    /// A string.
    case string(String)
    /// An array.
    case array([StrictJSON])
    /// An object; written with its keys in the order of their UTF-8 bytes.
    case object([String: StrictJSON])

    /// Arrays and objects inside each other.
    package static let maximumDepth = 64

    /// Reads one value that fills the whole text.
    ///
    /// - Throws: `JSONError` naming the document and the byte.
    package init(parsing bytes: [UInt8], document: String) throws(JSONError) {
        var parser = JSONParser(bytes: bytes, document: document)
        self = try parser.parseDocument()
    }

    /// What the value is, for messages: `a number`, `an object`.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension StrictJSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: StrictJSON...) { self = .array(elements) }
    package init(nilLiteral: ()) { self = .null }

    /// An object; the keys have to differ.
    package init(dictionaryLiteral elements: (String, StrictJSON)...) {
        self = .object(Dictionary(uniqueKeysWithValues: elements))
    }
}
