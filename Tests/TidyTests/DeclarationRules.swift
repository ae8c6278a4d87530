/// Rules about what a file declares.
enum DeclarationRules {
    /// Most lines of a function, from its first line to its closing brace.
    static let maximumFunctionLines = 60

    private static let modifiers: Set<Substring> = [
        "public", "package", "internal", "private", "fileprivate", "static", "final", "mutating",
        "nonmutating", "consuming", "borrowing", "override", "nonisolated", "isolated", "lazy",
        "weak", "indirect", "required", "convenience", "async", "unsafe", "class",
    ]
    private static let introducers: Set<Substring> = [
        "func", "var", "let", "init", "struct", "class", "enum", "actor", "protocol", "typealias",
        "subscript", "deinit", "associatedtype", "macro",
    ]

    /// The words of a line with attributes and what follows a word's first parenthesis left out.
    private static func words(_ line: String) -> [Substring] {
        line.split(separator: " ").filter { !$0.hasPrefix("@") }.map { word in
            word.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        }
    }

    /// The keyword of the declaration that a line begins, and whether other targets see it.
    static func declaration(_ line: String) -> (keyword: Substring, isVisible: Bool)? {
        let words = words(line)
        guard let first = words.firstIndex(where: { !modifiers.contains($0) }) else {
            // "class" is a modifier of members and an introducer of types.
            return nil
        }
        var keyword = words[first]
        if !introducers.contains(keyword) {
            guard first > 0, words[first - 1] == "class" else { return nil }
            keyword = "class"
        }
        let isVisible = words[..<first].contains { $0 == "public" || $0 == "package" }
        return (keyword, isVisible)
    }

    /// What protocols of the language ask for, and document.
    private static let witnesses = [
        "var description: String", "func hash(into", "static func == ", "func next() ",
        "init(arrayLiteral", "init(dictionaryLiteral", "init(stringLiteral",
        "init(integerLiteral", "init(floatLiteral", "init(booleanLiteral", "init(nilLiteral",
    ]

    /// What other targets see is documented.
    static func documentation(_ file: SourceText) -> [Violation] {
        guard file.isSwift else { return [] }
        return file.code.enumerated().compactMap { index, line in
            guard line.contains("public ") || line.contains("package "),
                let declaration = declaration(line), declaration.isVisible,
                !isDocumented(index, in: file), !witnesses.contains(where: line.contains)
            else { return nil }
            return file.violation(at: index, "a visible \(declaration.keyword) without '///'")
        }
    }

    private static func isDocumented(_ index: Int, in file: SourceText) -> Bool {
        var above = index - 1
        while above >= 0, file.code[above].drop(while: { $0 == " " }).hasPrefix("@") { above -= 1 }
        guard above >= 0 else { return false }
        return file.lines[above].drop { $0 == " " }.hasPrefix("///")
    }

    /// No function is longer than ``maximumFunctionLines``.
    static func functionLength(_ file: SourceText) -> [Violation] {
        let bodies = file.isSwift ? swiftFunctions(file) : file.isC ? cFunctions(file) : []
        return bodies.compactMap { first, last in
            let count = last - first + 1
            guard count > maximumFunctionLines else { return nil }
            return file.violation(at: first, "the function has \(count) lines")
        }
    }

    /// First and last lines of functions, initialisers and computed properties with a body.
    private static func swiftFunctions(_ file: SourceText) -> [(first: Int, last: Int)] {
        let withBodies: Set<Substring> = ["func", "init", "deinit", "subscript", "var"]
        var bytes: [[UInt8]]?
        return file.code.indices.compactMap { index in
            guard let declaration = declaration(file.code[index]),
                withBodies.contains(declaration.keyword)
            else { return nil }
            let lines = bytes ?? file.code.map { Array($0.utf8) }
            bytes = lines
            return endOfBody(from: index, of: lines).map { (index, $0) }
        }
    }

    /// The line with the brace that closes the body of the declaration at `first`; nil without one.
    private static func endOfBody(from first: Int, of lines: [[UInt8]]) -> Int? {
        var parentheses = 0
        var braces = 0
        for index in first..<lines.count {
            if braces == 0, parentheses == 0, index > first, !continues(lines[index]) { return nil }
            for byte in lines[index] {
                switch byte {
                case UInt8(ascii: "("), UInt8(ascii: "["): parentheses += 1
                case UInt8(ascii: ")"), UInt8(ascii: "]"): parentheses -= 1
                case UInt8(ascii: "{") where braces > 0 || parentheses == 0: braces += 1
                case UInt8(ascii: "}") where braces > 0:
                    braces -= 1
                    if braces == 0 { return index }
                default: break
                }
            }
        }
        return nil
    }

    /// Whether a line goes on with the declaration that the lines before it have begun.
    private static func continues(_ line: [UInt8]) -> Bool {
        let text = String(decoding: line, as: UTF8.self).drop { $0 == " " }
        guard let first = text.first else { return false }
        return first == "{" || first == "-" || first == ")"
            || ["throws", "async", "where"].contains { text.hasPrefix($0) }
    }

    /// First and last lines of blocks at the outermost level that follow a parenthesis.
    private static func cFunctions(_ file: SourceText) -> [(first: Int, last: Int)] {
        var functions: [(first: Int, last: Int)] = []
        var depth = 0
        var first: Int?
        var last: Character?
        for (index, line) in file.code.enumerated() where !line.hasPrefix("#") {
            if depth == 0, let start = line.first, start.isLetter, !line.hasSuffix(";") {
                first = index
            }
            for character in line where character != " " {
                if character == "{" {
                    if depth == 0, last != ")" { first = nil }
                    depth += 1
                } else if character == "}" {
                    depth -= 1
                    if depth == 0, let start = first {
                        functions.append((start, index))
                        first = nil
                    }
                }
                last = character
            }
        }
        return functions
    }

    /// No type is named like the module it is in, where it would hide the module's name.
    static func moduleName(_ file: SourceText) -> [Violation] {
        guard file.isSwift, let module = file.sourceTarget ?? file.testTarget else { return [] }
        let types: Set<Substring> = ["struct", "class", "enum", "actor", "protocol", "typealias"]
        return file.code.enumerated().compactMap { index, line in
            guard line.contains(module), let keyword = declaration(line)?.keyword,
                types.contains(keyword)
            else { return nil }
            let words = words(line)
            guard let place = words.firstIndex(of: keyword), place + 1 < words.count,
                words[place + 1] == module
            else { return nil }
            return file.violation(at: index, "a type named like its module, \(module)")
        }
    }

    /// What the compiler is told to believe is explained where it is told.
    static func uncheckedClaims(_ file: SourceText) -> [Violation] {
        claims(file).compactMap { index in
            if file.comments[index].contains("//") { return nil }
            var above = index - 1
            var explanation = ""
            while above >= 0, file.code[above].allSatisfy({ $0 == " " }),
                !file.comments[above].isEmpty
            {
                explanation += file.comments[above].lowercased()
                above -= 1
            }
            let isExplained = ["invariant", "unchecked sendable", "nonisolated(unsafe)"].contains {
                explanation.contains($0)
            }
            guard !isExplained else { return nil }
            return file.violation(at: index, "an unchecked claim without its invariant above it")
        }
    }

    /// Lines with an unchecked claim.
    static func claims(_ file: SourceText) -> [Int] {
        file.code.indices.filter { index in
            let line = file.code[index]
            return line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)")
        }
    }
}
