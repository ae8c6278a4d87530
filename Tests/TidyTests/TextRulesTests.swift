import Testing

@Suite struct TextRulesTests {
    @Test func noLineIsTooLong() { expectHolds(TextRules.lineLength) }

    @Test func findsALongLine() {
        let fits = String(repeating: "é", count: 100)
        #expect(findings(of: TextRules.lineLength, in: "\(fits)\n\(fits)x\n") == [2])
        #expect(findings(of: TextRules.lineLength, in: fits + "x", at: "README.md") == [])
    }

    @Test func noFileIsTooLong() { expectHolds(TextRules.fileLength) }

    @Test func findsALongFile() {
        let fits = String(repeating: "//\n", count: 500)
        #expect(findings(of: TextRules.fileLength, in: fits) == [])
        #expect(findings(of: TextRules.fileLength, in: fits + "//") == [1])
    }

    @Test func openWorkHasAnIssue() { expectHolds(TextRules.openWork) }

    @Test(arguments: [
        ("// TODO: later", [1]),
        ("// TODO(#): later", [1]),
        ("// TODO(#12) later", [1]),
        ("let a = 1  // FIXME(#3): b", [1]),
        ("// TODO(#12): later", []),
        ("let a = \"TODO\"", []),
    ])
    func findsOpenWorkWithoutAnIssue(text: String, lines: [Int]) {
        #expect(findings(of: TextRules.openWork, in: text) == lines)
    }

    @Test func noPathOfAMachineIsLeft() { expectHolds(TextRules.machinePaths) }

    @Test func findsPathsOfAMachine() {
        for folder in ["home", "work", "root", "Users", "tmp"] {
            let path = "/" + folder + "/a"
            #expect(findings(of: TextRules.machinePaths, in: "let a = \"\(path)\"") == [1])
            #expect(findings(of: TextRules.machinePaths, in: "// see \(path)") == [1])
            #expect(findings(of: TextRules.machinePaths, in: "let a = \"b\(path)\"") == [])
        }
        let temporary = "let a = \"/" + "tmp/a\""
        #expect(findings(of: TextRules.machinePaths, in: temporary, at: "Tests/A/B.swift") == [])
    }

    @Test func documentsHaveOneTitle() { expectHolds(TextRules.title) }

    @Test(arguments: [
        ("text", [1]),
        ("text\n# A", [2]),
        ("# A\n## B\n# C", [3]),
        ("# A\n```\n# a comment\n```\n", []),
    ])
    func findsDocumentsWithoutOneTitle(text: String, lines: [Int]) {
        #expect(findings(of: TextRules.title, in: text, at: "README.md") == lines)
    }

    @Test func filesHaveNamesThatSaySomething() { expectHolds(TextRules.fileName) }

    @Test func findsEmptyNames() {
        let path = "Sources/A/MapUtils.swift"
        #expect(findings(of: TextRules.fileName, in: "", at: path) == [1])
        #expect(findings(of: TextRules.fileName, in: "", at: "Sources/A/Map.swift") == [])
    }

    @Test func theReadmeIsShortAndHasBothCommands() throws {
        let readme = try #require(Repository.files.first { $0.path == "README.md" })
        #expect(readme.lines.count < 120)
        for heading in ["## Run it", "## Run the tests"] {
            let place = try #require(readme.lines.firstIndex(of: heading))
            let section = readme.lines[(place + 1)...].prefix { !$0.hasPrefix("## ") }
            #expect(section.filter { $0.hasPrefix("```") }.count >= 2, "no command: \(heading)")
        }
    }
}
