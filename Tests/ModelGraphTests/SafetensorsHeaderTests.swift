import ModelGraph
import Testing

@Suite struct SafetensorsHeaderTests {
    @Test func readsTensorsInTheOrderOfTheirBytes() throws {
        let file = safetensorsFile(
            #"{"__metadata__":{"format":"pt"},"#
                + #""b":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"#
                + #""a":{"dtype":"I64","shape":[],"data_offsets":[8,16]},"#
                + #""e":{"dtype":"BOOL","shape":[3,0],"data_offsets":[8,8]}}   "#,
            byteCount: 16
        )
        let header = try SafetensorsReader(bytes: file).header
        #expect(header.tensors.map(\.name) == ["b", "e", "a"])
        #expect(header.tensors.map(\.elementCount) == [2, 0, 1])
        #expect(header["a"]?.elementType == .signed64)
        #expect(header["a"]?.byteRange == file.count - 8..<file.count)
        #expect(header["x"] == nil)
        #expect(header.metadata == ["format": "pt"])
        #expect(header.shapes == ["a": [], "b": [1, 2], "e": [3, 0]])
    }

    @Test func readsAFileWithoutTensors() throws {
        #expect(
            try SafetensorsReader(bytes: safetensorsFile("{}", byteCount: 0)).header.shapes == [:]
        )
    }

    @Test(arguments: SafetensorsElementType.allCases)
    func knowsTheSizeOfEveryElementType(type: SafetensorsElementType) throws {
        let digits = type.rawValue.drop { !$0.isNumber }
        let byteCount = type == .boolean ? 1 : try #require(Int(digits)) / 8
        #expect(type.byteCount == byteCount)
        let entry =
            #"{"t":{"dtype":"\#(type.rawValue)","shape":[3],"data_offsets":[0,\#(3 * byteCount)]}}"#
        let file = safetensorsFile(entry, byteCount: 3 * byteCount)
        #expect(try SafetensorsReader(bytes: file).header["t"]?.elementType == type)
    }

    @Test(arguments: [
        ([], "0 bytes"), ([1, 2, 3], "3 bytes"),
        ([1, 0, 0, 0, 0, 0, 0, 0, 0x7B], "said to have 1 bytes"),
        ([3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], "said to have 3 bytes, the file has 10"),
        ([1, 0xE1, 0xF5, 5, 0, 0, 0, 0, 0x7B], "said to have 100000001 bytes"),
        ([255, 255, 255, 255, 255, 255, 255, 255, 0x7B], "said to have 18446744073709551615"),
        ([0, 0, 0, 0, 0, 0, 0, 128, 0x7B], "said to have 9223372036854775808"),
    ])
    func refusesHeaderLengths(bytes: [UInt8], message: String) {
        expectRefusal(.headerLength, message, of: bytes)
    }

    @Test(arguments: [
        (" {}", "begin with '{'"), ("[]", "begin with '{'"), ("{} x", "end of the text"),
        ("{}{}", "end of the text"), (#"{"a":1}"#, "expected an object"),
        (#"{"__metadata__":[]}"#, "expected an object"),
        (#"{"__metadata__":{"a":1}}"#, "__metadata__.a: expected a string"),
        (#"{"__metadata__":{},"__metadata__":{}}"#, "appears twice"),
        (#"{"a":{"shape":[],"data_offsets":[0,4]}}"#, "a.dtype: missing"),
        (#"{"a":{"dtype":1,"shape":[],"data_offsets":[0,4]}}"#, "a.dtype: expected a string"),
        (
            #"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}"#,
            "a.x: unexpected"
        ),
    ])
    func refusesHeaderTexts(text: String, message: String) {
        expectRefusal(.headerSyntax, message, of: safetensorsFile(text, byteCount: 4))
    }

    @Test(arguments: ["F8_E4M3", "F4", "C64", "f32", "FLOAT", ""])
    func refusesElementTypesByName(type: String) {
        let text = #"{"a":{"dtype":"\#(type)","shape":[4],"data_offsets":[0,4]}}"#
        expectRefusal(
            .elementType,
            "element type \(type) is",
            of: safetensorsFile(text, byteCount: 4)
        )
    }

    @Test(arguments: [
        ("[2]", "takes 8 bytes, its offsets span 4"), ("[]x", nil), ("[-1]", "expected 0..."),
        ("[1.0]", "expected an integer"), ("4", "expected an array"),
        ("[\"1\"]", "expected an integer"), ("[0]", "takes 0 bytes"),
        ("[4611686018427387904,4]", "overflows"), ("[9223372036854775807]", "overflows"),
        ("[4294967296,4294967296,0]", "overflows"), ("[9223372036854775808]", nil),
    ])
    func refusesShapes(shape: String, message: String?) {
        let text = #"{"a":{"dtype":"F32","shape":\#(shape),"data_offsets":[0,4]}}"#
        let file = safetensorsFile(text, byteCount: 4)
        expectRefusal(message == nil ? .headerSyntax : .shape, message ?? "", of: file)
    }

    @Test(arguments: [
        ("[0]", "its offsets are [0]"), ("[0,4,8]", "its offsets are [0, 4, 8]"),
        ("[4,0]", "its offsets are [4, 0]"), ("[0,9]", "within 8 bytes"),
        ("[-4,0]", "expected 0..."), ("[0,4.0]", "expected an integer"), ("{}", "an array"),
        ("[9223372036854775803,9223372036854775807]", "within 8 bytes"),
        ("[1,5]", "1 bytes before it belong to no tensor"),
        ("[0,4]", "4 bytes at the end belong to no tensor"),
    ])
    func refusesOffsets(offsets: String, message: String) {
        let text = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":\#(offsets)}}"#
        expectRefusal(.offsets, message, of: safetensorsFile(text, byteCount: 8))
    }

    @Test func refusesOverlapsAndHoles() {
        let two = { (first: String, second: String) in
            safetensorsFile(
                #"{"a":{"dtype":"U8","shape":[4],"data_offsets":\#(first)},"#
                    + #""b":{"dtype":"U8","shape":[4],"data_offsets":\#(second)}}"#,
                byteCount: 9
            )
        }
        expectRefusal(.offsets, "\"b\": its bytes overlap", of: two("[0,4]", "[2,6]"))
        expectRefusal(.offsets, "\"b\": its bytes overlap", of: two("[0,4]", "[0,4]"))
        expectRefusal(.offsets, "\"b\": 1 bytes before it", of: two("[0,4]", "[5,9]"))
        expectRefusal(.offsets, "1 bytes at the end", of: two("[0,4]", "[4,8]"))
    }

    private func expectRefusal(
        _ kind: SafetensorsError.Kind,
        _ message: String,
        of bytes: [UInt8],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: SafetensorsError.self, sourceLocation: sourceLocation) {
            try SafetensorsReader(bytes: bytes)
        }
        #expect(error?.kind == kind, sourceLocation: sourceLocation)
        #expect(
            error?.description.contains(message) == true || message.isEmpty,
            "\(error?.description ?? "accepted")",
            sourceLocation: sourceLocation
        )
    }
}

/// A file with that header and as many zero bytes of tensors.
func safetensorsFile(_ header: String, byteCount: Int) -> [UInt8] {
    safetensorsFile(header, bytes: Array(repeating: 0, count: byteCount))
}

/// A file with that header and those bytes of tensors.
func safetensorsFile(_ header: String, bytes: [UInt8]) -> [UInt8] {
    let length = UInt64(header.utf8.count)
    let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    return prefix + Array(header.utf8) + bytes
}
