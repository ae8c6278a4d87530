import ModelGraph
import Testing

@Suite struct SafetensorsWriterTests {
    typealias Tensor = SafetensorsWriter.Tensor

    @Test func writesTheseBytes() throws {
        let writer = try SafetensorsWriter(
            tensors: [
                Tensor(name: "b", shape: [1], values: [-2]),
                Tensor(name: "a", shape: [], values: [1]),
            ],
            metadata: ["k": "v"]
        )
        let header =
            #"{"__metadata__":{"k":"v"},"#
            + #""a":{"data_offsets":[0,4],"dtype":"F32","shape":[]},"#
            + #""b":{"data_offsets":[4,8],"dtype":"F32","shape":[1]}}"#
        let padding = String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        #expect(
            writer.bytes()
                == safetensorsFile(header + padding, bytes: [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
        )
    }

    @Test func readsBackWhatItWrote() throws {
        var random = CounterRandom(seed: 3, stream: "round trip")
        let tensors = [[3, 4, 5], [70_000], [0, 2], []].enumerated().map { index, shape in
            Tensor(
                name: "tensor.\(9 - index).é",
                shape: shape,
                values: (0..<shape.reduce(1, *)).map { _ in random.uniform() - 0.5 }
            )
        }
        let bytes = try SafetensorsWriter(tensors: tensors, metadata: ["x": "\"y\n"]).bytes()
        let reader = try SafetensorsReader(bytes: bytes)
        #expect(reader.header.tensors.allSatisfy { ($0.byteRange.lowerBound % 4) == 0 })
        #expect(reader.header.metadata == ["x": "\"y\n"])
        #expect(reader.header.tensors.count == tensors.count)
        for tensor in tensors {
            #expect(reader.header[tensor.name]?.shape == tensor.shape)
            #expect(try reader.values(of: tensor.name) == tensor.values)
        }
        let again = try SafetensorsWriter(tensors: tensors.reversed(), metadata: ["x": "\"y\n"])
        #expect(again.bytes() == bytes)
    }

    private static let roundings: [(value: Float, pattern: UInt16)] = [
        (1, 0x3F80), (0x1.01p0, 0x3F80), (0x1.03p0, 0x3F82), (0x1.0102p0, 0x3F81),
        (-0.0, 0x8000), (0x1p-149, 0), (0x1.fffffep127, 0x7F80), (.infinity, 0x7F80),
        (-.infinity, 0xFF80), (0x1.0301p0, 0x3F82), (3.140625, 0x4049), (0x1.fep127, 0x7F7F),
    ]

    @Test(arguments: roundings)
    func roundsToBFloat16(value: Float, pattern: UInt16) throws {
        let tensor = Tensor(name: "t", shape: [1], values: [value])
        let bytes = try SafetensorsWriter(tensors: [tensor], encoding: .bfloat16).bytes()
        #expect(UInt16(bytes[bytes.count - 2]) | UInt16(bytes[bytes.count - 1]) << 8 == pattern)
    }

    @Test func keepsNotANumberInBFloat16() throws {
        let tensor = Tensor(
            name: "t",
            shape: [2],
            values: [Float(bitPattern: 0x7F80_0001), Float(bitPattern: 0xFFFF_FFFF)]
        )
        let bytes = try SafetensorsWriter(tensors: [tensor], encoding: .bfloat16).bytes()
        #expect(try SafetensorsReader(bytes: bytes).values(of: "t").allSatisfy(\.isNaN))
    }

    @Test func startsTheTensorsAtAMultipleOfEight() throws {
        for length in 1...16 {
            let name = String(repeating: "n", count: length)
            let tensor = Tensor(name: name, shape: [1], values: [0])
            let reader = try SafetensorsReader(bytes: SafetensorsWriter(tensors: [tensor]).bytes())
            #expect(try #require(reader.header[name]).byteRange.lowerBound % 8 == 0)
        }
    }

    @Test(arguments: [
        ([Tensor(name: "a", shape: [2], values: [1])], SafetensorsError.Kind.shape),
        ([Tensor(name: "a", shape: [-1, -1], values: [1])], .shape),
        ([Tensor(name: "a", shape: [.max, 2], values: [])], .shape),
        ([Tensor(name: "__metadata__", shape: [], values: [1])], .name),
        (
            [
                Tensor(name: "a", shape: [], values: [1]),
                Tensor(name: "a", shape: [], values: [2]),
            ], .name
        ),
    ])
    func refusesTensors(tensors: [Tensor], kind: SafetensorsError.Kind) {
        let error = #expect(throws: SafetensorsError.self) {
            try SafetensorsWriter(tensors: tensors)
        }
        #expect(error?.kind == kind)
    }

    @Test func passesOnWhatTheSinkThrows() throws {
        struct Full: Error {}
        let writer = try SafetensorsWriter(tensors: [])
        #expect(throws: Full.self) { try writer.write { (_) throws(Full) in throw Full() } }
    }
}
