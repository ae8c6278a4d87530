import ModelGraph
import Testing

/// What a pickle may ask for.
@Suite struct TorchPickleTests {
    private static let four = Pickle.tensor(storage: "0", count: 4, shape: [4], strides: [1])

    private func checkpoint(_ value: [UInt8], floats: Int = 4) throws -> Checkpoint {
        let numbers = TorchFile.floats((0..<floats).map { Float($0) })
        return try Checkpoint(decoding: TorchFile(value, storages: [("0", numbers)]).bytes)
    }

    private func refusal(_ value: [UInt8]) -> CheckpointError? {
        #expect(throws: CheckpointError.self) { try checkpoint(value) }
    }

    @Test(arguments: [
        ("os", "system"), ("builtins", "eval"), ("torch", "load"), ("torch", "save"),
        ("torch._utils", "_rebuild_tensor"), ("collections", "defaultdict"),
        ("__main__", "Generator"), ("torch.nn.modules.conv", "Conv2d"),
    ])
    func codeIsRefusedByItsName(module: String, name: String) {
        let call = Pickle.call(Pickle.global(module, name), [Pickle.text("echo")])
        let stacked = Pickle.text(module) + Pickle.text(name) + [0x93, 0x29, UInt8(ascii: "R")]
        let old = Array("(i\(module)\n\(name)\n".utf8)
        for value in [call, stacked, old] {
            for place in [Pickle.dictionary([("w", Self.four), ("x", value)]), value] {
                let error = refusal(place)
                #expect(error?.kind == .code)
                #expect(error?.fact.contains("asks for \"\(module).\(name)\"") == true)
            }
        }
    }

