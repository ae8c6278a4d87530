/// Rules about where things are.
enum LayoutRules {
    /// What may stand at the root beside hidden files.
    static let roots: Set<String> = [
        "Package.swift", "README.md", "Sources", "Tests", "firmware", "udev",
    ]
    /// What must stand there.
    static let requiredRoots: Set<String> = ["Package.swift", "README.md", "Sources", "Tests"]
    /// Folders under Tests that are about more than one target, or about none.
    static let testsWithoutTwin: Set<String> = [
        "Fixtures", "SimulationTests", "TestSupport", "TidyTests", "TransportConformanceTests",
    ]

    /// The root holds what the architecture page says, and nothing else.
    static func root(_ names: some Sequence<String>) -> [String] {
        let visible = Set(names.filter { !$0.hasPrefix(".") })
        let surplus = visible.subtracting(roots).map { "'\($0)' does not belong at the root" }
        let missing = requiredRoots.subtracting(visible).map { "'\($0)' is missing at the root" }
        return (surplus + missing).sorted()
    }

    /// Tests stand beside what they test: a target for a target, a suite named as its file.
    static func tests(_ file: SourceText, targets: Set<String>) -> [Violation] {
        guard file.isSwift, let target = file.testTarget else { return [] }
        var violations: [Violation] = []
        if !testsWithoutTwin.contains(target) {
            let twin = target.hasSuffix("Tests") ? String(target.dropLast("Tests".count)) : target
            // Programs have names in lower case, tests of programs have not.
            if !targets.contains(where: { $0.lowercased() == twin.lowercased() }) {
                violations.append(file.violation(at: 0, "there is no target \(twin) to test"))
            }
        }
        guard let first = file.code.firstIndex(where: { $0.contains("@Test") }) else {
            return violations
        }
        let isAboutTarget = file.imports.contains { targets.contains($0.module) }
        if target != "TidyTests", !isAboutTarget {
            violations.append(file.violation(at: 0, "the file tests no target: it imports none"))
        }
        let suite = "struct \(file.stem)"
        if !file.stem.hasSuffix("Tests") || !file.code.contains(where: { $0.contains(suite) }) {
            violations.append(file.violation(at: first, "tests outside of a suite like the file"))
        }
        return violations
    }
}
