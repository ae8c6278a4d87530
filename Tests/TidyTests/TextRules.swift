/// Rules that need no more than the lines of a file.
enum TextRules {
    /// Most columns of a line of code.
    static let maximumColumns = 100
    /// Most lines of a file of code.
    static let maximumLines = 500

    /// No line of code is longer than ``maximumColumns``.
    static func lineLength(_ file: SourceText) -> [Violation] {
        guard file.isSwift || file.isC || file.path.hasPrefix(".ci/") else { return [] }
        return file.lines.enumerated().compactMap { index, line in
            // Most lines are far too short for their characters to need counting.
            guard line.utf8.count > maximumColumns, line.count > maximumColumns else { return nil }
            return file.violation(at: index, "the line has \(line.count) columns")
        }
    }

    /// No file of code is longer than ``maximumLines``.
    static func fileLength(_ file: SourceText) -> [Violation] {
        guard file.isSwift || file.isC, file.lines.count > maximumLines else { return [] }
        return [file.violation(at: 0, "the file has \(file.lines.count) lines")]
    }

    /// What is left to do names the issue that will see it done.
    static func openWork(_ file: SourceText) -> [Violation] {
        let marks = ["TODO", "FIXME", "XXX", "HACK"]
        return file.comments.enumerated().flatMap { index, comment in
            marks.compactMap { mark in
                guard let range = comment.firstRange(of: mark) else { return nil }
                let rest = comment[range.upperBound...]
                let issue = rest.dropFirst(2).prefix { $0.isNumber }
                if mark == "TODO", rest.hasPrefix("(#"), !issue.isEmpty,
                    rest.dropFirst(2 + issue.count).hasPrefix("):")
                {
                    return nil
                }
                return file.violation(at: index, "\(mark) without an issue: write TODO(#12):")
            }
        }
    }

    /// No path of somebody's machine stands in a file, and no fixed temporary one in the product.
    static func machinePaths(_ file: SourceText) -> [Violation] {
        let folders = ["home", "work", "root", "Users"] + (file.sourceTarget == nil ? [] : ["tmp"])
        return file.lines.enumerated().flatMap { index, line in
            folders.compactMap { folder in
                guard line.contains("/"), hasPath(folder, in: line) else { return nil }
                return file.violation(at: index, "the path of a machine: /\(folder)/")
            }
        }
    }

    /// Whether an absolute path under a folder begins somewhere in a line.
    private static func hasPath(_ folder: String, in line: String) -> Bool {
        var rest = line[...]
        while let range = rest.firstRange(of: "/\(folder)/") {
            let before = line[..<range.lowerBound].last
            guard let before, before.isLetter || before.isNumber || "._-})".contains(before) else {
                return true
            }
            rest = rest[range.upperBound...]
        }
        return false
    }

    /// A document has one title, in its first line.
    static func title(_ file: SourceText) -> [Violation] {
        guard file.path.hasSuffix(".md") else { return [] }
        var isListing = false
        var titles: [Int] = []
        for (index, line) in file.lines.enumerated() {
            if line.hasPrefix("```") { isListing.toggle() }
            if !isListing, line.hasPrefix("# ") { titles.append(index) }
        }
        guard titles != [0] else { return [] }
        return [
            file.violation(at: titles.last ?? 0, "a document has one title, in its first line")
        ]
    }

    /// A file's name says what is in it.
    static func fileName(_ file: SourceText) -> [Violation] {
        let empty = ["Utils", "Utilities", "Helpers", "Common", "Manager", "Extras", "Misc"]
        guard let word = empty.first(where: { file.stem.hasSuffix($0) }) else { return [] }
        return [file.violation(at: 0, "a name that says nothing: \(word)")]
    }
}