    @Test func nestedDictionariesAreJoinedAndTheRestIsSaid() throws {
        let optimizer = Pickle.dictionary([
            ("state", Pickle.dictionary([("m", Self.four)])), ("param_groups", [0x5D]),
        ])
        let read = try checkpoint(
            Pickle.dictionary([
                ("generator", Pickle.dictionary([("main.0.weight", Self.four)])),
                ("optimizer", optimizer), ("epoch", Pickle.integer(3)),
                ("losses", [0x5D, UInt8(ascii: "("), 0x4E, 0x4E, UInt8(ascii: "e")]),
            ])
        )
        #expect(read.tensors.map(\.name) == ["generator.main.0.weight"])
        #expect(read.tensors.first?.path == ["generator", "main.0.weight"])
        #expect(
            read.ignored.map(\.description) == [
                "optimizer (the state of an optimizer)", "epoch (an integer)",
                "losses (a list of 2 values)",
            ]
        )
    }

    @Test(
        arguments: [
            ([2, 2], [1, 2], 0, [0, 2, 1, 3]), ([2, 2], [2, 1], 0, [0, 1, 2, 3]),
            ([2], [2], 1, [1, 3]), ([], [], 3, [3]), ([3], [0], 2, [2, 2, 2]),
            ([0, 9], [9, 1], 4, []),
            ([1, 4], [77, 1], 0, [0, 1, 2, 3]), ([2, 1, 2], [2, 5, 1], 0, [0, 1, 2, 3]),
        ] as [([Int32], [Int32], Int32, [Float])]
    )
    func viewsAreCopiedInOrder(
        shape: [Int32],
        strides: [Int32],
        offset: Int32,
        values: [Float]
    ) throws {
        let tensor = Pickle.tensor(
            storage: "0",
            count: 4,
            offset: offset,
            shape: shape,
            strides: strides
        )
        let read = try checkpoint(Pickle.dictionary([("a", tensor), ("b", Self.four)]))
        #expect(try read["a"]?.values() == values)
        #expect(read["a"]?.contiguousBytes == TorchFile.floats(values))
        #expect(read["a"]?.shape == shape.map { Int($0) })
        #expect(try read["b"]?.values() == [0, 1, 2, 3])
    }

    @Test(
        arguments: [
            ([5], [1], 0), ([4], [1], 1), ([2, 2], [3, 1], 0), ([2], [-1], 1), ([-1], [1], 0),
            ([1 << 30, 1 << 30, 1 << 30], [0, 0, 0], 0), ([100], [0], 0), ([2], [1, 1], 0),
            ([4], [1], -1), ([4], [.max], 0),
            ([Int32](repeating: 1, count: 17), [Int32](repeating: 1, count: 17), 0),
        ] as [([Int32], [Int32], Int32)]
    )
    func viewsBeyondTheirStorageAreRefused(shape: [Int32], strides: [Int32], offset: Int32) {
        let tensor = Pickle.tensor(
            storage: "0",
            count: 4,
            offset: offset,
            shape: shape,
            strides: strides
        )
        #expect(refusal(Pickle.dictionary([("a", tensor)]))?.kind == .tensor)
    }

    @Test func storagesHaveToHaveTheirSize() {
        for count in [3, 5, .max] as [Int32] {
            let tensor = Pickle.tensor(storage: "0", count: count, shape: [1], strides: [1])
            #expect(refusal(Pickle.dictionary([("a", tensor)]))?.kind == .tensor)
        }
        let other = Pickle.tensor(storage: "../0", count: 4, shape: [1], strides: [1])
        #expect(refusal(Pickle.dictionary([("a", other)]))?.kind == .archive)
    }

    @Test func namesHaveToDifferAndToBePrintable() {
        let twice = Pickle.dictionary([("a", Self.four), ("a", Self.four)])
        #expect(refusal(twice)?.kind == .name)
        let inner = Pickle.dictionary([("b", Self.four)])
        #expect(refusal(Pickle.dictionary([("a.b", Self.four), ("a", inner)]))?.kind == .name)
        #expect(refusal(Pickle.dictionary([("a\u{1B}[2J", Self.four)]))?.kind == .name)
        let long = String(repeating: "n", count: 1025)
        #expect(refusal(Pickle.dictionary([(long, Self.four)]))?.kind == .name)
    }

    @Test func whatIsNoStateDictIsRefused() {
        #expect(refusal(Self.four)?.fact.contains("holds a tensor") == true)
        #expect(refusal(Pickle.dictionary([]))?.fact.contains("no tensor") == true)
        #expect(refusal([])?.kind == .pickle)
        #expect(refusal([0x4E, 0x4E])?.kind == .pickle)
        for bytes in ["t", "u", "a", "R", "Q", "b", "h\u{0}", "q\u{9}", "X", "\u{7F}"] {
            #expect(refusal(Array(bytes.utf8))?.kind == .pickle, "\(bytes)")
        }
    }

    @Test func nestingAndRepetitionAreBounded() {
        var deep = Self.four
        for _ in 0..<40 { deep = Pickle.dictionary([("a", deep)]) }
        #expect(refusal(deep)?.fact.contains("deeper") == true)
        // Dictionaries of two references to the one before: 2^14 tensors in 300 bytes.
        var doubled = Self.four + [0x94]
        for level in 0..<14 {
            let get = [UInt8(ascii: "h"), UInt8(level)]
            doubled += [UInt8(ascii: "0"), 0x7D, UInt8(ascii: "(")]
            doubled += Pickle.text("a") + get + Pickle.text("b") + get
            doubled += [UInt8(ascii: "u"), 0x94]
        }
        #expect(refusal(doubled)?.fact.contains("over and over") == true)
        // A tuple in a tuple, a hundred thousand times: nothing may recurse.
        let tuples = [0x29] + [UInt8](repeating: 0x85, count: 100_000)
        #expect(refusal(tuples)?.kind == .format)
        let marks = [UInt8](repeating: UInt8(ascii: "("), count: 100_000)
        #expect(refusal(marks)?.fact.contains("pile up") == true)
        let nothings = [UInt8](repeating: 0x4E, count: 100_000)
        #expect(refusal(nothings)?.fact.contains("pile up") == true)
    }

    /// A state dict of one tensor, as `torch.save` writes it, with attributes.
    private static func stateDict(attributes: [(String, [UInt8])]) -> [UInt8] {
        let ordered = Pickle.call(Pickle.global("collections", "OrderedDict"), [])
        let filled = ordered + [UInt8(ascii: "(")] + Pickle.text("w") + four + Array("u".utf8)
        return filled + Pickle.dictionary(attributes) + [UInt8(ascii: "b")]
    }

    private static let versions = Pickle.dictionary([
        ("", Pickle.dictionary([("version", Pickle.integer(1))])),
        ("main.1", Pickle.dictionary([("other", [0x4E]), ("version", Pickle.integer(2))])),
        ("main.2", Pickle.dictionary([])), ("main.3", [0x4E]),
        ("main.4", Pickle.dictionary([("version", Pickle.text("new"))])),
    ])
    private static let modules: [Checkpoint.ModuleVersions.Module] = [
        .init(name: "", version: 1), .init(name: "main.1", version: 2),
        .init(name: "main.2", version: nil), .init(name: "main.4", version: nil),
    ]

    @Test func versionsOfModulesAreKeptAndWritten() throws {
        let single = Self.stateDict(attributes: [("_metadata", Self.versions)])
        let read = try checkpoint(single)
        #expect(read.tensors.map(\.name) == ["w"])
        #expect(read.versions == [.init(path: [], modules: Self.modules)])
        let nested = try checkpoint(
            Pickle.dictionary([("a", Pickle.dictionary([("G", single)])), ("D", single)])
        )
        #expect(nested.versions.map(\.path) == [["a", "G"], ["D"]])
        for original in [read, nested] {
            let written = try Checkpoint(decoding: original.encoded(as: .pytorch))
            #expect(written.versions == original.versions)
            #expect(written.tensors.map(\.path) == original.tensors.map(\.path))
        }
        #expect(try Checkpoint(decoding: read.encoded(as: .safetensors)).versions == [])
    }

    @Test func otherAttributesAreLeftAside() throws {
        for attributes in [[], [("_metadata", [0x4E])], [("hook", Self.versions)]] {
            let read = try checkpoint(Self.stateDict(attributes: attributes))
            #expect(read.tensors.map(\.name) == ["w"])
            #expect(read.versions == [])
        }
        let state = Pickle.dictionary([("_metadata", Pickle.dictionary([]))])
        #expect(refusal(Self.four + state + [UInt8(ascii: "b")])?.kind == .pickle)
        let long = Pickle.dictionary([
            (String(repeating: "n", count: 1025), Pickle.dictionary([]))
        ])
        #expect(refusal(Self.stateDict(attributes: [("_metadata", long)]))?.kind == .name)
    }

    @Test func versionsThatAreSharedOverAndOverAreBounded() {
        // A state dict with a hundred versions, referred to a hundred times.
        let modules = (0..<100).map { ("\($0)", Pickle.dictionary([])) }
        let state = Self.stateDict(attributes: [("_metadata", Pickle.dictionary(modules))])
        var many = state + [0x94, UInt8(ascii: "0"), 0x7D, UInt8(ascii: "(")]
        for index in 0..<200 { many += Pickle.text("\(index)") + [UInt8(ascii: "h"), 0] }
        #expect(refusal(many + [UInt8(ascii: "u")])?.fact.contains("over and over") == true)
    }
}
