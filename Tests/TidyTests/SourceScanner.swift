/// Tells code, comments and string literals of Swift or C apart.
struct SourceScanner {
    private let bytes: [UInt8]
    private let isSwift: Bool
    private var position = 0
    /// The text without comments and without the insides of strings; line breaks are kept.
    private(set) var code: [UInt8] = []
    /// The text of comments; line breaks are kept.
    private(set) var comments: [UInt8] = []

    /// A scanner at the beginning of a text.
    init(_ bytes: [UInt8], isSwift: Bool) {
        self.bytes = bytes
        self.isSwift = isSwift
    }

    /// Reads the whole text.
    mutating func scan() {
        while position < bytes.count { scanCode() }
    }

    private func starts(with text: StaticString, at offset: Int = 0) -> Bool {
        let start = position + offset
        guard start + text.utf8CodeUnitCount <= bytes.count else { return false }
        for index in 0..<text.utf8CodeUnitCount where bytes[start + index] != text.utf8Start[index]
        {
            return false
        }
        return true
    }

    private mutating func keep() {
        if bytes[position] == UInt8(ascii: "\n") { comments.append(bytes[position]) }
        code.append(bytes[position])
        position += 1
    }

    private mutating func comment() {
        if bytes[position] == UInt8(ascii: "\n") { code.append(bytes[position]) }
        comments.append(bytes[position])
        position += 1
    }

    private mutating func drop() {
        if bytes[position] == UInt8(ascii: "\n") {
            code.append(bytes[position])
            comments.append(bytes[position])
        }
        position += 1
    }

    /// One token's worth of code, or a whole comment or string.
    private mutating func scanCode() {
        if starts(with: "//") {
            while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { comment() }
        } else if starts(with: "/*") {
            scanBlockComment()
        } else if starts(with: "\"") || (isSwift && starts(with: "#\"")) {
            scanString()
        } else if !isSwift, starts(with: "'") {
            scanCharacter()
        } else {
            keep()
        }
    }

    private mutating func scanBlockComment() {
        var depth = 0
        while position < bytes.count {
            if starts(with: "/*"), isSwift || depth == 0 {
                depth += 1
                comment()
                comment()
            } else if starts(with: "*/") {
                depth -= 1
                comment()
                comment()
                if depth == 0 { return }
            } else {
                comment()
            }
        }
    }

    private mutating func scanCharacter() {
        keep()
        while position < bytes.count, !starts(with: "'"), !starts(with: "\n") {
            if starts(with: "\\"), position + 1 < bytes.count { drop() }
            drop()
        }
        if starts(with: "'") { keep() }
    }

    /// A string with its quotes kept; what is interpolated is left out with the rest.
    private mutating func scanString() {
        let isRaw = starts(with: "#")
        if isRaw { keep() }
        let isLong = isSwift && starts(with: "\"\"\"")
        for _ in 0..<(isLong ? 3 : 1) { keep() }
        while position < bytes.count {
            if isLong ? starts(with: "\"\"\"") : starts(with: "\"") || starts(with: "\n") {
                guard !isRaw || starts(with: "#", at: isLong ? 3 : 1) || starts(with: "\n") else {
                    drop()
                    continue
                }
                for _ in 0..<(isLong ? 3 : 1) { keep() }
                if isRaw, starts(with: "#") { keep() }
                return
            }
            if isSwift, starts(with: isRaw ? "\\#(" : "\\(") {
                scanInterpolation()
            } else if !isRaw, starts(with: "\\"), position + 1 < bytes.count {
                drop()
                drop()
            } else {
                drop()
            }
        }
    }

    /// From the backslash to the matching parenthesis, strings inside included.
    private mutating func scanInterpolation() {
        let kept = (code.count, comments.count)
        var depth = 0
        while position < bytes.count {
            if starts(with: "(") {
                depth += 1
            } else if starts(with: ")") {
                depth -= 1
                if depth == 0 {
                    drop()
                    break
                }
            } else if starts(with: "\"") {
                scanString()
                continue
            }
            drop()
        }
        // Nested strings keep their quotes; here they are inside of a string themselves.
        let lineBreaks = code[kept.0...].filter { $0 == UInt8(ascii: "\n") }
        code.replaceSubrange(kept.0..., with: lineBreaks)
        comments.replaceSubrange(kept.1..., with: lineBreaks)
    }
}
