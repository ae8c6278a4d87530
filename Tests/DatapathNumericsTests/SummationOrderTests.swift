import AcceleratorISA
import DatapathNumerics
import Testing

/// One product of a convolution's sum, and where it stands in the documented loops.
private struct Product {
    var block: Int
    var ky: Int
    var kx: Int
    var channel: Int
    /// The position of the reflect-padded output map that the product belongs to.
    var paddedRow = 0
    var paddedColumn = 0
    var value: Float
}

/// An order of summation: products are added by ascending key.
private struct Order: Sendable {
    var name: String
    var key: @Sendable (Product) -> (Int, Int, Int, Int)

    func sum(_ products: [Product]) -> Float {
        products.sorted { key($0) < key($1) }.reduce(Float(0)) { $0 + $1.value }
    }

    static let ascendingTaps = Order(name: "block, ky, kx, channel down") {
        ($0.block, $0.ky, $0.kx, -$0.channel)
    }
    static let descendingTaps = Order(name: "block, ky down, kx down, channel down") {
        ($0.block, -$0.ky, -$0.kx, -$0.channel)
    }
    static let channelsUp = Order(name: "channels up") { ($0.block, $0.ky, $0.kx, $0.channel) }
    static let columnsFirst = Order(name: "kx before ky") {
        ($0.block, $0.kx, $0.ky, -$0.channel)
    }
    static let columnsFirstDown = Order(name: "kx before ky, down") {
        ($0.block, -$0.kx, -$0.ky, -$0.channel)
    }
    static let blocksDown = Order(name: "blocks down") { (-$0.block, $0.ky, $0.kx, -$0.channel) }
    static let blocksInside = Order(name: "blocks inside taps") {
        ($0.ky, $0.kx, $0.block, -$0.channel)
    }
    static let all = [
        ascendingTaps, descendingTaps, channelsUp, columnsFirst, columnsFirstDown, blocksDown,
        blocksInside,
    ]
}

/// The order in which every pass adds is part of the contract: the reference gives the bits of the
/// documented order, and every other order gives different ones on the same values.
@Suite struct SummationOrderTests {
    private static let cases: [(ConvolutionDirection, stride: Int)] = [
        (.gather, 1), (.gather, 2), (.scatter, 1), (.scatter, 2),
    ]

    /// Fingerprints of the four cases' outputs, as the reference first computed them.
    private static let fingerprints: [UInt64] = [
        5914422150575548497, 13098724414219816452, 1177169019976758628, 17595126112364457161,
    ]

