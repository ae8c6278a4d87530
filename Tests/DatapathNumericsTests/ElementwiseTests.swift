import AcceleratorISA
import DatapathNumerics
import Testing

/// Elementwise passes and the commands that move data.
@Suite struct ElementwiseTests {
    @Test(arguments: [
        (Activation.relu, [0, 0, 1.5]), (Activation(.leakyRelu, slope: 0.25), [-0.5, 0, 1.5]),
    ])
    func activationsAndSkipsAreAppliedInOrder(activation: Activation, activated: [Float]) {
        // Prologue: activation, then skip, whose sum is written; epilogue: activation, then skip.
        let memory = TestMemory()
        var command = Command(.elementwise, stage: .forward)
        command.operands[.source] = memory.tensor(.map, 1, 1, 1, 3, values: [-2, 0, 1.5])
        command.sourceActivation = activation
        command.operands[.sourceSkip] = memory.tensor(.map, 1, 1, 1, 3, values: [-1, 3, -4])
        let sum = memory.tensor(.map, 1, 1, 1, 3)
        command.operands[.sourceSum] = sum
        command.destinationActivation = .relu
        command.operands[.destinationSkip] = memory.tensor(.map, 1, 1, 1, 3, values: [8, 8, 8])
        let output = memory.tensor(.map, 1, 1, 1, 3)
        command.operands[.destination] = output
        memory.run(command)
        let sums = zip(activated, [-1, 3, -4]).map { $0 + $1 }
        #expect(memory.values(of: sum) == sums)
        #expect(memory.values(of: output) == sums.map { max($0, 0) + 8 })
        expectZeroPadding(sum, memory)
        expectZeroPadding(output, memory)
    }

    @Test(arguments: [
        (Activation.relu, [0, 0, 5]), (Activation(.leakyRelu, slope: 0.25), [1.25, 1.25, 5]),
        (Activation.tanh, [3.75, 5, 0]), (Activation.identity, [5, 5, 5]),
    ])
    func masksMultiplyByTheDerivativeAtTheOutput(activation: Activation, expected: [Float]) {
        let memory = TestMemory()
        var command = Command(.elementwise, stage: .error)
        command.operands[.error] = memory.tensor(.map, 1, 1, 1, 3, values: [5, 5, 5])
        command.operands[.mask] = memory.tensor(.map, 1, 1, 1, 3, values: [-0.5, 0, 1])
        command.maskActivation = activation
        let output = memory.tensor(.map, 1, 1, 1, 3)
        command.operands[.destination] = output
        memory.run(command)
        #expect(memory.values(of: output) == expected)
    }

    @Test(arguments: [
        (Activation.relu, [0, 0, 5]), (Activation(.leakyRelu, slope: 0.25), [1.25, 1.25, 5]),
        (Activation.tanh, [3.75, 5, 0]),
    ])
    func anErrorIsReadThroughTheDerivativeAtTheOutput(activation: Activation, expected: [Float]) {
        let memory = TestMemory()
        var command = Command(.elementwise, stage: .error)
        command.operands[.error] = memory.tensor(.map, 1, 1, 1, 3, values: [5, 5, 5])
        command.operands[.errorOutput] = memory.tensor(.map, 1, 1, 1, 3, values: [-0.5, 0, 1])
        command.errorActivation = activation
        let output = memory.tensor(.map, 1, 1, 1, 3)
        command.operands[.destination] = output
        memory.run(command)
        #expect(memory.values(of: output) == expected)
        expectZeroPadding(output, memory)
    }

    @Test func aNormalisedMaskIsTheActivationsInput() {
        // z = Q(scale * (v - mean) * inverse + shift) is 1, 0 and -1 for v = 3, 2, 1.
        let memory = TestMemory()
        var command = Command(.elementwise, stage: .error)
        command.operands[.error] = memory.tensor(.map, 1, 1, 1, 3, values: [5, 5, 5])
        command.operands[.mask] = memory.tensor(.map, 1, 1, 1, 3, values: [3, 2, 1])
        command.operands[.maskStatistics] = memory.tensor(.statistics, 1, 1, values: [1, 0.5])
        command.operands[.maskScale] = memory.tensor(.vector, 1, 1, values: [2])
        command.operands[.maskShift] = memory.tensor(.vector, 1, 1, values: [-1])
        command.maskActivation = .relu
        let output = memory.tensor(.map, 1, 1, 1, 3)
        command.operands[.destination] = output
        memory.run(command)
        #expect(memory.values(of: output) == [5, 0, 0])
    }

