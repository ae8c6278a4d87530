import Testing

/// What a rule finds in an invented file.
func findings(
    of rule: (SourceText) -> [Violation],
    in text: String,
    at path: String = "Sources/ModelGraph/Graph.swift"
) -> [Int] {
    rule(SourceText(path: path, text: text)).map(\.line)
}

/// Expects that no file of the repository breaks a rule; each one that does is named.
func expectHolds(
    _ rule: (SourceText) -> [Violation],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let violations = Repository.files.flatMap(rule)
    let list = violations.map(\.description).joined(separator: "\n")
    #expect(violations.isEmpty, "\n\(list)", sourceLocation: sourceLocation)
}
