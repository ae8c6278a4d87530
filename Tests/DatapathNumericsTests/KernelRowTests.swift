import AcceleratorISA
import CDatapathKernels
import DatapathNumerics
import Testing

/// A variant of the vector kernels, by its place in the table.
struct KernelVariant: CustomStringConvertible, Sendable {
    let index: Int32
    let description: String

    /// The variants that this processor runs.
    static let all: [KernelVariant] = {
        var variants: [KernelVariant] = []
        while let kernels = dk_variant(Int32(variants.count)) {
            variants.append(
                KernelVariant(
                    index: Int32(variants.count),
                    description: String(cString: kernels.pointee.name)
                )
            )
        }
        return variants
    }()

    func kernels() throws -> dk_kernels { try #require(dk_variant(index)).pointee }
}

/// The functions over rows of every kernel variant against the reference's commands, bit for bit.
@Suite struct KernelRowTests {
    private static let counts = [1, 5, 16, 37]

    /// A row of 16 channels, and what normalises it.
    private struct Row {
        let memory = TestMemory()
        let count: Int
        let source: Tensor
        let skip: Tensor
        let mask: Tensor
        let statistics: Tensor
        let scale: Tensor
        let shift: Tensor
        let sums: Tensor
        let output: Tensor

        init(count: Int, seed: UInt64, hasExtremes: Bool = true) {
            var generator = SeededGenerator(seed: seed)
            self.count = count
            func map(_ memory: TestMemory) -> Tensor {
                var values = generator.spreadValues(count * 16, spread: 3)
                // What the quantiser treats apart, among the others.
                let extremes: [Float] = [0, 0x1p-56, -0x1p-56, 0x1.FEp+62, -0x1.FEp+62, .nan]
                for (index, extreme) in extremes.enumerated() where hasExtremes {
                    values[index * 7919 % values.count] = extreme
                }
                return memory.tensor(.map, 1, 16, 1, count, values: values)
            }
            source = map(memory)
            skip = map(memory)
            mask = map(memory)
            statistics = memory.tensor(.statistics, 1, 16, values: Self.factors(32, &generator))
            scale = memory.tensor(.vector, 1, 16, values: Self.factors(16, &generator))
            shift = memory.tensor(.vector, 1, 16, values: Self.factors(16, &generator))
            sums = memory.tensor(.statistics, 1, 16, values: Self.factors(32, &generator))
            output = memory.tensor(.map, 1, 16, 1, count)
        }

        private static func factors(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
            (0..<count).map { _ in Float.random(in: -2...2, using: &generator) }
        }

        func halves(_ tensor: Tensor) -> UnsafeMutablePointer<UInt16> {
            (memory.base + Int(tensor.address)).assumingMemoryBound(to: UInt16.self)
        }

        func floats(_ tensor: Tensor) -> UnsafeMutablePointer<Float> {
            (memory.base + Int(tensor.address)).assumingMemoryBound(to: Float.self)
        }

        /// 0: no normalisation; 1: without scale and shift; 2: with them.
        func normalization(_ level: Int) -> dk_normalization {
            dk_normalization(
                mean: level > 0 ? UnsafePointer(floats(statistics)) : nil,
                inverse_deviation: level > 0 ? UnsafePointer(floats(statistics) + 16) : nil,
                scale: level > 1 ? UnsafePointer(floats(scale)) : nil,
                shift: level > 1 ? UnsafePointer(floats(shift)) : nil
            )
        }
    }

    private static let activations: [Activation] = [
        .identity, .relu, Activation(.leakyRelu, slope: 0.2), .tanh,
    ]

    @Test(arguments: KernelVariant.all)
    func prologuesAgree(variant: KernelVariant) throws {
        let kernels = try variant.kernels()
        for count in Self.counts {
            let row = Row(count: count, seed: UInt64(count))
            for activation in Self.activations {
                for level in 0...2 {
                    for hasSkip in [false, true] {
                        var command = Command(.elementwise, stage: .forward)
                        command.operands[.source] = row.source
                        command.operands[.destination] = row.output
                        command.sourceActivation = activation
                        if hasSkip { command.operands[.sourceSkip] = row.skip }
                        if level > 0 { command.operands[.sourceStatistics] = row.statistics }
                        if level > 1 { command.operands[.sourceScale] = row.scale }
                        if level > 1 { command.operands[.sourceShift] = row.shift }
                        row.memory.run(command)
                        var prologue = dk_prologue(
                            normalization: row.normalization(level),
                            activation: Int32(activation.kind.rawValue),
                            slope: activation.slope
                        )
                        var found = [UInt16](repeating: 0, count: count * 16)
                        kernels.prologue_row(
                            &found,
                            row.halves(row.source),
                            hasSkip ? row.halves(row.skip) : nil,
                            Int32(count),
                            &prologue
                        )
                        #expect(found == row.memory.halves(of: row.output))
                    }
                }
            }
        }
    }

