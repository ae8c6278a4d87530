import ModelGraph

/// A part of a report, or why there is none: nothing is invented, and nothing is left out silently.
package enum Reported<Value: Sendable & Equatable>: Sendable, Equatable {
    case known(Value)
    /// There is none, and why, in words that go behind a colon.
    case absent(reason: String)

    /// Nobody worked it out.
    package static var notComputed: Reported { .absent(reason: "not computed") }

    /// What is known.
    package var value: Value? {
        guard case .known(let value) = self else { return nil }
        return value
    }

    /// Why there is nothing; nil where there is something.
    package var reason: String? {
        guard case .absent(let reason) = self else { return nil }
        return reason
    }
}

/// Reasons of absent parts by their path in a report: its key `absent`.
struct AbsenceNotes: Equatable {
    private(set) var reasons: [String: String] = [:]

    init() {}

    /// The document of a part; of an absent one all keys with null, and the reason is noted.
    mutating func document<Value>(
        of part: Reported<Value>,
        at path: String,
        keys: KeyTree,
        _ document: (Value, inout AbsenceNotes) -> StrictJSON
    ) -> StrictJSON {
        switch part {
        case .known(let value): return document(value, &self)
        case .absent(let reason):
            reasons[path] = reason
            return keys.nulls
        }
    }

    /// The document of a text.
    mutating func document(of part: Reported<String>, at path: String) -> StrictJSON {
        document(of: part, at: path, keys: .leaf) { text, _ in .string(text) }
    }

    var document: StrictJSON { .object(reasons.mapValues { .string($0) }) }

    /// Reads back what `document` wrote.
    init(_ field: JSONField) throws(JSONError) {
        for (key, field) in try field.members() { reasons[key] = try field.string() }
    }

    /// A part, unless a reason says that there is none.
    func part<Value>(
        at path: String,
        _ value: () throws(JSONError) -> Value
    ) throws(JSONError) -> Reported<Value> {
        if let reason = reasons[path] { return .absent(reason: reason) }
        return .known(try value())
    }
}

/// The keys of a part, for writing one that is absent.
indirect enum KeyTree {
    case leaf
    case keys([(String, KeyTree)])

    /// Keys without keys below them.
    static func leaves(_ names: String...) -> KeyTree { .keys(names.map { ($0, .leaf) }) }

    /// Null at every leaf.
    var nulls: StrictJSON {
        switch self {
        case .leaf: .null
        case .keys(let keys):
            .object(Dictionary(keys.map { ($0, $1.nulls) }) { first, _ in first })
        }
    }
}
