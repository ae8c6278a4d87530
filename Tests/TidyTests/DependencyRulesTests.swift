import Testing

@Suite struct DependencyRulesTests {
    @Test func librariesBelowTheRuntimeDoWithoutFoundation() {
        expectHolds(DependencyRules.platformImports)
    }

    @Test(arguments: [
        ("import Foundation", "Sources/ModelGraph/A.swift", [1]),
        ("package import struct Foundation.Data", "Sources/FirmwareCore/A.swift", [1]),
        ("import A\nimport Dispatch", "Sources/ChipEmulator/A.swift", [2]),
        ("import XCTest", "Tests/ModelGraphTests/A.swift", [1]),
        ("import Foundation", "Sources/ganctl/A.swift", []),
        ("// import Foundation", "Sources/ModelGraph/A.swift", []),
    ])
    func findsPlatformImports(text: String, path: String, lines: [Int]) {
        #expect(findings(of: DependencyRules.platformImports, in: text, at: path) == lines)
    }

    @Test func onlyProgramsChooseADevice() { expectHolds(DependencyRules.transportImports) }

    @Test(arguments: [
        ("Sources/AcceleratorRuntime/A.swift", [1]),
        ("Sources/AcceleratorDriver/A.swift", [1]),
        ("Sources/ganctl/A.swift", []),
        ("Tests/AcceleratorDriverTests/A.swift", []),
    ])
    func findsTransportsOutsideOfPrograms(path: String, lines: [Int]) {
        let text = "import ChipEmulator"
        #expect(findings(of: DependencyRules.transportImports, in: text, at: path) == lines)
    }

    @Test func librariesThrowInsteadOfTrapping() { expectHolds(DependencyRules.callsInLibraries) }

    @Test(arguments: [
        ("let a = try! b()", "Sources/ModelGraph/A.swift", [1]),
        ("else { fatalError(\"no\") }", "Sources/ModelGraph/A.swift", [1]),
        ("    print(a)", "Sources/ModelGraph/A.swift", [1]),
        ("let a = getenv(\"A\")", "Sources/ChipEmulator/A.swift", [1]),
        ("blueprint(a); writer.print(a)", "Sources/ModelGraph/A.swift", []),
        ("let a = \"try! fatalError( print(\"  // print(", "Sources/ModelGraph/A.swift", []),
        ("print(a)", "Sources/ganctl/A.swift", []),
        ("try! a()", "Tests/ModelGraphTests/A.swift", []),
    ])
    func findsTrapsAndOutputInLibraries(text: String, path: String, lines: [Int]) {
        #expect(findings(of: DependencyRules.callsInLibraries, in: text, at: path) == lines)
    }

    @Test func tasksOfLibrariesHaveAParent() { expectHolds(DependencyRules.unstructuredTasks) }

    @Test(arguments: [
        ("Task { a() }", "Sources/AcceleratorDriver/A.swift", [1]),
        ("let a = Task.detached { }", "Sources/AcceleratorDriver/A.swift", [1]),
        ("group.addTask { a() }", "Sources/AcceleratorDriver/A.swift", []),
        ("Task { a() }", "Sources/ganctl/A.swift", []),
    ])
    func findsTasksWithoutAParent(text: String, path: String, lines: [Int]) {
        #expect(findings(of: DependencyRules.unstructuredTasks, in: text, at: path) == lines)
    }
}