    @Test(arguments: KernelVariant.all)
    func theTangentAgreesOnEveryBFloat16(variant: KernelVariant) throws {
        let kernels = try variant.kernels()
        let inputs = Array(UInt16.min...UInt16.max)
        var found = [UInt16](repeating: 0, count: inputs.count)
        var prologue = dk_prologue()
        prologue.activation = Int32(Activation.tanh.kind.rawValue)
        kernels.prologue_row(&found, inputs, nil, Int32(inputs.count / 16), &prologue)
        let expected = inputs.map {
            quantized(OrderedMath.tanh(BFloat16(bitPattern: $0).float)).bitPattern
        }
        #expect(found == expected)
    }

    @Test(arguments: KernelVariant.all)
    func theQuantiserAgreesOnADenseSweep(variant: KernelVariant) throws {
        let kernels = try variant.kernels()
        // Every pattern of the upper half with lower halves around the rounding boundary.
        for lower in [0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF] as [UInt32] {
            let sums = (UInt32(0)...0xFFFF).map { Float(bitPattern: $0 << 16 | lower) }
            var found = [UInt16](repeating: 0, count: sums.count)
            var epilogue = dk_epilogue()
            kernels.epilogue_row(
                &found,
                sums,
                nil,
                nil,
                nil,
                Int32(sums.count / 16),
                &epilogue,
                nil
            )
            #expect(found == sums.map { quantized($0).bitPattern })
        }
    }

    @Test(arguments: KernelVariant.all)
    func errorPrologueAgrees(variant: KernelVariant) throws {
        let kernels = try variant.kernels()
        for count in Self.counts {
            let row = Row(count: count, seed: UInt64(100 + count))
            for hasScale in [false, true] {
                var command = Command(.elementwise, stage: .error)
                command.operands[.error] = row.source
                command.operands[.errorOutput] = row.mask
                command.operands[.errorStatistics] = row.statistics
                command.operands[.errorSums] = row.sums
                if hasScale { command.operands[.errorScale] = row.scale }
                command.operands[.destination] = row.output
                row.memory.run(command)
                let means = (0..<32).map { row.floats(row.sums)[$0] / Float(count) }
                var found = [UInt16](repeating: 0, count: count * 16)
                means.withUnsafeBufferPointer { means in
                    guard let first = means.baseAddress else { return }
                    var prologue = dk_error_prologue(
                        mean: row.floats(row.statistics),
                        inverse_deviation: row.floats(row.statistics) + 16,
                        scale: hasScale ? UnsafePointer(row.floats(row.scale)) : nil,
                        mean_error: first,
                        mean_product: first + 16
                    )
                    kernels.error_row(
                        &found,
                        row.halves(row.source),
                        row.halves(row.mask),
                        Int32(count),
                        &prologue
                    )
                }
                #expect(found == row.memory.halves(of: row.output))
            }
        }
    }

    /// What an epilogue is asked to do.
    private struct EpilogueCase {
        var fromSums: Bool
        var activation: Activation
        var hasSkip: Bool
        var mask: Activation?
        var level: Int
        var statistics: StatisticsMode
    }

    private static let epilogueCases: [EpilogueCase] = {
        var cases: [EpilogueCase] = []
        for fromSums in [false, true] {
            for activation in activations {
                for hasSkip in [false, true] {
                    for statistics in StatisticsMode.allCases {
                        for mask in [Activation?.none] + activations.map(Optional.some) {
                            if statistics == .errorSums && mask == nil { continue }
                            cases.append(
                                EpilogueCase(
                                    fromSums: fromSums,
                                    activation: activation,
                                    hasSkip: hasSkip,
                                    mask: mask,
                                    level: statistics == .errorSums ? 1 + cases.count % 2 : 0,
                                    statistics: statistics
                                )
                            )
                        }
                    }
                }
            }
        }
        return cases
    }()

    @Test(arguments: KernelVariant.all)
    func epiloguesAgree(variant: KernelVariant) throws {
        let kernels = try variant.kernels()
        for count in Self.counts {
            for hasExtremes in [false, true] {
                let row = Row(count: count, seed: UInt64(200 + count), hasExtremes: hasExtremes)
                for test in Self.epilogueCases { expectEpilogue(test, row, kernels) }
            }
        }
    }

