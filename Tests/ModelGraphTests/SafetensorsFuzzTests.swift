import ModelGraph
import Testing

/// Damaged files are refused or read; nothing else can happen.
@Suite struct SafetensorsFuzzTests {
    private static let seed: UInt64 = 20_260_101
    private static let roundCount = 24_000

    @Test func survivesDamagedFiles() throws {
        let originals = try Self.originals()
        var refusals: [SafetensorsError.Kind: Int] = [:]
        var acceptedCount = 0
        for round in 0..<Self.roundCount {
            var random = CounterRandom(seed: Self.seed, stream: "round \(round)")
            var file = originals[random.bounded(originals.count)]
            for _ in 0...random.bounded(3) { Self.damage(&file, &random) }
            do {
                let reader = try SafetensorsReader(bytes: file)
                acceptedCount += 1
                let spans = reader.header.tensors.map(\.byteRange)
                #expect(spans.allSatisfy { $0.upperBound <= file.count }, "round \(round)")
                for tensor in reader.header.tensors where tensor.elementType.isFloatingPoint {
                    let values = try reader.values(of: tensor.name)
                    #expect(values.count == tensor.elementCount, "round \(round)")
                }
            } catch {
                refusals[error.kind, default: 0] += 1
            }
        }
        // The damage reaches every check, and some of it is harmless.
        #expect(acceptedCount > Self.roundCount / 100)
        let kinds: [SafetensorsError.Kind] = [
            .headerLength, .headerSyntax, .elementType, .shape, .offsets, .value,
        ]
        for kind in kinds { #expect(refusals[kind, default: 0] > 0, "\(kind)") }
    }

    private static func originals() throws -> [[UInt8]] {
        let tensors = [
            SafetensorsWriter.Tensor(name: "main.0.weight", shape: [2, 1], values: [1, 2]),
            SafetensorsWriter.Tensor(name: "b", shape: [], values: [3]),
        ]
        return [
            try SafetensorsWriter(tensors: tensors, metadata: ["format": "pt"]).bytes(),
            try SafetensorsWriter(tensors: tensors, encoding: .bfloat16).bytes(),
            safetensorsFile(
                #"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"#
                    + #""\u0061\ud83d\ude00":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}"#,
                byteCount: 16
            ),
            safetensorsFile("{}", byteCount: 0),
        ]
    }

    private static let tokens = [
        "{", "}", "[", "]", "\"", ":", ",", "0", "9", "-", "1e9", "18446744073709551616", "\\u",
        "null", "9223372036854775807", "[[[[[[[[", "\"__metadata__\":", "F16", "BOOL", "\u{0}", "é",
    ].map { Array($0.utf8) }

    private static func damage(_ file: inout [UInt8], _ random: inout CounterRandom) {
        guard !file.isEmpty else { return }
        let place = random.bounded(file.count)
        switch random.bounded(9) {
        case 0: file[place] ^= 1 << UInt8(random.bounded(8))
        case 1: file[place] = UInt8(random.bounded(256))
        case 2: file.removeSubrange(place...)
        case 3: file.remove(at: place)
        case 4: file.insert(contentsOf: tokens[random.bounded(tokens.count)], at: place)
        case 5:
            let end = min(file.count, place + 1 + random.bounded(12))
            file.insert(contentsOf: file[place..<end], at: random.bounded(file.count))
        case 6: damageDigit(&file, from: place, &random)
        case 7: file[min(random.bounded(8), file.count - 1)] = UInt8(random.bounded(256))
        default: file.append(contentsOf: repeatElement(0x7F, count: random.bounded(16)))
        }
        if random.bounded(2) == 0 { repairLength(&file) }
    }

    /// Changes the next digit: the damage most likely to pass the JSON parser.
    private static func damageDigit(
        _ file: inout [UInt8],
        from place: Int,
        _ random: inout CounterRandom
    ) {
        let digit = file[place...].firstIndex { (0x30...0x39).contains($0) }
        if let digit { file[digit] = 0x30 + UInt8(random.bounded(10)) }
    }

    /// Makes the length field fit the text again, so that damage behind it is reached.
    private static func repairLength(_ file: inout [UInt8]) {
        guard file.count > 8, let close = file.lastIndex(of: UInt8(ascii: "}")), close > 8 else {
            return
        }
        let length = close + 1 - 8
        for index in 0..<8 { file[index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
    }
}
