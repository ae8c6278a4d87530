import ModelGraph
import Testing

@Suite struct SafetensorsReaderTests {
    /// A file with one tensor `t` of little-endian elements.
    private func file<Element: FixedWidthInteger>(
        _ type: String,
        _ elements: [Element]
    ) -> [UInt8] {
        let bytes = elements.flatMap { element in
            stride(from: 0, to: Element.bitWidth, by: 8).map {
                UInt8(truncatingIfNeeded: element >> Element($0))
            }
        }
        let header =
            #"{"t":{"dtype":"\#(type)","shape":[\#(elements.count)],"#
            + #""data_offsets":[0,\#(bytes.count)]}}"#
        return safetensorsFile(header, bytes: bytes)
    }

    @Test func readsSinglePrecisionBitForBit() throws {
        let bits: [UInt32] = [0, 0x8000_0000, 1, 0x3F80_0001, 0x7F80_0000, 0x7FC0_1234]
        let values = try SafetensorsReader(bytes: file("F32", bits)).values(of: "t")
        #expect(values.map(\.bitPattern) == bits)
    }

    @Test func readsBFloat16Exactly() throws {
        let patterns: [UInt16] = [0, 0x8000, 1, 0x3F80, 0xC049, 0x7F80, 0x7FC1]
        let values = try SafetensorsReader(bytes: file("BF16", patterns)).values(of: "t")
        #expect(values.map(\.bitPattern) == patterns.map { UInt32($0) << 16 })
    }

    @Test func readsEveryHalfPrecisionPattern() throws {
        let patterns = Array(UInt16.min...UInt16.max)
        let values = try SafetensorsReader(bytes: file("F16", patterns)).values(of: "t")
        let wrong = zip(patterns, values).filter { pattern, value in
            let sign: Float = pattern & 0x8000 == 0 ? 1 : -1
            let exponent = Int(pattern >> 10 & 0x1F)
            let fraction = Float(pattern & 0x3FF)
            if exponent == 31 {
                return fraction == 0 ? value != sign * .infinity : !value.isNaN
            }
            let magnitude =
                exponent == 0
                ? Float(sign: .plus, exponent: -24, significand: fraction)
                : Float(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
            return value.bitPattern != (sign * magnitude).bitPattern
        }
        #expect(wrong.isEmpty)
    }

    @Test func roundsDoublePrecisionToNearestEven() throws {
        let doubles = [1, 1 + 0x1p-24, 1 + 0x1.8p-23, -0.1, .infinity, 0x1.ffffffp127 - 0x1p100]
        let bytes = file("F64", doubles.map(\.bitPattern))
        #expect(throws: SafetensorsError.self) {
            try SafetensorsReader(bytes: file("F64", [(1e39 as Double).bitPattern])).values(of: "t")
        }
        let values = try SafetensorsReader(bytes: bytes).values(of: "t")
        #expect(
            values == [1, 1, 1 + 0x1p-22, -0.1, .infinity, .greatestFiniteMagnitude]
        )
    }

    @Test func namesTheElementThatOverflows() {
        let patterns = [0, 1e300, 0].map(\.bitPattern)
        let error = #expect(throws: SafetensorsError.self) {
            try SafetensorsReader(bytes: file("F64", patterns)).values(of: "t")
        }
        #expect(
            error?.description == "safetensors tensor \"t\": element 1 overflows single precision"
        )
    }

    @Test func refusesToReadIntegersAsNumbers() throws {
        let reader = try SafetensorsReader(bytes: file("I64", [7 as Int64]))
        let error = #expect(throws: SafetensorsError.self) { try reader.values(of: "t") }
        #expect(error?.kind == .elementType)
        #expect(error?.description.contains("I64 elements") == true)
        #expect(throws: SafetensorsError.self) { try reader.values(of: "absent") }
    }

    @Test func fetchesPiecesNoLargerThanSaid() throws {
        let count = SafetensorsReader.pieceByteCount / 4 + 3
        let bytes = file("F32", (0..<UInt32(count)).map { $0 })
        var fetched: [Range<Int>] = []
        let reader = try SafetensorsReader(fileByteCount: bytes.count) {
            (range) throws(SafetensorsError) in
            fetched.append(range)
            return Array(bytes[range])
        }
        #expect(fetched.map(\.count).reduce(0, +) == bytes.count - 4 * count)
        fetched = []
        var pieces: [Int] = []
        try reader.forEachPiece(of: "t") { pieces.append($0.count) }
        #expect(pieces == [count - 3, 3])
        #expect(fetched.map(\.count) == [SafetensorsReader.pieceByteCount, 12])
        #expect(try reader.values(of: "t").last?.bitPattern == UInt32(count - 1))
    }

    @Test func reportsASourceThatFailsOrDeliversTooLittle() throws {
        let bytes = file("F32", [1 as UInt32])
        #expect(throws: SafetensorsError(.unreadable, "no disk")) {
            try SafetensorsReader(fileByteCount: 100) { (_) throws(SafetensorsError) in
                throw SafetensorsError(.unreadable, "no disk")
            }
        }
        let short = #expect(throws: SafetensorsError.self) {
            try SafetensorsReader(fileByteCount: bytes.count) { (range) throws(SafetensorsError) in
                Array(bytes[range].dropLast())
            }
        }
        #expect(short?.fact == "asked for 8 bytes at 0, got 7")
        #expect(throws: SafetensorsError.self) {
            try SafetensorsReader(fileByteCount: -5) { (_) throws(SafetensorsError) in [] }
        }
    }
}
