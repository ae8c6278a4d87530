/// One pass over a JSON text (RFC 8259).
struct JSONParser {
    private let bytes: [UInt8]
    private let document: String
    private var position = 0

    init(bytes: [UInt8], document: String) {
        self.bytes = bytes
        self.document = document
    }

    mutating func parseDocument() throws(JSONError) -> StrictJSON {
        // Checked once for the whole text, so that any slice between ASCII bytes is valid too.
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONError(at: document, "the text is not valid UTF-8")
        }
        skipWhitespace()
        let value = try parseValue(depth: 0)
        skipWhitespace()
        guard position == bytes.count else { throw failure("expected the end of the text") }
        return value
    }

    private mutating func parseValue(depth: Int) throws(JSONError) -> StrictJSON {
        guard let byte = current else { throw failure("expected a value, the text ends") }
        switch byte {
        case UInt8(ascii: "{"): return .object(try parseObject(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try parseArray(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        case UInt8(ascii: "t"): return try parseLiteral("true", .bool(true))
        case UInt8(ascii: "f"): return try parseLiteral("false", .bool(false))
        case UInt8(ascii: "n"): return try parseLiteral("null", .null)
        default: throw failure("expected a value")
        }
    }

    private mutating func parseObject(
        depth: Int
    ) throws(JSONError) -> [String: StrictJSON] {
        try checkDepth(depth)
        position += 1
        skipWhitespace()
        var members: [String: StrictJSON] = [:]
        if consume(UInt8(ascii: "}")) { return members }
        while true {
            let start = position
            guard current == UInt8(ascii: "\"") else { throw failure("expected a key") }
            let key = try parseString()
            skipWhitespace()
            guard consume(UInt8(ascii: ":")) else { throw failure("expected ':'") }
            skipWhitespace()
            let value = try parseValue(depth: depth)
            guard members.updateValue(value, forKey: key) == nil else {
                position = start
                throw failure("the key \"\(key)\" appears twice")
            }
            skipWhitespace()
            if consume(UInt8(ascii: "}")) { return members }
            guard consume(UInt8(ascii: ",")) else { throw failure("expected ',' or '}'") }
            skipWhitespace()
        }
    }

    private mutating func parseArray(depth: Int) throws(JSONError) -> [StrictJSON] {
        try checkDepth(depth)
        position += 1
        skipWhitespace()
        var elements: [StrictJSON] = []
        if consume(UInt8(ascii: "]")) { return elements }
        while true {
            elements.append(try parseValue(depth: depth))
            skipWhitespace()
            if consume(UInt8(ascii: "]")) { return elements }
            guard consume(UInt8(ascii: ",")) else { throw failure("expected ',' or ']'") }
            skipWhitespace()
        }
    }

    private mutating func parseString() throws(JSONError) -> String {
        position += 1
        var content: [UInt8] = []
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"):
                position += 1
                content.append(contentsOf: String(try parseEscape()).utf8)
            case 0..<0x20:
                throw failure("a control character in a string; escape it")
            default:
                content.append(byte)
                position += 1
            }
        }
        throw failure("expected '\"', the text ends")
    }

    private mutating func parseEscape() throws(JSONError) -> Unicode.Scalar {
        guard let byte = current else { throw failure("expected an escape, the text ends") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try parseUnicodeEscape()
        default:
            position -= 1
            throw failure("an unknown escape")
        }
    }

    private mutating func parseUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = position
        let first = try parseFourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, consume(UInt8(ascii: "\\")), consume(UInt8(ascii: "u")) {
            let second = try parseFourDigits()
            let code = 0x10000 + ((first & 0x3FF) << 10) + (second & 0x3FF)
            if second >> 10 == 0x37, let scalar = Unicode.Scalar(code) { return scalar }
        }
        position = start
        throw failure("half of a surrogate pair")
    }

    private mutating func parseFourDigits() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue
            else { throw failure("expected a hexadecimal digit") }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    private mutating func parseNumber() throws(JSONError) -> StrictJSON {
        let start = position
        let isNegative = consume(UInt8(ascii: "-"))
        if !consume(UInt8(ascii: "0")) {
            try consumeDigits()
        } else if let byte = current, isDigit(byte) {
            throw failure("a number with a leading zero")
        }
        var isInteger = true
        if consume(UInt8(ascii: ".")) {
            isInteger = false
            try consumeDigits()
        }
        if consume(UInt8(ascii: "e")) || consume(UInt8(ascii: "E")) {
            isInteger = false
            if !consume(UInt8(ascii: "+")) { _ = consume(UInt8(ascii: "-")) }
            try consumeDigits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger {
            guard let integer = Int(text) else {
                position = start
                throw failure("an integer beyond 64 bits")
            }
            return isNegative && integer == 0 ? .number(-0.0) : .integer(integer)
        }
        guard let number = Double(text), number.isFinite else {
            position = start
            throw failure("a number beyond double precision")
        }
        return .number(number)
    }

    private mutating func consumeDigits() throws(JSONError) {
        guard let byte = current, isDigit(byte) else { throw failure("expected a digit") }
        while let byte = current, isDigit(byte) { position += 1 }
    }

    private mutating func parseLiteral(
        _ literal: StaticString,
        _ value: StrictJSON
    ) throws(JSONError) -> StrictJSON {
        for expected in "\(literal)".utf8 where !consume(expected) {
            throw failure("expected '\(literal)'")
        }
        return value
    }

    private func checkDepth(_ depth: Int) throws(JSONError) {
        guard depth <= StrictJSON.maximumDepth else {
            throw failure("nesting deeper than \(StrictJSON.maximumDepth)")
        }
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func consume(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhitespace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private func failure(_ fact: String) -> JSONError {
        JSONError(at: "\(document): byte \(position)", fact)
    }
}
