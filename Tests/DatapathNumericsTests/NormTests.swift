import AcceleratorISA
import DatapathNumerics
import Testing

/// Instance norm forward and backward, as elementwise passes, against Double.
@Suite struct NormTests {
    private static let batch = 2
    private static let channels = 18
    private static let height = 5
    private static let width = 6
    private static let epsilon: Float = 1e-5

    private var count: Int { Self.batch * Self.channels * Self.height * Self.width }
    private var pixels: Int { Self.height * Self.width }

    /// Conv outputs, parameters and the error of the activated norm.
    private struct Inputs {
        var y: [Float]
        var scale: [Float]
        var shift: [Float]
        var error: [Float]

        init(count: Int, channels: Int) {
            var generator = SeededGenerator(seed: 5)
            y = generator.values(count).map { quantized($0 * 3 + 1).float }
            scale = generator.values(channels).map { $0 + 1.5 }
            shift = generator.values(channels)
            error = generator.values(count)
        }
    }

    private func map(_ memory: TestMemory, _ values: [Float]? = nil) -> Tensor {
        memory.tensor(.map, Self.batch, Self.channels, Self.height, Self.width, values: values)
    }

    private func statistics(_ memory: TestMemory) -> Tensor {
        memory.tensor(.statistics, Self.batch, Self.channels)
    }