    @Test(arguments: [false, true])
    func composeAddsLabelChannelsAndMirrors(mirrors: Bool) {
        let memory = TestMemory()
        var command = Command(.compose, stage: .forward)
        let image: [Float] = [1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6]
        command.operands[.source] = memory.tensor(.image, 2, 1, 2, 3, values: image)
        command.operands[.labels] = memory.tensor(.vector, 2, 2, values: [0, 1, 1, 0.5])
        if mirrors { command.flags = .mirrors }
        let output = memory.tensor(.map, 2, 4, 2, 3)
        command.operands[.destination] = output
        memory.run(command)
        func constant(_ value: Float) -> [Float] { [Float](repeating: value, count: 6) }
        let rows: [Float] = mirrors ? [3, 2, 1, 6, 5, 4] : [1, 2, 3, 4, 5, 6]
        let first = rows + constant(0) + constant(1) + constant(0)
        let second = rows.map { -$0 } + constant(1) + constant(0.5) + constant(0)
        #expect(memory.values(of: output) == first + second)
        expectZeroPadding(output, memory)

        var back = Command(.compose, stage: .forward)
        back.operands[.source] = output
        if mirrors { back.flags = .mirrors }
        let narrow = memory.tensor(.image, 2, 1, 2, 3)
        back.operands[.destination] = narrow
        memory.run(back)
        #expect(memory.values(of: narrow) == image)
    }

    @Test func interpolationMixesEachImageWithItsFactor() {
        let memory = TestMemory()
        var command = Command(.interpolate, stage: .forward)
        command.operands[.source] = memory.tensor(.map, 2, 1, 1, 2, values: [1, 2, 3, 4])
        command.operands[.target] = memory.tensor(.map, 2, 1, 1, 2, values: [5, -6, 7, 8])
        command.operands[.labels] = memory.tensor(.vector, 2, 1, values: [0.25, 0.3])
        let output = memory.tensor(.map, 2, 1, 1, 2)
        command.operands[.destination] = output
        memory.run(command)
        func mix(_ a: Float, _ x: Float, _ y: Float) -> Float {
            quantized(quantized(a * x).float + quantized((1 - a) * y).float).float
        }
        let expected = [mix(0.25, 1, 5), mix(0.25, 2, -6), mix(0.3, 3, 7), mix(0.3, 4, 8)]
        #expect(memory.values(of: output) == expected)
        #expect(expected[0] == 4 && expected[1] == -4)
        expectZeroPadding(output, memory)
    }

    @Test func reduceAddsImagesInOrder() {
        let memory = TestMemory()
        // Large, small, minus large: the order shows in what is left.
        let values: [Float] = [1e8, 1, 3, 5, -1e8, 7]
        let vector = memory.tensor(.vector, 3, 2, values: values)
        let sum = memory.tensor(.vector, 1, 2, values: [1, 1])
        var command = Command(.reduce, stage: .update)
        command.operands[.source] = vector
        command.operands[.destination] = sum
        memory.run(command)
        #expect(memory.values(of: sum) == [0, 13])
        command.flags = .accumulates
        memory.run(command)
        #expect(memory.values(of: sum) == [0, 26])

        let halves = memory.tensor(.statistics, 2, 1, values: [1, 10, 2, 20])
        let half = memory.tensor(.vector, 1, 1)
        for (selector, expected) in [(Float(0), Float(3)), (1, 30)] {
            var command = Command(.reduce, stage: .update)
            command.scalars[0] = selector
            command.operands[.source] = halves
            command.operands[.destination] = half
            memory.run(command)
            #expect(memory.values(of: half) == [expected])
        }
    }

    @Test(arguments: [TensorLayout.map, .image, .vector, .weights, .masterWeights])
    func fillLeavesThePaddingZero(layout: TensorLayout) {
        let memory = TestMemory()
        let tensor = memory.tensor(layout, 17, 3)
        var command = Command(.fill, stage: .forward)
        command.operands[.destination] = tensor
        command.scalars[0] = 1.01
        memory.run(command)
        let expected = TensorAccess.isBFloat16(layout) ? quantized(1.01).float : 1.01
        #expect(memory.values(of: tensor).allSatisfy { $0 == expected })
        expectZeroPadding(tensor, memory)
    }
}
