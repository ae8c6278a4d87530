import ModelGraph
import Testing

/// Tensors of a file, whichever kind it is, and the way back into one.
@Suite struct CheckpointTests {
    private func tensor(
        _ path: [String],
        _ type: SafetensorsElementType,
        _ shape: [Int]
    ) throws -> CheckpointTensor {
        var random = CounterRandom(seed: 5, stream: path.joined())
        let count = shape.reduce(1, *) * type.byteCount
        // Exponents in the middle keep every number finite in every type.
        let bytes = (0..<count).map { index in
            index % 2 == 1 ? 0x30 + UInt8(random.bounded(8)) : UInt8(random.bounded(256))
        }
        return try CheckpointTensor(path: path, elementType: type, shape: shape, bytes: bytes)
    }

    /// Every type that both formats have, in an order that is not the names'.
    private func sample() throws -> Checkpoint {
        let types = SafetensorsElementType.allCases.filter {
            ![.unsigned16, .unsigned32, .unsigned64].contains($0)
        }
        var tensors: [CheckpointTensor] = []
        for (index, type) in types.enumerated() {
            let shape = [[], [3], [2, 0], [2, 3, 1]][index % 4]
            tensors.append(try tensor(["net", "z\(9 - index % 10).\(index)"], type, shape))
        }
        return try Checkpoint(format: .pytorch, tensors: tensors)
    }

    private func expectSame(_ first: Checkpoint, _ second: Checkpoint) {
        #expect(first.tensors.map(\.name) == second.tensors.map(\.name))
        for (a, b) in zip(first.tensors, second.tensors) {
            #expect(a.elementType == b.elementType && a.shape == b.shape, "\(a.name)")
            #expect(a.contiguousBytes == b.contiguousBytes, "\(a.name)")
        }
    }

    @Test func aPyTorchFileReadsBackTheSame() throws {
        let checkpoint = try sample()
        let bytes = try checkpoint.encoded(as: .pytorch)
        let again = try Checkpoint(decoding: bytes)
        expectSame(again, checkpoint)
        #expect(again.tensors.map(\.path) == checkpoint.tensors.map(\.path))
        #expect(try again.encoded(as: .pytorch) == bytes)
    }

    @Test func aSafetensorsFileReadsBackTheSame() throws {
        var checkpoint = try sample()
        checkpoint.metadata = ["k": "v"]
        let again = try Checkpoint(decoding: checkpoint.encoded(as: .safetensors))
        #expect(again.format == .safetensors && again.metadata == ["k": "v"])
        // Empty tensors have no place among the bytes, so their order is not kept.
        #expect(again.shapes == checkpoint.shapes)
        for tensor in checkpoint.tensors {
            #expect(again[tensor.name]?.contiguousBytes == tensor.contiguousBytes)
        }
    }

    @Test func manyTensorsAreWrittenInBatches() throws {
        let tensors = try (0..<2500).map { try tensor(["t\($0)"], .unsigned8, [1]) }
        let checkpoint = try Checkpoint(format: .pytorch, tensors: tensors)
        expectSame(try Checkpoint(decoding: checkpoint.encoded(as: .pytorch)), checkpoint)
    }

    @Test func typesWithoutAStorageAreNotWrittenToPyTorch() throws {
        let checkpoint = try Checkpoint(
            format: .safetensors,
            tensors: [try tensor(["u"], .unsigned16, [1])]
        )
        #expect(throws: CheckpointError.self) { try checkpoint.encoded(as: .pytorch) }
        #expect(try Checkpoint(decoding: checkpoint.encoded(as: .safetensors))["u"] != nil)
    }

    @Test(arguments: [
        SafetensorsElementType.float16, .bfloat16, .float32, .float64,
    ])
    func numbersThatDidNotChangeKeepTheirBytes(type: SafetensorsElementType) throws {
        let before = try tensor(["w"], type, [300, 2])
        var values = try before.values()
        let same = try before.replacing(with: values)
        #expect(same.contiguousBytes == before.contiguousBytes)
        values[7] = 0.5
        let after = try before.replacing(with: values)
        let size = type.byteCount
        let differing = zip(before.contiguousBytes, after.contiguousBytes).enumerated()
            .filter { $0.element.0 != $0.element.1 }.map { $0.offset / size }
        #expect(Set(differing) == [7])
        #expect(try after.values()[7] == 0.5)
    }

    @Test(
        arguments: [
            (1, 0x3C00), (-2, 0xC000), (65504, 0x7BFF), (65519, 0x7BFF), (0x1p-24, 1), (0x1p-25, 0),
            (0x1.8p-25, 1), (1 + 0x1p-11, 0x3C00), (1 + 0x1.8p-10, 0x3C02), (0x1.ff8p-15, 0x3FF),
            (0x1p-14, 0x400), (0x1.fffp-15, 0x400), (0x1.ffcp-15, 0x400),
        ] as [(Float, UInt16)]
    )
    func halvesAreRoundedToNearestEven(value: Float, pattern: UInt16) throws {
        let before = try CheckpointTensor(
            path: ["w"],
            elementType: .float16,
            shape: [1],
            bytes: [0x00, 0x70]
        )
        #expect(try before.replacing(with: [value]).contiguousBytes == little(pattern))
    }

    @Test func whatATypeDoesNotHoldIsRefused() throws {
        let half = try tensor(["w"], .float16, [1])
        #expect(throws: CheckpointError.self) { try half.replacing(with: [65520]) }
        #expect(throws: CheckpointError.self) { try half.replacing(with: [1, 2]) }
        let count = try tensor(["n"], .signed64, [])
        #expect(throws: CheckpointError.self) { try count.replacing(with: [1]) }
        #expect(throws: CheckpointError.self) { try count.values() }
    }

    @Test func wrappersAreTakenOffNamesButNotOffPaths() throws {
        let paths = [["state_dict", "module.a.w"], ["state_dict", "module.b"]]
        let wrapped = try Checkpoint(
            format: .pytorch,
            tensors: try paths.map { try tensor($0, .float32, [1]) }
        ).withNetworkNames()
        #expect(wrapped.tensors.map(\.name) == ["module.a.w", "module.b"])
        #expect(wrapped.tensors.map(\.path) == paths)
        let again = try Checkpoint(decoding: wrapped.encoded(as: .safetensors))
        #expect(again.tensors.map(\.name).contains("state_dict.module.b"))
        #expect(again.withNetworkNames()["module.b"] != nil)
        let plain = try Checkpoint(
            format: .pytorch,
            tensors: [try tensor(["model.0.weight"], .float32, [1])]
        )
        #expect(plain.withNetworkNames().tensors.map(\.name) == ["model.0.weight"])
    }

    @Test func absurdHeadersOfSafetensorsAreRefused() {
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint(decoding: little(1 << 63 as UInt64) + Array("{}".utf8))
        }
        #expect(error?.kind == .safetensors)
        #expect(error?.description.contains("9223372036854775808 bytes") == true)
    }
}
