/// A piece of HTML that is well-formed by the way it is made: text is escaped, elements close.
struct Markup: ExpressibleByStringInterpolation, Equatable {
    /// The HTML.
    let html: String

    /// HTML that somebody else made well-formed.
    init(wellFormed html: String) { self.html = html }

    /// A text; what means something in HTML is escaped.
    init(_ text: String) { html = Self.escaped(text) }

    /// A text.
    init(stringLiteral value: String) { self.init(value) }

    /// A text out of pieces.
    init(stringInterpolation: DefaultStringInterpolation) {
        self.init(String(stringInterpolation: stringInterpolation))
    }

    /// Pieces one after another.
    init(_ pieces: [Markup]) { html = pieces.map(\.html).joined(separator: "\n") }

    /// Nothing.
    static let none = Markup(wellFormed: "")

    /// An element around pieces.
    static func element(
        _ name: String,
        _ attributes: KeyValuePairs<String, String> = [:],
        _ content: Markup...
    ) -> Markup {
        element(name, attributes, content)
    }

    /// An element around pieces.
    static func element(
        _ name: String,
        _ attributes: KeyValuePairs<String, String> = [:],
        _ content: [Markup]
    ) -> Markup {
        let inside = content.map(\.html).joined()
        return Markup(wellFormed: "<\(name)\(text(attributes))>\(inside)</\(name)>")
    }

    /// An element that has no content, such as a picture.
    static func void(_ name: String, _ attributes: KeyValuePairs<String, String>) -> Markup {
        Markup(wellFormed: "<\(name)\(text(attributes))>")
    }

    private static func text(_ attributes: KeyValuePairs<String, String>) -> String {
        attributes.map { " \($0)=\"\(escaped($1))\"" }.joined()
    }

    /// A text with everything escaped that means something in HTML, inside attributes too.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // Control characters are no part of HTML.
            case "\t", "\n", "\r": result.unicodeScalars.append(character)
            case "\0"..<" ", "\u{7F}"..."\u{9F}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}

/// Bytes as text of 64 letters (RFC 4648, section 4).
enum Base64 {
    private static let letters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    /// The text, padded with `=`.
    static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= 8 * UInt32(3 - group.count)
            for place in 0..<4 {
                let letter = letters[Int(bits >> (18 - 6 * UInt32(place)) & 63)]
                text.append(place <= group.count ? letter : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
