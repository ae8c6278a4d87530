/// A text file split into what the compiler reads and what it does not, line by line.
struct SourceText: Sendable {
    /// Path from the root of the repository, with slashes.
    let path: String
    /// The lines as they are.
    let lines: [String]
    /// The lines with comments and the insides of string literals left out.
    let code: [String]
    /// What the comments of each line say, with their slashes.
    let comments: [String]

    /// Splits Swift or C; for anything else `code` is the text and there are no comments.
    init(path: String, text: String) {
        self.path = path
        var lines = Self.split(text)
        if lines.last == "" { lines.removeLast() }
        self.lines = lines
        if path.hasSuffix(".swift") || path.hasSuffix(".c") || path.hasSuffix(".h") {
            var scanner = SourceScanner(Array(text.utf8), isSwift: path.hasSuffix(".swift"))
            scanner.scan()
            // Both keep every line break, so they have the lines of the text.
            code = Array(Self.split(scanner.code).prefix(lines.count))
            comments = Array(Self.split(scanner.comments).prefix(lines.count))
        } else {
            code = lines
            comments = lines.map { _ in "" }
        }
    }

    private static func split(_ bytes: [UInt8]) -> [String] {
        split(String(decoding: bytes, as: UTF8.self))
    }

    private static func split(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The folders and the file's name.
    var components: [Substring] { path.split(separator: "/") }

    /// The file's name without folder and extension.
    var stem: String {
        let name = components.last ?? ""
        return String(name.prefix { $0 != "." })
    }

    /// The target under Sources that the file belongs to; nil for any other file.
    var sourceTarget: String? {
        guard components.count > 2, components[0] == "Sources" else { return nil }
        return String(components[1])
    }

    /// The target under Tests that the file belongs to; nil for any other file.
    var testTarget: String? {
        guard components.count > 2, components[0] == "Tests" else { return nil }
        return String(components[1])
    }

    /// Whether the file is Swift.
    var isSwift: Bool { path.hasSuffix(".swift") }
    /// Whether the file is C.
    var isC: Bool { path.hasSuffix(".c") || path.hasSuffix(".h") }

    /// A violation at a line, counted from 0.
    func violation(at line: Int, _ fact: String) -> Violation {
        Violation(path: path, line: line + 1, fact: fact)
    }

    /// The modules that the file imports, with the lines.
    var imports: [(line: Int, module: String)] {
        var found: [(line: Int, module: String)] = []
        for (index, line) in code.enumerated() where isSwift && line.contains("import ") {
            var words = line.split(separator: " ")
            while let word = words.first, word != "import" {
                guard
                    word.first == "@"
                        || ["public", "package", "internal", "private"].contains(word)
                else { break }
                words.removeFirst()
            }
            guard words.first == "import", words.count >= 2 else { continue }
            let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            let name = kinds.contains(String(words[1])) && words.count > 2 ? words[2] : words[1]
            found.append((index, String(name.prefix { $0 != "." })))
        }
        return found
    }
}

/// A place where a rule of the house is broken.
struct Violation: CustomStringConvertible, Sendable {
    var path: String
    /// From 1.
    var line: Int
    var fact: String

    var description: String { "\(path):\(line): \(fact)" }
}
