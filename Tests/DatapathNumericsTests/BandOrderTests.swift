import AcceleratorISA
import DatapathNumerics
import Testing

/// Orders of the sums over pixels: weight-gradient bands, and partial sums of rows.
@Suite struct BandOrderTests {
    private static let width = 300
    private static let height = 8
    private static let batch = 2
    private static let channels = 3

    /// Sums of consecutive groups, added in order to a start.
    private func grouped(_ values: [Float], by size: Int, from start: Float = 0) -> Float {
        var total = start
        for first in stride(from: 0, to: values.count, by: size) {
            total += values[first..<min(first + size, values.count)].reduce(0, +)
        }
        return total
    }

    /// An image's values with x as the outer loop.
    private func columnsFirst(_ values: [Float]) -> [Float] {
        values.indices.map { values[$0 % Self.height * Self.width + $0 / Self.height] }
    }

    private func images(_ values: [Float], channel: Int) -> [[Float]] {
        let size = Self.width * Self.height
        return (0..<Self.batch).map { image in
            let first = (image * Self.channels + channel) * size
            return Array(values[first..<first + size])
        }
    }

    private func map(_ memory: TestMemory, channels: Int, values: [Float]) -> Tensor {
        memory.tensor(.map, Self.batch, channels, Self.height, Self.width, values: values)
    }

    @Test(arguments: [false, true])
    func weightGradientsAreSummedInBandsOf1024Pixels(accumulates: Bool) {
        var generator = SeededGenerator(seed: 9)
        let size = Self.batch * Self.width * Self.height
        let error = generator.spreadValues(size * Self.channels, spread: 20)
        let input = generator.spreadValues(size, spread: 20)
        let start = Array(repeating: accumulates ? Float(12_345.678) : 0, count: Self.channels)
        let memory = TestMemory()
        var command = Command(.convolutionBackward, stage: .weightGradient)
        command.geometry = ConvolutionGeometry(kernel: 1, stride: 1, padding: 0)
        command.flags = accumulates ? [.accumulates, .accumulatesBias] : []
        command.operands[.error] = map(memory, channels: Self.channels, values: error)
        command.operands[.source] = map(memory, channels: 1, values: input)
        let gradient = memory.tensor(.masterWeights, Self.channels, 1, values: start)
        let bias = memory.tensor(.vector, 1, Self.channels, values: start)
        command.operands[.weightGradient] = gradient
        command.operands[.biasGradient] = bias
        memory.run(command)

        /// The gradients of all channels when bands have the given rows.
        func gradients(_ values: [Float], rows: Int, transposed: Bool = false) -> [Float] {
            (0..<Self.channels).map { channel in
                images(values, channel: channel).reduce(start[channel]) { total, image in
                    let ordered = transposed ? columnsFirst(image) : image
                    return grouped(ordered, by: rows * Self.width, from: total)
                }
            }
        }
        let products = error.indices.map { index in
            let image = index / (Self.channels * Self.width * Self.height)
            let pixel = index % (Self.width * Self.height)
            return error[index] * input[image * Self.width * Self.height + pixel]
        }
        // 1024 / 300 is 3: an image of 8 rows has bands of 3, 3 and 2 rows.
        let weights = memory.values(of: gradient)
        #expect(weights == gradients(products, rows: 3))
        for rows in [1, 2, 4, 8] { #expect(weights != gradients(products, rows: rows)) }
        #expect(weights != gradients(products, rows: 3, transposed: true))
        let biases = memory.values(of: bias)
        #expect(biases == gradients(error, rows: 1))
        for rows in [2, 3, 8] { #expect(biases != gradients(error, rows: rows)) }
        // Images added up apart, or everything in one sum, are other bits too.
        let apart = (0..<Self.channels).map { channel in
            images(products, channel: channel)
                .map { grouped($0, by: 3 * Self.width) }
                .reversed().reduce(start[channel], +)
        }
        #expect(weights != apart)
        let flat = (0..<Self.channels).map { channel in
            images(error, channel: channel).joined().reduce(start[channel], +)
        }
        #expect(biases != flat)
    }

    @Test func statisticsAreSummedByRows() {
        var generator = SeededGenerator(seed: 10)
        let count = Self.batch * Self.channels * Self.width * Self.height
        let values = generator.spreadValues(count, spread: 20)
        let mask = generator.spreadValues(count, spread: 20)
        let memory = TestMemory()
        var command = Command(.elementwise, stage: .error)
        command.operands[.source] = map(memory, channels: Self.channels, values: values)
        command.operands[.mask] = map(memory, channels: Self.channels, values: mask)
        let moments = [Float](repeating: 0.7, count: Self.batch * 2 * Self.channels)
        command.operands[.maskStatistics] =
            memory.tensor(.statistics, Self.batch, Self.channels, values: moments)
        let sums = memory.tensor(.statistics, Self.batch, Self.channels)
        command.operands[.destinationStatistics] = sums
        command.statistics = .errorSums
        memory.run(command)

        let products = zip(values, mask).map { value, mask in value * ((mask - 0.7) * 0.7) }
        /// Both halves of the statistics when partial sums run over the given rows.
        func expected(rows: Int) -> [Float] {
            (0..<Self.batch).flatMap { image in
                [values, products].flatMap { terms in
                    (0..<Self.channels).map { channel in
                        grouped(
                            images(terms, channel: channel)[image],
                            by: rows * Self.width
                        )
                    }
                }
            }
        }
        #expect(memory.values(of: sums) == expected(rows: 1))
        for rows in [2, 8] { #expect(expected(rows: 1) != expected(rows: rows)) }
    }

    @Test func lossesAreSummedByRowsThenLanes() {
        var generator = SeededGenerator(seed: 11)
        let channels = 19
        let rows = Self.batch * channels * Self.height
        let values = generator.spreadValues(rows * Self.width)
        let memory = TestMemory()
        var command = Command(.loss, stage: .error)
        command.lossKind = .mean
        command.scalars[0] = 1
        command.operands[.source] =
            memory.tensor(.map, Self.batch, channels, Self.height, Self.width, values: values)
        let loss = memory.tensor(.vector, 1, 1)
        command.operands[.lossValue] = loss
        memory.run(command)

        var lanes = [Float](repeating: 0, count: 16)
        for n in 0..<Self.batch {
            for block in 0..<2 {
                for y in 0..<Self.height {
                    for lane in 0..<16 where block * 16 + lane < channels {
                        let row = ((n * channels + block * 16 + lane) * Self.height + y)
                        let first = row * Self.width
                        lanes[lane] += values[first..<first + Self.width].reduce(0, +)
                    }
                }
            }
        }
        let m = Float(values.count)
        #expect(memory.values(of: loss)[0] == lanes.reduce(0, +) / m)
        #expect(lanes.reduce(0, +) != lanes.reversed().reduce(0, +))
        #expect(lanes.reduce(0, +) != grouped(values, by: Self.width))
        #expect(memory.floats(of: loss)[1...].allSatisfy { $0 == 0 })
    }
}