    /// Mean and 1 / sqrt(variance + epsilon) of an image and channel.
    private func moments(_ y: [Double], _ image: Int, _ channel: Int) -> (Double, Double) {
        let first = (image * Self.channels + channel) * pixels
        let values = y[first..<first + pixels]
        let mean = values.reduce(0, +) / Double(pixels)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pixels)
        return (mean, 1 / (variance + Double(Self.epsilon)).squareRoot())
    }

    /// leakyRelu(scale * norm(y) + shift) against the error: the objective of the backward pass.
    private func objective(_ inputs: Inputs, y: [Double], channelOfInterest: Int) -> Double {
        var total = 0.0
        for image in 0..<Self.batch {
            let (mean, inverse) = moments(y, image, channelOfInterest)
            let first = (image * Self.channels + channelOfInterest) * pixels
            for index in first..<first + pixels {
                let z =
                    (y[index] - mean) * inverse * Double(inputs.scale[channelOfInterest])
                    + Double(inputs.shift[channelOfInterest])
                total += (z > 0 ? z : z * 0.25) * Double(inputs.error[index])
            }
        }
        return total
    }

    @Test func momentsAndApplicationAgreeWithDouble() {
        let inputs = Inputs(count: count, channels: Self.channels)
        let memory = TestMemory()
        let (y, moments) = storeMoments(inputs, memory)
        var apply = Command(.elementwise, stage: .forward)
        apply.operands[.source] = y
        apply.operands[.sourceStatistics] = moments
        apply.operands[.sourceScale] = memory.tensor(
            .vector,
            1,
            Self.channels,
            values: inputs.scale
        )
        apply.operands[.sourceShift] = memory.tensor(
            .vector,
            1,
            Self.channels,
            values: inputs.shift
        )
        apply.sourceActivation = .relu
        let output = map(memory)
        apply.operands[.destination] = output
        memory.run(apply)

        let exactY = inputs.y.map(Double.init)
        let stored = memory.values(of: moments)
        var exact = [Double](repeating: 0, count: count)
        for image in 0..<Self.batch {
            for channel in 0..<Self.channels {
                let (mean, inverse) = self.moments(exactY, image, channel)
                let row = image * 2 * Self.channels + channel
                expectClose([stored[row]], [mean], relative: 1e-5, absolute: 1e-6)
                expectClose(
                    [stored[row + Self.channels]],
                    [inverse],
                    relative: 1e-5,
                    absolute: 0
                )
                let first = (image * Self.channels + channel) * pixels
                for index in first..<first + pixels {
                    let z =
                        (exactY[index] - mean) * inverse * Double(inputs.scale[channel])
                        + Double(inputs.shift[channel])
                    exact[index] = max(z, 0)
                }
            }
        }
        expectClose(memory.values(of: output), exact, relative: 0x1p-8, absolute: 1e-5)
        expectZeroPadding(output, memory)
        // Past the channels the moments of zeros stand: 0 and 1 / sqrt(epsilon).
        let padded = memory.floats(of: moments)
        #expect(padded[Self.channels..<32].allSatisfy { $0 == 0 })
        let limit = 1 / Self.epsilon.squareRoot()
        #expect(padded[32 + Self.channels..<64].allSatisfy { $0 == limit })
    }

    private func storeMoments(_ inputs: Inputs, _ memory: TestMemory) -> (Tensor, Tensor) {
        let y = map(memory, inputs.y)
        let moments = statistics(memory)
        var command = Command(.elementwise, stage: .forward)
        command.operands[.source] = y
        command.operands[.destinationStatistics] = moments
        command.statistics = .moments
        command.scalars[0] = Self.epsilon
        memory.run(command)
        return (y, moments)
    }

    @Test func theErrorOfTheNormAgreesWithFiniteDifferences() {
        let inputs = Inputs(count: count, channels: Self.channels)
        let memory = TestMemory()
        let (y, moments) = storeMoments(inputs, memory)
        let scale = memory.tensor(.vector, 1, Self.channels, values: inputs.scale)
        let shift = memory.tensor(.vector, 1, Self.channels, values: inputs.shift)

        // First the activation's derivative and the error sums, then the norm's own derivative.
        var mask = Command(.elementwise, stage: .error)
        mask.operands[.source] = map(memory, inputs.error)
        mask.operands[.mask] = y
        mask.operands[.maskStatistics] = moments
        mask.operands[.maskScale] = scale
        mask.operands[.maskShift] = shift
        mask.maskActivation = Activation(.leakyRelu, slope: 0.25)
        mask.statistics = .errorSums
        let masked = map(memory)
        let sums = statistics(memory)
        mask.operands[.destination] = masked
        mask.operands[.destinationStatistics] = sums
        memory.run(mask)

        var norm = Command(.elementwise, stage: .error)
        norm.operands[.error] = masked
        norm.operands[.errorOutput] = y
        norm.operands[.errorStatistics] = moments
        norm.operands[.errorScale] = scale
        norm.operands[.errorSums] = sums
        let result = map(memory)
        norm.operands[.destination] = result
        memory.run(norm)
        expectZeroPadding(masked, memory)
        expectZeroPadding(result, memory)

        let values = memory.values(of: result)
        let exactY = inputs.y.map(Double.init)
        for index in sampledIndices(of: count, count: 60) {
            let channel = index / pixels % Self.channels
            let slope = centralDifference(
                of: { objective(inputs, y: $0, channelOfInterest: channel) },
                at: exactY,
                in: index,
                step: 1e-5
            )
            expectClose([values[index]], [slope], relative: 0x1p-7, absolute: 4e-3)
        }
        expectParameterGradients(inputs, sums: memory.values(of: sums))
    }

    /// S1 and S2, summed over images, are the gradients of shift and scale.
    private func expectParameterGradients(_ inputs: Inputs, sums: [Float]) {
        let y = inputs.y.map(Double.init)
        for channel in 0..<Self.channels {
            var shift = 0.0
            var scale = 0.0
            for image in 0..<Self.batch {
                let (mean, inverse) = moments(y, image, channel)
                let first = (image * Self.channels + channel) * pixels
                for index in first..<first + pixels {
                    let x = (y[index] - mean) * inverse
                    let z = x * Double(inputs.scale[channel]) + Double(inputs.shift[channel])
                    let error = Double(inputs.error[index]) * (z > 0 ? 1 : 0.25)
                    shift += error
                    scale += error * x
                }
            }
            func total(_ half: Int) -> Float {
                (0..<Self.batch).reduce(0) {
                    $0 + sums[($1 * 2 + half) * Self.channels + channel]
                }
            }
            expectClose([total(0)], [shift], relative: 1e-5, absolute: 1e-4)
            expectClose([total(1)], [scale], relative: 1e-4, absolute: 1e-3)
        }
    }

    @Test func rowSumsKeepTheVarianceOfALargeMean() {
        // Mean 20 deviations: a plain sequential sum of squares is off by percents here.
        var generator = SeededGenerator(seed: 6)
        let values = (0..<65_536).map { _ in
            quantized(20 + (Float.random(in: -1...1, using: &generator) * 1.732)).float
        }
        let memory = TestMemory(byteCount: 1 << 22)
        let moments = memory.tensor(.statistics, 1, 1)
        var command = Command(.elementwise, stage: .forward)
        command.operands[.source] = memory.tensor(.map, 1, 1, 256, 256, values: values)
        command.operands[.destinationStatistics] = moments
        command.statistics = .moments
        command.scalars[0] = 1e-5
        memory.run(command)
        let exact = values.map(Double.init)
        let mean = exact.reduce(0, +) / 65_536
        let variance = exact.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 65_536
        let inverse = 1 / (variance + 1e-5).squareRoot()
        expectClose(memory.values(of: moments), [mean, inverse], relative: 2e-3, absolute: 0)
    }
}
