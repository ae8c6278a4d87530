import Testing

@Suite struct DeclarationRulesTests {
    @Test func whatOthersSeeIsDocumented() { expectHolds(DeclarationRules.documentation) }

    @Test(arguments: [
        ("package struct A {}", [1]),
        ("/// A.\npackage struct A {\n    package init() {}\n}", [3]),
        ("// A comment.\npublic func a() {}", [2]),
        ("package static let a = 1", [1]),
        ("package private(set) var a = 1", [1]),
        ("public final class A {}", [1]),
        ("/// A.\n@frozen\npublic struct A {}", []),
        ("/// A.\npackage mutating func a() {}", []),
        ("package import A\npublic import B", []),
        ("struct A {}\nprivate func b() {}", []),
        ("let a = \"package struct A\"  // public struct A", []),
    ])
    func findsUndocumentedDeclarations(text: String, lines: [Int]) {
        #expect(findings(of: DeclarationRules.documentation, in: text) == lines)
    }

    @Test func noFunctionIsTooLong() { expectHolds(DeclarationRules.functionLength) }

    @Test(arguments: [
        "func a() {",
        "package mutating func a<B>(\n    b: B,\n    c: () -> Void = {}\n)\nwhere B: C\n{",
        "init?(a: Int) {",
        "var a: Int {",
        "deinit {",
        "subscript(a: Int) -> Int {",
    ])
    func findsLongFunctions(head: String) {
        let headCount = head.split(separator: "\n").count
        let fits = String(repeating: "    if a { b() }\n", count: 60 - headCount - 1)
        let before = "protocol P {\n    func a()\n\n    var b: Int { get }\n}\n\n"
        let text = "\(before)\(head)\n\(fits)}\n"
        #expect(findings(of: DeclarationRules.functionLength, in: text) == [])
        let longer = "\(before)\(head)\n\(fits)    b()\n}\n"
        #expect(findings(of: DeclarationRules.functionLength, in: longer) == [7])
    }

    @Test func findsLongFunctionsOfC() {
        let fits = String(repeating: "    if (a) { b(); }\n", count: 57)
        let head = "struct s {\n    int a;\n};\nint f(int);\n"
        let path = "Sources/A/b.c"
        let text = "\(head)int f(int a,\n      int b) {\n\(fits)}\n"
        #expect(findings(of: DeclarationRules.functionLength, in: text, at: path) == [])
        let longer = "\(head)int f(int a,\n      int b) {\n\(fits)    b();\n}\n"
        #expect(findings(of: DeclarationRules.functionLength, in: longer, at: path) == [5])
    }

    @Test func noTypeHidesItsModule() { expectHolds(DeclarationRules.moduleName) }

    @Test(arguments: [
        ("package enum ModelGraph {}", [1]),
        ("final class ModelGraph: A {}", [1]),
        ("typealias ModelGraph = Int", [1]),
        ("struct ModelGraphError {}", []),
        ("let a = ModelGraph.Graph()", []),
    ])
    func findsTypesNamedLikeTheirModule(text: String, lines: [Int]) {
        #expect(findings(of: DeclarationRules.moduleName, in: text) == lines)
    }

    @Test func uncheckedClaimsNameTheirInvariant() {
        expectHolds(DeclarationRules.uncheckedClaims)
        let count = Repository.files.map { DeclarationRules.claims($0).count }.reduce(0, +)
        print("unchecked claims to the compiler: \(count)")
    }

    @Test(arguments: [
        ("final class A: @unchecked Sendable {}", [1]),
        ("/// A class.\nfinal class A: @unchecked Sendable {}", [2]),
        ("nonisolated(unsafe) var a = 1", [1]),
        ("// Invariant: one thread.\nfinal class A: @unchecked Sendable {}", []),
        ("nonisolated(unsafe) var a = 1  // written before the thread starts", []),
        ("struct A: Sendable {}", []),
    ])
    func findsUnexplainedClaims(text: String, lines: [Int]) {
        #expect(findings(of: DeclarationRules.uncheckedClaims, in: text) == lines)
    }
}
