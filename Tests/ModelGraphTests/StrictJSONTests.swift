import ModelGraph
import Testing

@Suite struct StrictJSONTests {
    private func parse(_ text: String) throws(JSONError) -> StrictJSON {
        try StrictJSON(parsing: Array(text.utf8), document: "t.json")
    }

    @Test func readsEveryKindOfValue() throws {
        let value = try parse(
            #" { "a" : [ 1 , -2.5e-3 , true , false , null ] , "b" : { } , "c" : "x" } "#
        )
        #expect(
            value == ["a": [1, .number(-0.0025), true, false, nil], "b": [:], "c": "x"]
        )
    }

    @Test(arguments: [
        (#""\u00e9\n\"\\\/\b\f\r\t""#, "é\n\"\\/\u{8}\u{C}\r\t"),
        (#""\ud83d\ude00""#, "😀"), (#""\uD7FF\uE000""#, "\u{D7FF}\u{E000}"),
        (#""ü😀""#, "ü😀"), (#""""#, ""), (#""\u0000""#, "\0"),
    ])
    func readsStrings(text: String, string: String) throws {
        #expect(try parse(text) == .string(string))
    }

    @Test(arguments: [
        ("0", StrictJSON.integer(0)), ("-7", .integer(-7)), ("-0", .number(-0.0)),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("1e-08", .number(1e-8)), ("1.0", .number(1)), ("5E+2", .number(500)),
        ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)), ("1e-999", .number(0)),
    ])
    func readsNumbers(text: String, value: StrictJSON) throws {
        #expect(try parse(text) == value)
    }

    @Test(arguments: [
        ("", "byte 0: expected a value"), ("  ", "the text ends"), ("[1,]", "expected a value"),
        ("[1 2]", "expected ','"), ("{\"a\":1,}", "expected a key"), ("{a:1}", "expected a key"),
        ("{\"a\" 1}", "expected ':'"), ("{\"a\":1 \"b\":2}", "expected ','"),
        ("1 2", "byte 2: expected the end"), ("{}x", "expected the end"),
        ("01", "leading zero"), ("-", "expected a digit"), ("1.", "expected a digit"),
        (".5", "expected a value"), ("1e", "expected a digit"), ("+1", "expected a value"),
        ("0x1", "expected the end"), ("NaN", "expected a value"), ("-Infinity", "a digit"),
        ("9223372036854775808", "an integer beyond 64 bits"), ("1e999", "double precision"),
        ("tru", "expected 'true'"), ("nul", "expected 'null'"), ("fals", "expected 'false'"),
        ("\"a", "the text ends"), ("\"\\", "expected an escape"), ("\"\\x\"", "unknown escape"),
        ("\"\\u12\"", "hexadecimal"), ("\"\u{1}\"", "control character"),
        (#""\ud800""#, "surrogate"), (#""\udc00""#, "surrogate"), (#""\ud800\u0041""#, "surrog"),
        (#""\ud800\ud800""#, "surrogate"), (#"{"a":1,"a":2}"#, "\"a\" appears twice"),
        (#"{"a":1,"\u0061":2}"#, "appears twice"), ("\u{FEFF}1", "expected a value"),
        ("// a\n1", "expected a value"), ("'a'", "expected a value"), ("[", "the text ends"),
        ("{", "expected a key"), ("{\"a\":", "the text ends"),
    ])
    func refuses(text: String, message: String) {
        let error = #expect(throws: JSONError.self) { try parse(text) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        #expect(error?.description.hasPrefix("t.json: byte ") == true)
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
        [0x22, 0xE2, 0x82, 0x22], [0x80],
    ])
    func refusesInvalidUTF8(bytes: [UInt8]) {
        let error = #expect(throws: JSONError.self) {
            try StrictJSON(parsing: bytes, document: "t.json")
        }
        #expect(error?.description == "t.json: the text is not valid UTF-8")
    }

    @Test func limitsNesting() throws {
        let nested = { (depth: Int) in
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try parse(nested(64)) }
        let error = #expect(throws: JSONError.self) { try parse(nested(65)) }
        #expect(error?.fact == "nesting deeper than 64")
        #expect(throws: JSONError.self) { try parse(String(repeating: "{\"\":", count: 99_999)) }
    }

    @Test func writesKeysInByteOrderAndNumbersAsTheyRead() throws {
        let value: StrictJSON = [
            "b": [1, 0.1, 1e-8, 3.0, -0.0, 1e300], "a": ["é": nil, "z": true], "B": "",
        ]
        let text = String(decoding: try value.serialized(), as: UTF8.self)
        #expect(
            text
                == #"{"B":"","a":{"z":true,"é":null},"b":[1,0.1,1e-08,3.0,-0.0,1e+300]}"#
        )
        #expect(try parse(text) == value)
    }

    @Test func writesAnIndentedLayout() throws {
        let value: StrictJSON = ["b": [1, [:]], "a": []]
        let text = String(decoding: try value.serialized(.indented), as: UTF8.self)
        #expect(text == "{\n  \"a\": [],\n  \"b\": [\n    1,\n    {}\n  ]\n}\n")
        #expect(try parse(text) == value)
    }

    @Test func escapesWhatHasToBe() throws {
        let string = String(decoding: (0..<0x80 as Range<UInt8>), as: UTF8.self) + "é😀\u{2028}"
        let bytes = try StrictJSON.string(string).serialized()
        #expect(try StrictJSON(parsing: bytes, document: "t") == .string(string))
        #expect(String(decoding: bytes, as: UTF8.self).contains(#"\u0000"#))
        #expect(String(decoding: bytes, as: UTF8.self).contains(#"\u001f"#))
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func refusesToWriteNumbersThatAreNotFinite(number: Double) {
        #expect(throws: JSONError.self) { try StrictJSON.array([.number(number)]).serialized() }
    }
}