    /// The epilogue as a command: of a 1 x 1 convolution that mixes channels, or elementwise.
    private func command(_ test: EpilogueCase, _ row: Row, moments: Tensor) -> Command {
        var command = Command(test.fromSums ? .convolution : .elementwise, stage: .forward)
        command.geometry = ConvolutionGeometry(kernel: 1, stride: 1, padding: 0)
        command.operands[.source] = row.source
        command.operands[.weights] =
            row.memory.tensor(.weights, 16, 16, values: Self.mixingWeights)
        if test.fromSums { command.operands[.bias] = row.shift }
        command.destinationActivation = test.activation
        if test.hasSkip { command.operands[.destinationSkip] = row.skip }
        command.operands[.mask] = test.mask == nil ? nil : row.mask
        command.maskActivation = test.mask ?? .identity
        if test.level > 0 { command.operands[.maskStatistics] = row.statistics }
        if test.level > 1 { command.operands[.maskScale] = row.scale }
        if test.level > 1 { command.operands[.maskShift] = row.shift }
        command.statistics = test.statistics
        command.operands[.destinationStatistics] = test.statistics == .none ? nil : moments
        command.operands[.destination] = row.output
        command.scalars[0] = 1e-5
        return command
    }

    private func expectEpilogue(_ test: EpilogueCase, _ row: Row, _ kernels: dk_kernels) {
        let moments = row.memory.tensor(.statistics, 1, 16)
        row.memory.run(command(test, row, moments: moments))
        var epilogue = dk_epilogue(
            bias: test.fromSums ? UnsafePointer(row.floats(row.shift)) : nil,
            activation: Int32(test.activation.kind.rawValue),
            slope: test.activation.slope,
            normalization: row.normalization(test.level),
            mask_activation: Int32((test.mask ?? .identity).kind.rawValue),
            mask_slope: (test.mask ?? .identity).slope,
            statistics: Int32(test.statistics.rawValue)
        )
        var found = [UInt16](repeating: 0, count: row.count * 16)
        var sums = [Float](repeating: 0, count: 32)
        let input = mixedSums(row)
        input.withUnsafeBufferPointer { input in
            kernels.epilogue_row(
                &found,
                test.fromSums ? input.baseAddress : nil,
                test.fromSums ? nil : UnsafePointer(row.halves(row.source)),
                test.hasSkip ? UnsafePointer(row.halves(row.skip)) : nil,
                test.mask == nil ? nil : UnsafePointer(row.halves(row.mask)),
                Int32(row.count),
                &epilogue,
                &sums
            )
        }
        #expect(found == row.memory.halves(of: row.output), "\(test)")
        guard test.statistics != .none else { return }
        var expected = row.memory.floats(of: moments)
        if test.statistics == .moments {
            for lane in 0..<16 {
                let result = NormArithmetic.moments(
                    sum: sums[lane],
                    sumOfSquares: sums[16 + lane],
                    count: row.count,
                    epsilon: 1e-5
                )
                (sums[lane], sums[16 + lane]) = (result.mean, result.inverseDeviation)
            }
        }
        // NaN is NaN, whatever its payload.
        for index in 0..<32 where sums[index].isNaN && expected[index].isNaN {
            (sums[index], expected[index]) = (0, 0)
        }
        #expect(sums.map(\.bitPattern) == expected.map(\.bitPattern), "\(test)")
    }

    /// Output o reads inputs o and (o + 3) % 16.
    private static let mixingWeights: [Float] = (0..<256).map { index in
        let (o, i) = (index / 16, index % 16)
        return i == o ? 1.25 : i == (o + 3) % 16 ? 0x1.02p-9 : 0
    }

    /// The sums of the 1 x 1 convolution with ``mixingWeights``, channels downwards.
    private func mixedSums(_ row: Row) -> [Float] {
        var sums = [Float](repeating: 0, count: row.count * 16)
        let source = row.halves(row.source)
        for x in 0..<row.count {
            for o in 0..<16 {
                for i in (0..<16).reversed() {
                    let value = BFloat16(bitPattern: source[x * 16 + i]).float
                    sums[x * 16 + o] += Self.mixingWeights[o * 16 + i] * value
                }
            }
        }
        return sums
    }

    @Test(arguments: KernelVariant.all)
    func rowSumsAgree(variant: KernelVariant) throws {
        let kernels = try variant.kernels()
        for count in [1, 2, 31, 300] {
            var generator = SeededGenerator(seed: 300)
            let memory = TestMemory()
            let values = generator.spreadValues(count * 16, spread: 20)
            let row = memory.tensor(.map, 1, 16, 1, count, values: values)
            let bias = memory.tensor(.vector, 1, 16)
            var command = Command(.convolutionBackward, stage: .weightGradient)
            command.geometry = ConvolutionGeometry(kernel: 1, stride: 1, padding: 0)
            command.operands[.error] = row
            command.operands[.biasGradient] = bias
            memory.run(command)
            var found = [Float](repeating: 0, count: 16)
            kernels.sum_row(&found, memory.halves(of: row), Int32(count))
            #expect(found == memory.floats(of: bias))
        }
    }
}
