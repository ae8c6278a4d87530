import AcceleratorISA
import DatapathNumerics
import Testing

@Suite struct OptimizerTests {
    private static let shape = (outputs: 18, inputs: 3, kernel: 3)
    private static var count: Int { shape.outputs * shape.inputs * shape.kernel * shape.kernel }

    private func master(_ memory: TestMemory, _ values: [Float]) -> Tensor {
        let (outputs, inputs, kernel) = Self.shape
        return memory.tensor(.masterWeights, outputs, inputs, kernel, kernel, values: values)
    }

    private func workingCopy(_ memory: TestMemory) -> Tensor {
        let (outputs, inputs, kernel) = Self.shape
        return memory.tensor(.weights, outputs, inputs, kernel, kernel)
    }

    @Test func adamAgreesWithDoubleOverManySteps() {
        var generator = SeededGenerator(seed: 13)
        let start = generator.values(Self.count)
        let memory = TestMemory()
        let parameter = master(memory, start)
        let zeros = [Float](repeating: 0, count: Self.count)
        let (first, second) = (master(memory, zeros), master(memory, zeros))
        let gradient = master(memory, zeros)
        let copy = workingCopy(memory)
        var exact = start.map(Double.init)
        var (m, v) = (zeros.map(Double.init), zeros.map(Double.init))
        let (rate, beta1, beta2, epsilon) = (1e-2, 0.5, 0.999, 1e-8)
        for step in 1...10 {
            let gradients = generator.values(Self.count)
            TensorAccess.pack(gradients, as: gradient, into: memory.bytes(of: gradient))
            var command = Command(.optimizer, stage: .update)
            command.optimizerKind = .adam
            var power1 = 1.0
            var power2 = 1.0
            for _ in 0..<step { (power1, power2) = (power1 * beta1, power2 * beta2) }
            let scalars = [
                beta1, 1 - beta1, beta2, 1 - beta2, epsilon, rate / (1 - power1),
                (1 - power2).squareRoot(),
            ]
            for (index, scalar) in scalars.enumerated() { command.scalars[index] = Float(scalar) }
            command.operands[.parameter] = parameter
            command.operands[.gradient] = gradient
            command.operands[.firstMoment] = first
            command.operands[.secondMoment] = second
            command.operands[.workingCopy] = copy
            memory.run(command)
            for index in 0..<Self.count {
                let g = Double(gradients[index])
                m[index] = beta1 * m[index] + (1 - beta1) * g
                v[index] = beta2 * v[index] + (1 - beta2) * g * g
                let corrected = (v[index] / (1 - power2)).squareRoot() + epsilon
                exact[index] -= rate * m[index] / (1 - power1) / corrected
            }
        }
        let values = memory.values(of: parameter)
        expectClose(values, exact, relative: 0, absolute: 2e-6)
        #expect(memory.values(of: copy) == values.map { quantized($0).float })
        for tensor in [parameter, first, second, copy] { expectZeroPadding(tensor, memory) }
    }

    @Test(arguments: [false, true])
    func descentFollowsTheGradientOrItsMomentum(hasMomentum: Bool) {
        var generator = SeededGenerator(seed: 14)
        let start = generator.values(Self.count)
        let gradients = generator.values(Self.count)
        let memory = TestMemory()
        var command = Command(.optimizer, stage: .update)
        command.optimizerKind = .sgd
        command.scalars[0] = 0.1
        command.scalars[1] = 0.9
        let parameter = master(memory, start)
        command.operands[.parameter] = parameter
        command.operands[.gradient] = master(memory, gradients)
        let moment = master(memory, [Float](repeating: 2, count: Self.count))
        if hasMomentum { command.operands[.firstMoment] = moment }
        memory.run(command)
        let directions = gradients.map { hasMomentum ? Float(0.9) * 2 + $0 : $0 }
        let expected = zip(start, directions).map { p, direction in p - Float(0.1) * direction }
        #expect(memory.values(of: parameter) == expected)
        if hasMomentum { #expect(memory.values(of: moment) == directions) }
    }

    @Test func withoutAGradientOnlyTheWorkingCopyIsWritten() {
        var generator = SeededGenerator(seed: 15)
        let values = (0..<Self.count).map { _ in Float.random(in: -1...1, using: &generator) }
        let memory = TestMemory()
        var command = Command(.optimizer, stage: .update)
        command.scalars[5] = 1
        let parameter = master(memory, values)
        let copy = workingCopy(memory)
        command.operands[.parameter] = parameter
        command.operands[.workingCopy] = copy
        memory.run(command)
        #expect(memory.values(of: parameter) == values)
        #expect(memory.values(of: copy) == values.map { quantized($0).float })
        expectZeroPadding(copy, memory)
    }
}
