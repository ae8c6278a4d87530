import Testing

@Suite struct SourceTextTests {
    private func split(_ text: String, path: String = "Sources/A/b.swift") -> SourceText {
        SourceText(path: path, text: text)
    }

    @Test func tellsCodeFromCommentsAndStrings() {
        let file = split(
            #"""
            let a = "// no \"comment\""  // a comment
            /* one /* nested */ still */ let b = 1
            let c = "\(call("x)")) y"
            """#
        )
        #expect(file.code == [#"let a = ""  "#, " let b = 1", #"let c = """#])
        #expect(file.comments == ["// a comment", "/* one /* nested */ still */", ""])
    }

    @Test func leavesLongAndRawStringsOut() {
        let quotes = String(repeating: "\"", count: 3)
        let file = split(
            """
            let a = \(quotes)
                { "quoted" } \\(b(
                    c)) }
                \(quotes)
            let d = #"\\(e) " { "#
            """
        )
        let code = ["let a = " + quotes, "", "", quotes, "let d = #\"\"#"]
        #expect(file.code == code)
        #expect(file.comments == ["", "", "", "", ""])
    }

    @Test func knowsCharactersOfC() {
        let file = split("char a = '\"', b = '\\'';  // c", path: "Sources/A/b.c")
        #expect(file.code == ["char a = '', b = '';  "])
        #expect(file.comments == ["// c"])
    }

    @Test func findsImportsOfAllKinds() {
        let file = split(
            """
            import A
            package import B
            @testable import C
            import struct D.E
            let text = "import F"
            // import G
            """
        )
        #expect(file.imports.map(\.module) == ["A", "B", "C", "D"])
        #expect(file.imports.map(\.line) == [0, 1, 2, 3])
    }

    @Test func findsTheRepository() {
        let paths = Set(Repository.files.map(\.path))
        #expect(paths.contains("Package.swift"))
        #expect(paths.contains(".ci/run"))
        #expect(paths.contains("Sources/CDatapathKernels/include/CDatapathKernels.h"))
        #expect(paths.contains("Tests/TidyTests/SourceTextTests.swift"))
        #expect(!paths.contains { $0.hasPrefix(".build") })
        #expect(Repository.targets.isSuperset(of: ["AcceleratorISA", "ChipEmulator", "ganctl"]))
    }
}
