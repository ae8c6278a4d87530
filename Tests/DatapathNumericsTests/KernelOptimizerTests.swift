import AcceleratorISA
import CDatapathKernels
import DatapathNumerics
import Testing

/// The update rules of every kernel variant against the reference's optimizer command.
@Suite struct KernelOptimizerTests {
    /// Three tiles of parameters with their gradient and moments, and the working copy.
    private struct Layer {
        let memory = TestMemory()
        let parameter: Tensor
        let gradient: Tensor
        let first: Tensor
        let second: Tensor
        let copy: Tensor

        init(seed: UInt64) {
            var generator = SeededGenerator(seed: seed)
            func master(_ range: ClosedRange<Float>, _ memory: TestMemory) -> Tensor {
                let values = (0..<768).map { _ in Float.random(in: range, using: &generator) }
                return memory.tensor(.masterWeights, 16, 16, 1, 3, values: values)
            }
            parameter = master(-1...1, memory)
            gradient = master(-0.1...0.1, memory)
            first = master(-0.1...0.1, memory)
            second = master(0...0.01, memory)
            copy = memory.tensor(.weights, 16, 16, 1, 3)
        }

        func command(_ kind: OptimizerKind, hasMoment: Bool, hasCopy: Bool) -> Command {
            var command = Command(.optimizer, stage: .update)
            command.optimizerKind = kind
            command.operands[.parameter] = parameter
            command.operands[.gradient] = gradient
            if hasMoment { command.operands[.firstMoment] = first }
            if kind == .adam { command.operands[.secondMoment] = second }
            if hasCopy { command.operands[.workingCopy] = copy }
            return command
        }
    }

    @Test(arguments: KernelVariant.all, [false, true])
    func adamAgrees(variant: KernelVariant, hasCopy: Bool) throws {
        let kernels = try variant.kernels()
        let layer = Layer(seed: 500)
        var command = layer.command(.adam, hasMoment: true, hasCopy: hasCopy)
        let scalars: [Float] = [0.5, 0.5, 0.999, 0.001, 1e-8, 2e-4, 0.0316]
        for (index, scalar) in scalars.enumerated() { command.scalars[index] = scalar }
        var rule = dk_adam(
            beta1: scalars[0],
            one_minus_beta1: scalars[1],
            beta2: scalars[2],
            one_minus_beta2: scalars[3],
            epsilon: scalars[4],
            step_size: scalars[5],
            correction: scalars[6]
        )
        var p = layer.memory.floats(of: layer.parameter)
        var m = layer.memory.floats(of: layer.first)
        var v = layer.memory.floats(of: layer.second)
        let g = layer.memory.floats(of: layer.gradient)
        var stored = layer.memory.halves(of: layer.copy)
        layer.memory.run(command)
        stored.withUnsafeMutableBufferPointer { stored in
            kernels.adam(&p, &m, &v, g, hasCopy ? stored.baseAddress : nil, p.count, &rule)
        }
        #expect(p == layer.memory.floats(of: layer.parameter))
        #expect(m == layer.memory.floats(of: layer.first))
        #expect(v == layer.memory.floats(of: layer.second))
        #expect(stored == layer.memory.halves(of: layer.copy))
    }

    @Test(
        arguments: KernelVariant.all,
        [(false, false), (false, true), (true, false), (true, true)]
    )
    func descentAgrees(variant: KernelVariant, _ options: (hasMoment: Bool, hasCopy: Bool)) throws {
        let kernels = try variant.kernels()
        let layer = Layer(seed: 501)
        var command = layer.command(.sgd, hasMoment: options.hasMoment, hasCopy: options.hasCopy)
        command.scalars[0] = 0.013
        command.scalars[1] = 0.9
        var p = layer.memory.floats(of: layer.parameter)
        var m = layer.memory.floats(of: layer.first)
        let g = layer.memory.floats(of: layer.gradient)
        var stored = layer.memory.halves(of: layer.copy)
        layer.memory.run(command)
        stored.withUnsafeMutableBufferPointer { stored in
            m.withUnsafeMutableBufferPointer { m in
                kernels.sgd(
                    &p,
                    options.hasMoment ? m.baseAddress : nil,
                    g,
                    options.hasCopy ? stored.baseAddress : nil,
                    p.count,
                    0.013,
                    0.9
                )
            }
        }
        #expect(p == layer.memory.floats(of: layer.parameter))
        #expect(m == layer.memory.floats(of: layer.first))
        #expect(stored == layer.memory.halves(of: layer.copy))
    }

    @Test(arguments: KernelVariant.all)
    func theWorkingCopyAloneAgrees(variant: KernelVariant) throws {
        let kernels = try variant.kernels()
        let layer = Layer(seed: 502)
        var command = layer.command(.sgd, hasMoment: false, hasCopy: true)
        command.operands[.gradient] = nil
        layer.memory.run(command)
        let p = layer.memory.floats(of: layer.parameter)
        var stored = [UInt16](repeating: 0, count: p.count)
        kernels.store_weights(&stored, p, p.count)
        #expect(stored == layer.memory.halves(of: layer.copy))
    }
}
