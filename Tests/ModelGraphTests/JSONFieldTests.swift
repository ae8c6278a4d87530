import ModelGraph
import Testing

@Suite struct JSONFieldTests {
    private let root = JSONField(
        [
            "tolerance": ["fake": ["relativeL2": "loose"], "grad.main.0": ["cosine": 0.9]],
            "steps": [1, 2.5, "x"], "name": "case", "isSlow": false, "count": 3,
        ],
        document: "case.json"
    )

    private func expectMessage(
        _ message: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws -> Void
    ) {
        let error = #expect(throws: JSONError.self, sourceLocation: sourceLocation) { try body() }
        #expect(error?.description == message, sourceLocation: sourceLocation)
    }

    @Test func readsTypedValues() throws {
        #expect(try root["name"].string() == "case")
        #expect(try root["isSlow"].bool() == false)
        #expect(try root["count"].integer() == 3)
        #expect(try root["count"].number() == 3)
        #expect(try root["count"].integer(in: 1...3) == 3)
        #expect(try root["steps"].elements()[1].number() == 2.5)
        #expect(try root["tolerance"]["grad.main.0"]["cosine"].number() == 0.9)
        #expect(try root.optional("name")?.string() == "case")
        #expect(try root.optional("absent") == nil)
        #expect(try root["tolerance"].members().map(\.key) == ["fake", "grad.main.0"])
    }

    @Test func saysWhereAndWhat() {
        expectMessage(
            "case.json: tolerance.fake.relativeL2: expected a number, found a string"
        ) { _ = try root["tolerance"]["fake"]["relativeL2"].number() }
        expectMessage("case.json: tolerance.real: missing") {
            _ = try root["tolerance"]["real"]
        }
        expectMessage("case.json: steps[1]: expected an integer, found a number") {
            _ = try root["steps"].elements()[1].integer()
        }
        expectMessage(
            #"case.json: tolerance."grad.main.0".cosine: expected a string, found a number"#
        ) { _ = try root["tolerance"]["grad.main.0"]["cosine"].string() }
        expectMessage("case.json: count: expected 5...9, found 3") {
            _ = try root["count"].integer(in: 5...9)
        }
        expectMessage("case.json: name: expected an object, found a string") {
            _ = try root["name"]["x"]
        }
        expectMessage("case.json: expected an array, found an object") {
            _ = try root.elements()
        }
        expectMessage("case.json: name: expected a boolean, found a string") {
            _ = try root["name"].bool()
        }
    }

    @Test func refusesUnknownMembers() {
        #expect(throws: Never.self) {
            try root["tolerance"].requireOnly(["fake", "grad.main.0", "other"])
        }
        expectMessage(#"case.json: tolerance."grad.main.0": unexpected"#) {
            try root["tolerance"].requireOnly(["fake"])
        }
    }

    @Test func refusesIntegersNoDoubleHolds() {
        let field = JSONField(.integer((1 << 53) + 1), document: "d")
        expectMessage("d: expected a number, found an integer no double holds") {
            _ = try field.number()
        }
    }
}
