import Testing

@Suite struct LayoutRulesTests {
    @Test func theRootHoldsWhatTheArchitectureSays() throws {
        #expect(LayoutRules.root(try Repository.namesAtRoot()) == [])
    }

    @Test func findsWhatDoesNotBelongAtTheRoot() {
        let needed = ["Package.swift", "README.md", "Sources", "Tests", ".ci"]
        #expect(LayoutRules.root(needed + ["udev", "firmware"]) == [])
        #expect(LayoutRules.root(needed + ["docs"]) == ["'docs' does not belong at the root"])
        #expect(LayoutRules.root(needed.dropFirst()) == ["'Package.swift' is missing at the root"])
    }

    @Test func testsStandBesideWhatTheyTest() {
        expectHolds { LayoutRules.tests($0, targets: Repository.targets) }
    }

    @Test(arguments: [
        ("import A\n@Suite struct MapTests {\n@Test func a() {}\n}", "ATests/MapTests", []),
        ("import A\nstruct Builder {}", "ATests/Builder", []),
        ("import A\n@Suite struct MapTests {\n@Test func a() {}\n}", "ATests/GraphTests", [3]),
        ("import A\n@Test func a() {}", "ATests/Builder", [2]),
        ("@Suite struct MapTests {\n@Test func a() {}\n}", "ATests/MapTests", [1]),
        ("import A\nstruct Builder {}", "BTests/Builder", [1]),
        ("import A\nstruct Builder {}", "aTests/Builder", []),
        ("struct Builder {}", "TestSupport/Builder", []),
    ])
    func findsTestsWithoutATwin(text: String, path: String, lines: [Int]) {
        let found = findings(
            of: { LayoutRules.tests($0, targets: ["A"]) },
            in: text,
            at: "Tests/\(path).swift"
        )
        #expect(found == lines)
    }
}
