import AcceleratorISA
import DatapathNumerics
import Glibc
import Testing

/// Every loss and its gradient against Double and finite differences.
@Suite struct LossTests {
    private static let batch = 3
    private static let channels = 18

    /// A loss in Double of values in plain order.
    private func exactLoss(
        _ kind: LossKind,
        _ values: [Double],
        _ target: (Int) -> Double
    ) -> Double {
        let batch = Double(Self.batch)
        let perImage = values.count / Self.batch
        var total = 0.0
        switch kind {
        case .absoluteDifference:
            for index in values.indices { total += abs(values[index] - target(index)) }
            return total / Double(values.count)
        case .leastSquares:
            for index in values.indices {
                total += (values[index] - target(index)) * (values[index] - target(index))
            }
            return total / Double(values.count)
        case .mean:
            return values.reduce(0, +) / Double(values.count)
        case .sigmoidCrossEntropy:
            for index in values.indices {
                let probability = 1 / (1 + exp(-values[index]))
                total -=
                    target(index) * log(probability) + (1 - target(index)) * log(1 - probability)
            }
            return total / batch
        case .softmaxCrossEntropy:
            for image in 0..<Self.batch {
                let row = image * perImage..<(image + 1) * perImage
                let sum = row.reduce(0.0) { $0 + exp(values[$1]) }
                for index in row where target(index) == 1 { total -= values[index] - log(sum) }
            }
            return total / batch
        case .gradientPenalty:
            for image in 0..<Self.batch {
                let row = image * perImage..<(image + 1) * perImage
                let norm = row.reduce(0.0) { $0 + values[$1] * values[$1] }.squareRoot()
                total += (norm - 1) * (norm - 1)
            }
            return total / batch
        }
    }

    @Test(arguments: LossKind.allCases, [false, true])
    func valueAndGradientAgreeWithDouble(kind: LossKind, hasTarget: Bool) {
        let isEntropy = kind == .sigmoidCrossEntropy || kind == .softmaxCrossEntropy
        if isEntropy && !hasTarget { return }
        let side = isEntropy ? 1 : 5
        var generator = SeededGenerator(seed: 12)
        let count = Self.batch * Self.channels * side * side
        let values = generator.values(count).map { quantized($0 * 4).float }
        let memory = TestMemory()
        var command = Command(.loss, stage: .error)
        command.lossKind = kind
        command.scalars[0] = 0.5
        command.scalars[1] = 3
        command.scalars[2] = 0.25
        let source = memory.tensor(.map, Self.batch, Self.channels, side, side, values: values)
        command.operands[.source] = source
        var targets = generator.values(count)
        if isEntropy {
            // One label an image, and for the sigmoid a few more.
            targets = (0..<count).map { index in
                let isLabel = index % Self.channels == index / Self.channels * 7
                let isMore = kind == .sigmoidCrossEntropy && index % 5 == 0
                return isLabel || isMore ? 1 : 0
            }
            command.operands[.target] =
                memory.tensor(.vector, Self.batch, Self.channels, values: targets)
        } else if hasTarget {
            command.operands[.target] =
                memory.tensor(.map, Self.batch, Self.channels, side, side, values: targets)
        }
        let gradient = memory.tensor(.map, Self.batch, Self.channels, side, side)
        let loss = memory.tensor(.vector, 1, 1)
        command.operands[.destination] = gradient
        command.operands[.lossValue] = loss
        memory.run(command)

        let exact = { (values: [Double]) in
            exactLoss(kind, values) { hasTarget ? Double(targets[$0]) : 0.25 }
        }
        let point = values.map(Double.init)
        expectClose(
            memory.values(of: loss),
            [0.5 * exact(point)],
            relative: 1e-5,
            absolute: 1e-7
        )
        let gradients = memory.values(of: gradient)
        for index in sampledIndices(of: count, count: 40) {
            let slope = 3 * centralDifference(of: exact, at: point, in: index, step: 1e-5)
            expectClose([gradients[index]], [slope], relative: 0x1p-8, absolute: 1e-6)
        }
        expectZeroPadding(gradient, memory)
    }

    @Test func equalValuesHaveNoAbsoluteGradientAndAZeroImageNoPenaltyGradient() {
        for kind in [LossKind.absoluteDifference, .gradientPenalty] {
            let memory = TestMemory()
            var command = Command(.loss, stage: .error)
            command.lossKind = kind
            command.scalars[0] = 1
            command.scalars[1] = 1
            command.operands[.source] = memory.tensor(.map, 1, 2, 1, 1, values: [0, 0])
            let gradient = memory.tensor(.map, 1, 2, 1, 1)
            let loss = memory.tensor(.vector, 1, 1)
            command.operands[.destination] = gradient
            command.operands[.lossValue] = loss
            memory.run(command)
            #expect(memory.values(of: gradient) == [0, 0])
            #expect(memory.values(of: loss) == [kind == .gradientPenalty ? 1 : 0])
        }
    }

    @Test func crossEntropiesSurviveTheLargestLogits() {
        for kind in [LossKind.sigmoidCrossEntropy, .softmaxCrossEntropy] {
            let memory = TestMemory()
            var command = Command(.loss, stage: .error)
            command.lossKind = kind
            command.scalars[0] = 1
            command.scalars[1] = 1
            let extreme = BFloat16.greatestQuantized.float
            command.operands[.source] =
                memory.tensor(.map, 1, 2, 1, 1, values: [extreme, -extreme])
            command.operands[.target] = memory.tensor(.vector, 1, 2, values: [1, 0])
            let gradient = memory.tensor(.map, 1, 2, 1, 1)
            let loss = memory.tensor(.vector, 1, 1)
            command.operands[.destination] = gradient
            command.operands[.lossValue] = loss
            memory.run(command)
            #expect(memory.values(of: loss) == [0])
            #expect(memory.values(of: gradient) == [0, 0])
        }
    }
}
