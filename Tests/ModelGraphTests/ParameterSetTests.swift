import ModelGraph
import Testing

@Suite struct ParameterSetTests {
    typealias Tensor = SafetensorsWriter.Tensor

    private func cycleGraph() throws -> NetworkGraph {
        try CycleGAN.generator(channels: 4, residualBlocks: 1, imageSize: 16)
    }

    private func starGraph() throws -> NetworkGraph {
        try StarGAN.generator(channels: 4, classes: 2, residualBlocks: 1, imageSize: 16)
    }

    private func reader(of tensors: [Tensor]) throws -> SafetensorsReader {
        try SafetensorsReader(bytes: SafetensorsWriter(tensors: tensors).bytes())
    }

    @Test func comesBackFromAFileUnchanged() throws {
        let graph = try starGraph()
        let first = ParameterSet(initializing: graph, seed: 1, stream: "generator.")
        let second = ParameterSet(initializing: graph, seed: 2, stream: "generator.")
        let reader = try reader(of: first.tensors(prefix: "a.") + second.tensors(prefix: "b."))
        #expect(try ParameterSet(reading: reader, for: graph, prefix: "a.") == first)
        #expect(try ParameterSet(reading: reader, for: graph, prefix: "b.") == second)
        #expect(first != second)
    }

    @Test func listsEveryDifferenceFromTheNetwork() throws {
        let graph = try starGraph()
        var tensors = ParameterSet(initializing: graph, seed: 1, stream: "").tensors(prefix: "g.")
        tensors.removeAll { $0.name == "g.main.1.bias" || $0.name == "g.main.0.weight" }
        tensors.removeAll { $0.name == "g.main.4.weight" }
        tensors += [
            Tensor(name: "g.main.4.weight", shape: [9], values: Array(repeating: 0, count: 9)),
            Tensor(name: "g.main.1.running_var", shape: [5], values: [0, 0, 0, 0, 0]),
            Tensor(name: "g.main.99.weight", shape: [], values: [0]),
            Tensor(name: "other", shape: [], values: [0]),
        ]
        let reader = try reader(of: tensors)
        let error = #expect(throws: ParameterError.self) {
            try ParameterSet(reading: reader, for: graph, prefix: "g.")
        }
        #expect(
            error?.description
                == "failed to match parameters: missing: g.main.0.weight, g.main.1.bias; "
                + "unexpected: g.main.99.weight; "
                + "wrong shape: g.main.1.running_var is [5], expected [4], "
                + "g.main.4.weight is [9], expected [8]"
        )
    }

    @Test func countsTheNamesItDoesNotSpellOut() throws {
        let graph = try starGraph()
        let error = #expect(throws: ParameterError.self) {
            try ParameterSet(reading: reader(of: []), for: graph, prefix: "")
        }
        let rest = graph.parameters.count - ParameterMismatch.listedNameCount
        #expect(error?.description.hasSuffix(" and \(rest) more") == true)
    }

    @Test func ignoresRunningStatistics() throws {
        let star = try starGraph()
        let statistics = [
            Tensor(name: "main.1.running_mean", shape: [4], values: [0, 0, 0, 0]),
            Tensor(name: "main.1.running_var", shape: [4], values: [1, 1, 1, 1]),
            Tensor(name: "main.1.num_batches_tracked", shape: [], values: [7]),
        ]
        let set = ParameterSet(initializing: star, seed: 1, stream: "")
        let starReader = try reader(of: set.tensors(prefix: "") + statistics)
        #expect(try ParameterSet(reading: starReader, for: star, prefix: "") == set)

        let cycle = try cycleGraph()
        let plain = ParameterSet(initializing: cycle, seed: 1, stream: "")
        let path = "model.10.conv_block.2.running_mean"
        let zeros = [Float](repeating: 0, count: 16)
        let cycleReader = try reader(
            of: plain.tensors(prefix: "") + [Tensor(name: path, shape: [16], values: zeros)]
        )
        #expect(try ParameterSet(reading: cycleReader, for: cycle, prefix: "") == plain)
    }

    @Test func initialisesAsPyTorchDoes() throws {
        let graph = try cycleGraph()
        let set = ParameterSet(initializing: graph, seed: 5, stream: "g.")
        #expect(set.entries.map(\.name) == graph.parameters.map(\.name))
        #expect(set.entries.map(\.shape) == graph.parameters.map(\.shape))
        // Convolution [8, 4, 3, 3]: fan-in 36; transposed [16, 8, 3, 3]: 72, as in PyTorch.
        for (name, fanIn) in [("model.4", 36), ("model.11", 72), ("model.1", 147)] {
            let bound = 1 / Float(fanIn).squareRoot()
            let weight = try #require(set[name + ".weight"])
            let bias = try #require(set[name + ".bias"])
            #expect((weight + bias).allSatisfy { $0 >= -bound && $0 < bound })
            #expect(weight.contains { $0 > 0.9 * bound } && weight.contains { $0 < -0.9 * bound })
            let mean = weight.reduce(0, +) / Float(weight.count)
            #expect(abs(mean) < 6 * bound / Float(3 * weight.count).squareRoot())
        }
        let star = ParameterSet(initializing: try starGraph(), seed: 5, stream: "g.")
        #expect(star["main.1.weight"] == [1, 1, 1, 1])
        #expect(star["main.1.bias"] == [0, 0, 0, 0])
    }

    @Test func initialisesTheSameBitsEverywhere() throws {
        let set = ParameterSet(initializing: try starGraph(), seed: 7, stream: "g.")
        // FNV-1a and SplitMix64 of "g.main.0.weight" under seed 7, worked out independently.
        let expected: [UInt32] = [0x3D1B_EE72, 0x3913_CC00, 0xBD46_CA99, 0x3CD2_2E70]
        #expect(set["main.0.weight"]?.prefix(4).map(\.bitPattern) == expected)
        let other = ParameterSet(initializing: try starGraph(), seed: 7, stream: "d.")
        #expect(set["main.0.weight"] != other["main.0.weight"])
    }

    @Test func refusesEntriesThatAreNotParameters() {
        typealias Entry = ParameterSet.Entry
        let cases: [([Entry], String)] = [
            ([Entry(name: "a", shape: [2], values: [1])], "does not hold 1 values"),
            ([Entry(name: "a", shape: [-1, -1], values: [1])], "does not hold 1 values"),
            ([Entry(name: "a", shape: [2], values: [1, .nan])], "element 1 is nan"),
            ([Entry(name: "a", shape: [], values: [.infinity])], "element 0 is inf"),
            (
                [
                    Entry(name: "a", shape: [], values: [1]),
                    Entry(name: "a", shape: [], values: [1]),
                ],
                "used twice"
            ),
        ]
        for (entries, message) in cases {
            let error = #expect(throws: ParameterError.self) { try ParameterSet(entries) }
            #expect(error?.description.contains("parameter a: ") == true)
            #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        }
    }

    @Test func replacesOnlyValuesThatFit() throws {
        var set = try ParameterSet([.init(name: "a", shape: [2], values: [1, 2])])
        try set.replaceValues(of: "a", with: [3, 4])
        #expect(set["a"] == [3, 4])
        #expect(set["b"] == nil)
        #expect(throws: ParameterError.self) { try set.replaceValues(of: "a", with: [3]) }
        #expect(throws: ParameterError.self) { try set.replaceValues(of: "a", with: [3, .nan]) }
        #expect(throws: ParameterError.self) { try set.replaceValues(of: "b", with: []) }
        #expect(set["a"] == [3, 4])
    }

    @Test func feedsTheCanonicalBytes() throws {
        let b = ParameterSet.Entry(name: "b", shape: [], values: [1])
        let a = ParameterSet.Entry(name: "a", shape: [1, 2], values: [-2, 0])
        let set = try ParameterSet([b, a])
        var bytes: [UInt8] = []
        set.writeCanonicalBytes { bytes.append(contentsOf: $0) }
        let word = { (value: UInt8) -> [UInt8] in [value, 0, 0, 0, 0, 0, 0, 0] }
        var expected = Array("gan-accelerator parameters 1\n".utf8)
        expected += word(2)
        for part in [word(1), [0x61], word(2), word(1), word(2), [0, 0, 0, 0xC0, 0, 0, 0, 0]] {
            expected += part
        }
        for part in [word(1), [0x62], word(0), [0, 0, 0x80, 0x3F]] { expected += part }
        #expect(bytes == expected)
        var again: [UInt8] = []
        try ParameterSet([a, b]).writeCanonicalBytes { again.append(contentsOf: $0) }
        #expect(again == bytes)
    }

    @Test func feedsLargeSetsInPieces() throws {
        let values = [Float](repeating: 1, count: 50_000)
        let set = try ParameterSet([.init(name: "a", shape: [50_000], values: values)])
        var counts: [Int] = []
        set.writeCanonicalBytes { counts.append($0.count) }
        #expect(counts.allSatisfy { $0 <= 1 << 16 })
        let fixedByteCount = CanonicalParameters.header.utf8.count + 4 * 8 + 1
        #expect(counts.reduce(0, +) == fixedByteCount + 200_000)
    }
}
