import AcceleratorISA
import DatapathNumerics
import Testing

@Suite struct TensorAccessTests {
    private static let shapes: [(Int, Int, Int, Int)] = [
        (1, 1, 1, 1), (2, 3, 4, 5), (1, 16, 2, 3), (2, 17, 3, 1), (18, 33, 3, 3),
    ]

    @Test(arguments: TensorLayout.allCases)
    func plainValuesSurviveEveryLayout(layout: TensorLayout) {
        var generator = SeededGenerator(seed: 1)
        for (batch, channels, height, width) in Self.shapes {
            let memory = TestMemory()
            let isRow = layout == .vector || layout == .statistics
            let tensor = memory.tensor(
                layout,
                batch,
                channels,
                isRow ? 1 : height,
                isRow ? 1 : width
            )
            let values = generator.values(TensorAccess.plainCount(of: tensor))
            TensorAccess.pack(values, as: tensor, into: memory.bytes(of: tensor))
            #expect(memory.values(of: tensor) == values)
            #expect(TensorAccess.packed(values, as: tensor) == Array(memory.bytes(of: tensor)))
        }
    }

    @Test func elementsStandWhereTheLayoutsSay() {
        let map = Tensor(
            address: 0,
            batch: 2,
            channels: 20,
            height: 3,
            width: 4,
            layout: .map,
            kind: .error
        )
        let inMap = TensorAccess.elementIndex(in: map, image: 1, channel: 18, row: 2, column: 3)
        #expect(inMap == (((1 * 2 + 1) * 3 + 2) * 4 + 3) * 16 + 2)
        let weights = Tensor(
            address: 0,
            batch: 20,
            channels: 40,
            height: 3,
            width: 3,
            layout: .weights,
            kind: .weight
        )
        let inTile = TensorAccess.elementIndex(
            in: weights,
            image: 17,
            channel: 37,
            row: 1,
            column: 2
        )
        // Tile (1, 2, 1, 2) of [2][3][3][3], element i = 5, o = 1.
        #expect(inTile == (((1 * 3 + 2) * 3 + 1) * 3 + 2) * 256 + ((5 / 2) * 16 + 1) * 2 + 1)
        var master = weights
        master.layout = .masterWeights
        let inMaster = TensorAccess.elementIndex(
            in: master,
            image: 17,
            channel: 37,
            row: 1,
            column: 2
        )
        #expect(inMaster == (((1 * 3 + 2) * 3 + 1) * 3 + 2) * 256 + 5 * 16 + 1)
    }

    @Test func paddingIsZeroAndHalvesAreQuantised() {
        let memory = TestMemory()
        let map = memory.tensor(.map, 1, 3, 1, 1, values: [0x1p-60, 1.01, .infinity])
        #expect(memory.halves(of: map) == [0, 0x3F81, 0x5EFF] + Array(repeating: 0, count: 13))
        let vector = memory.tensor(.vector, 1, 2, values: [-0.0, 1.01])
        #expect(memory.floats(of: vector) == [-0.0, 1.01] + Array(repeating: 0, count: 14))
        let master = memory.tensor(.masterWeights, 1, 1, values: [1.01])
        #expect(memory.floats(of: master) == [1.01] + Array(repeating: 0, count: 255))
    }
}