    /// FNV-1a over 16-bit words.
    private func fingerprint(_ words: [UInt16]) -> UInt64 {
        words.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private static func shape(_ direction: ConvolutionDirection, stride: Int) -> ConvolutionCase {
        ConvolutionCase(
            geometry: ConvolutionGeometry(
                kernel: 5,
                stride: stride,
                padding: 2,
                direction: direction
            ),
            largeChannels: 20,
            smallChannels: 19,
            largeHeight: 7,
            largeWidth: 6
        )
    }

    /// Weights whose sum for each output channel and tap parity nearly cancels, so that what is
    /// left of it, with every input 1, is what the order of the additions made of it.
    private func cancellingWeights(
        _ shape: ConvolutionCase,
        outputIsSmall: Bool,
        _ generator: inout SeededGenerator
    ) -> [Float] {
        let kernel = shape.geometry.kernel
        var weights = [Float](repeating: 1, count: shape.weightCount)
        let outputs = outputIsSmall ? shape.smallChannels : shape.largeChannels
        for output in 0..<outputs {
            for parity in 0..<4 {
                var places = weights.indices.filter { index in
                    let (kx, ky) = (index % kernel, index / kernel % kernel)
                    let i = index / kernel / kernel % shape.largeChannels
                    let o = index / kernel / kernel / shape.largeChannels
                    return (outputIsSmall ? o : i) == output && ky % 2 * 2 + kx % 2 == parity
                }
                places.shuffle(using: &generator)
                for pair in stride(from: 0, to: places.count - 1, by: 2) {
                    let value = generator.spreadValues(1, spread: 20)[0]
                    weights[places[pair]] = value
                    weights[places[pair + 1]] = -value
                }
            }
        }
        return weights
    }

    /// The products of output (channel, row, column) of a forward pass with zero padding.
    private func products(
        _ shape: ConvolutionCase,
        _ input: [Float],
        _ weights: [Float],
        at output: (channel: Int, row: Int, column: Int)
    ) -> [Product] {
        let g = shape.geometry
        let isGather = shape.isGather
        let channels = isGather ? shape.largeChannels : shape.smallChannels
        let height = isGather ? shape.largeHeight : shape.smallHeight
        let width = isGather ? shape.largeWidth : shape.smallWidth
        func position(_ output: Int, _ k: Int, side: Int) -> Int? {
            let scaled = isGather ? output * g.stride + k - g.padding : output + g.padding - k
            guard isGather || scaled.isMultiple(of: g.stride) else { return nil }
            let position = isGather ? scaled : scaled / g.stride
            return (0..<side).contains(position) ? position : nil
        }
        var result: [Product] = []
        for ky in 0..<g.kernel {
            guard let y = position(output.row, ky, side: height) else { continue }
            for kx in 0..<g.kernel {
                guard let x = position(output.column, kx, side: width) else { continue }
                for channel in 0..<channels {
                    let (o, i) = isGather ? (output.channel, channel) : (channel, output.channel)
                    let weight = ((o * shape.largeChannels + i) * g.kernel + ky) * g.kernel + kx
                    let value = input[(channel * height + y) * width + x] * weights[weight]
                    result.append(
                        Product(
                            block: channel / 16,
                            ky: ky,
                            kx: kx,
                            channel: channel,
                            value: value
                        )
                    )
                }
            }
        }
        return result
    }

    @Test(arguments: 0..<4)
    func convolutionsAddInTheDocumentedOrderOnly(caseIndex: Int) {
        let (direction, stride) = Self.cases[caseIndex]
        let shape = Self.shape(direction, stride: stride)
        var generator = SeededGenerator(seed: 7)
        let input = [Float](repeating: 1, count: shape.inputCount)
        let weights = cancellingWeights(
            shape,
            outputIsSmall: direction == .gather,
            &generator
        )
        let memory = TestMemory()
        var command = Command(.convolution, stage: .forward)
        command.geometry = shape.geometry
        command.operands[.source] = shape.input(memory, values: input)
        command.operands[.weights] = shape.weights(memory, values: weights)
        let output = shape.output(memory)
        command.operands[.destination] = output
        memory.run(command)
        let values = memory.values(of: output)
        #expect(fingerprint(memory.halves(of: output)) == Self.fingerprints[caseIndex])

        let documented: Order =
            direction == .scatter && stride == 1 ? .descendingTaps : .ascendingTaps
        var differences = [Int](repeating: 0, count: Order.all.count)
        for index in values.indices where index % 5 == 0 {
            let column = index % output.width
            let row = index / output.width % output.height
            let channel = index / output.width / output.height
            let terms = products(shape, input, weights, at: (channel, row, column))
            for (number, order) in Order.all.enumerated()
            where quantized(order.sum(terms)).float != values[index] { differences[number] += 1 }
        }
        for (number, order) in Order.all.enumerated() {
            if order.name == documented.name {
                #expect(differences[number] == 0, "\(order.name)")
            } else {
                #expect(differences[number] > 0, "\(order.name) is not told apart")
            }
        }
    }

    @Test(arguments: 1...2)
    func reflectedErrorsFoldInTheDocumentedOrderOnly(stride: Int) {
        let shape = ConvolutionCase(
            geometry: ConvolutionGeometry(
                kernel: 5,
                stride: stride,
                padding: 2,
                paddingMode: .reflect
            ),
            largeChannels: 3,
            smallChannels: 18,
            largeHeight: 4,
            largeWidth: 5
        )
        var generator = SeededGenerator(seed: 8)
        let error = generator.spreadValues(shape.smallCount)
        let weights = generator.spreadValues(shape.weightCount)
        let memory = TestMemory()
        var command = Command(.convolutionBackward, stage: .error)
        command.geometry = shape.geometry
        command.operands[.error] = shape.small(memory, values: error)
        command.operands[.weights] = shape.weights(memory, values: weights)
        let bias = memory.tensor(.vector, 1, shape.largeChannels)
        command.operands[.bias] = bias
        let output = shape.large(memory)
        command.operands[.destination] = output

        // The bias takes the expected fp32 sums of one pixel away: what is stored must be zero.
        let taps: Order = stride == 1 ? .descendingTaps : .ascendingTaps
        let pixels = shape.largeHeight * shape.largeWidth
        var differences = (down: 0, columns: 0, oneSum: 0)
        for pixel in 0..<pixels {
            var expected: [Float] = []
            for channel in 0..<shape.largeChannels {
                let terms = foldingProducts(shape, error, weights, channel * pixels + pixel)
                let up = folded(terms, taps) { ($0.paddedRow, $0.paddedColumn) }
                expected.append(up)
                if folded(terms, taps, by: { (-$0.paddedRow, -$0.paddedColumn) }) != up {
                    differences.down += 1
                }
                if folded(terms, taps, by: { ($0.paddedColumn, $0.paddedRow) }) != up {
                    differences.columns += 1
                }
                if taps.sum(terms) != up { differences.oneSum += 1 }
            }
            TensorAccess.pack(expected.map { -$0 }, as: bias, into: memory.bytes(of: bias))
            memory.run(command)
            let values = memory.values(of: output)
            for channel in 0..<shape.largeChannels {
                #expect(values[channel * pixels + pixel] == 0)
            }
        }
        #expect(differences.down > 0)
        #expect(differences.columns > 0)
        #expect(differences.oneSum > 0)
    }

    /// Products of one pixel summed by position of the padded map, the positions in an order.
    private func folded(
        _ products: [Product],
        _ taps: Order,
        by position: (Product) -> (Int, Int)
    ) -> Float {
        var rest = products.sorted { position($0) < position($1) }[...]
        var total: Float = 0
        while let first = rest.first {
            let group = rest.prefix { position($0) == position(first) }
            total += taps.sum(Array(group))
            rest = rest.dropFirst(group.count)
        }
        return total
    }

    /// The products of one large pixel (plain index) of a reflect-padded layer's adjoint.
    private func foldingProducts(
        _ shape: ConvolutionCase,
        _ error: [Float],
        _ weights: [Float],
        _ index: Int
    ) -> [Product] {
        let g = shape.geometry
        let (column, row) = (index % shape.largeWidth, index / shape.largeWidth % shape.largeHeight)
        let i = index / shape.largeWidth / shape.largeHeight
        func reflected(_ position: Int, _ side: Int) -> Int {
            position < 0 ? -position : position < side ? position : 2 * (side - 1) - position
        }
        var result: [Product] = []
        for y in 0..<shape.smallHeight {
            for ky in 0..<g.kernel
            where reflected(y * g.stride + ky - g.padding, shape.largeHeight) == row {
                for x in 0..<shape.smallWidth {
                    for kx in 0..<g.kernel
                    where reflected(x * g.stride + kx - g.padding, shape.largeWidth) == column {
                        for o in 0..<shape.smallChannels {
                            let weight =
                                ((o * shape.largeChannels + i) * g.kernel + ky) * g.kernel + kx
                            let small = (o * shape.smallHeight + y) * shape.smallWidth + x
                            result.append(
                                Product(
                                    block: o / 16,
                                    ky: ky,
                                    kx: kx,
                                    channel: o,
                                    paddedRow: y * g.stride + ky,
                                    paddedColumn: x * g.stride + kx,
                                    value: error[small] * weights[weight]
                                )
                            )
                        }
                    }
                }
            }
        }
        return result
    }
}
