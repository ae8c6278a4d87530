/// A JSON value together with the way to it, so that every complaint says where.
///
/// ```swift
/// let root = try JSONField(parsing: bytes, document: "case.json")
/// let bound = try root["tolerance"]["fake"]["relativeL2"].number()
/// // case.json: tolerance.fake.relativeL2: expected a number, found a string
/// ```
package struct JSONField: Hashable, Sendable {
    /// The value.
    package let value: StrictJSON
    /// What the document is called, usually its file name.
    package let document: String
    /// The keys and indices from the document's root; empty for the root itself.
    package let path: String

    /// Makes the root of a document from a value.
    package init(_ value: StrictJSON, document: String) {
        self.init(value, document: document, path: "")
    }

    /// Reads a document.
    ///
    /// - Throws: `JSONError` naming the document and the byte.
    package init(parsing bytes: [UInt8], document: String) throws(JSONError) {
        self.init(try StrictJSON(parsing: bytes, document: document), document: document)
    }

    private init(_ value: StrictJSON, document: String, path: String) {
        self.value = value
        self.document = document
        self.path = path
    }

    /// The member of an object; it has to be there.
    package subscript(key: String) -> JSONField {
        get throws(JSONError) {
            let members = try object()
            guard let value = members[key] else {
                throw child(key, .null).failure("missing")
            }
            return child(key, value)
        }
    }

    /// The member of an object, or `nil` when the object has none of that name.
    package func optional(_ key: String) throws(JSONError) -> JSONField? {
        let members = try object()
        return members[key].map { child(key, $0) }
    }

    /// The members of an object in the order of their keys' UTF-8 bytes.
    package func members() throws(JSONError) -> [(key: String, field: JSONField)] {
        let sorted = try object().sorted { precedesByBytes($0.key, $1.key) }
        return sorted.map { ($0.key, child($0.key, $0.value)) }
    }

    /// The elements of an array.
    package func elements() throws(JSONError) -> [JSONField] {
        guard case .array(let elements) = value else { throw mismatch("an array") }
        return elements.enumerated().map { index, element in
            JSONField(element, document: document, path: path + "[\(index)]")
        }
    }

    /// The value as a string.
    package func string() throws(JSONError) -> String {
        guard case .string(let text) = value else { throw mismatch("a string") }
        return text
    }

    /// The value as a boolean.
    package func bool() throws(JSONError) -> Bool {
        guard case .bool(let flag) = value else { throw mismatch("a boolean") }
        return flag
    }

    /// The value as an integer; a number with fraction or exponent is none.
    package func integer() throws(JSONError) -> Int {
        guard case .integer(let integer) = value else { throw mismatch("an integer") }
        return integer
    }

    /// The value as an integer within bounds.
    package func integer(in range: ClosedRange<Int>) throws(JSONError) -> Int {
        let integer = try integer()
        guard range.contains(integer) else {
            throw failure(
                "expected \(range.lowerBound)...\(range.upperBound), found \(integer)"
            )
        }
        return integer
    }

    /// The value as a number; an integer counts if a double holds it exactly.
    package func number() throws(JSONError) -> Double {
        switch value {
        case .number(let number):
            return number
        case .integer(let integer):
            guard let number = Double(exactly: integer) else {
                throw failure("expected a number, found an integer no double holds")
            }
            return number
        default:
            throw mismatch("a number")
        }
    }

    /// Refuses members of an object other than the named ones.
    package func requireOnly(_ keys: Set<String>) throws(JSONError) {
        for (key, field) in try members() where !keys.contains(key) {
            throw field.failure("unexpected")
        }
    }

    /// An error about this value.
    package func failure(_ fact: String) -> JSONError {
        JSONError(at: path.isEmpty ? document : "\(document): \(path)", fact)
    }

    private func object() throws(JSONError) -> [String: StrictJSON] {
        guard case .object(let members) = value else { throw mismatch("an object") }
        return members
    }

    private func mismatch(_ expectation: String) -> JSONError {
        failure("expected \(expectation), found \(value.kind)")
    }

    /// Keys that hold anything but letters, digits, `_` and `-` are quoted in the path.
    private func child(_ key: String, _ value: StrictJSON) -> JSONField {
        let isPlain =
            !key.isEmpty
            && key.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) }
        let step = isPlain ? key : "\"\(key)\""
        return JSONField(
            value,
            document: document,
            path: path.isEmpty ? step : "\(path).\(step)"
        )
    }
}
