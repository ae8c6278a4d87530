extension StrictJSON {
    /// How a text is laid out.
    package enum Layout: Hashable, Sendable {
        /// No white space at all.
        case compact
        /// One member or element a line, indented by two spaces, with a newline at the end.
        case indented
    }

    /// The value as JSON text: the same bytes for equal values, on every host.
    ///
    /// Keys are in the order of their UTF-8 bytes; a `number` is the shortest text that reads back
    /// as the same double and never looks like an integer.
    ///
    /// - Throws: `JSONError` for a number that is not finite, which JSON cannot express.
    package func serialized(_ layout: Layout = .compact) throws(JSONError) -> [UInt8] {
        var writer = JSONWriter(layout: layout)
        try writer.write(self, depth: 0)
        if layout == .indented { writer.output.append(UInt8(ascii: "\n")) }
        return writer.output
    }
}

/// Whether one string's UTF-8 bytes sort before another's: the order of every written list.
func precedesByBytes(_ first: String, _ second: String) -> Bool {
    first.utf8.lexicographicallyPrecedes(second.utf8)
}

private struct JSONWriter {
    let layout: StrictJSON.Layout
    var output: [UInt8] = []

    mutating func write(_ value: StrictJSON, depth: Int) throws(JSONError) {
        switch value {
        case .null: append("null")
        case .bool(let flag): append(flag ? "true" : "false")
        case .integer(let integer): append(integer.description)
        case .number(let number):
            guard number.isFinite else {
                throw JSONError(at: "JSON text", "cannot express the number \(number)")
            }
            append(number.description)
        case .string(let text): write(text)
        case .array(let elements):
            try writeList("[", "]", count: elements.count, depth: depth) {
                (writer, index) throws(JSONError) in
                try writer.write(elements[index], depth: depth + 1)
            }
        case .object(let members):
            let sorted = members.sorted { precedesByBytes($0.key, $1.key) }
            try writeList("{", "}", count: sorted.count, depth: depth) {
                (writer, index) throws(JSONError) in
                writer.write(sorted[index].key)
                writer.append(writer.layout == .indented ? ": " : ":")
                try writer.write(sorted[index].value, depth: depth + 1)
            }
        }
    }

    private mutating func writeList(
        _ open: String,
        _ close: String,
        count: Int,
        depth: Int,
        item: (inout JSONWriter, Int) throws(JSONError) -> Void
    ) throws(JSONError) {
        append(open)
        for index in 0..<count {
            if index > 0 { append(",") }
            breakLine(depth: depth + 1)
            try item(&self, index)
        }
        if count > 0 { breakLine(depth: depth) }
        append(close)
    }

    private mutating func write(_ text: String) {
        append("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x08: append("\\b")
            case 0x09: append("\\t")
            case 0x0A: append("\\n")
            case 0x0C: append("\\f")
            case 0x0D: append("\\r")
            case 0..<0x20: append(byte < 0x10 ? "\\u000" : "\\u00", String(byte, radix: 16))
            default: output.append(byte)
            }
        }
        append("\"")
    }

    private mutating func breakLine(depth: Int) {
        guard layout == .indented else { return }
        append("\n")
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func append(_ parts: String...) {
        for part in parts { output.append(contentsOf: part.utf8) }
    }
}
