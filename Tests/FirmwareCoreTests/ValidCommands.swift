import AcceleratorISA
import Testing

/// A valid command with a name, by which a test refers to it.
struct NamedCommand: CustomTestStringConvertible {
    var name: String
    var command: Command

    var testDescription: String { name }
}

/// Valid commands of every opcode; each one's tensors begin at address 0 of a device of its own.
enum ValidCommands {
    static let all: [NamedCommand] = convolutions + backwards + others

    static func named(_ name: String) -> Command {
        guard let found = all.first(where: { $0.name == name }) else {
            preconditionFailure("no valid command is called \(name)")
        }
        return found.command
    }

    private static func make(
        _ name: String,
        _ body: (inout CommandBuilder) -> Command
    ) -> NamedCommand {
        var builder = CommandBuilder()
        return NamedCommand(name: name, command: body(&builder))
    }

    static let reflecting = ConvolutionGeometry(
        kernel: 7,
        stride: 1,
        padding: 3,
        paddingMode: .reflect
    )
    static let halving = ConvolutionGeometry(kernel: 4, stride: 2, padding: 1)
    static let doubling = ConvolutionGeometry(
        kernel: 3,
        stride: 2,
        padding: 1,
        direction: .scatter
    )

    private static let convolutions: [NamedCommand] = [
        make("reflecting convolution") {
            $0.convolution(reflecting, source: (3, 9), destination: (20, 9))
        },
        make("halving convolution") {
            $0.convolution(
                halving,
                source: (20, 8),
                destination: (5, 4),
                statistics: .errorSums
            )
        },
        make("transposed convolution") {
            $0.convolution(doubling, source: (17, 4), destination: (8, 8))
        },
        make("transposed convolution without output padding") {
            $0.convolution(doubling, source: (17, 4), destination: (8, 7), statistics: .none)
        },
        make("bare convolution") {
            var command = $0.command(.convolution)
            command.geometry = ConvolutionGeometry(kernel: 1, stride: 1, padding: 0)
            command.operands[.source] = $0.tensor(.map, 1, 16, 4, 4)
            command.operands[.weights] = $0.tensor(.weights, 16, 16, 1, 1)
            command.operands[.destination] = $0.tensor(.map, 1, 16, 4, 4)
            return command
        },
    ]

    private static let backwards: [NamedCommand] = [
        make("reflecting backward") {
            $0.backward(reflecting, input: (3, 9), output: (20, 9))
        },
        make("halving backward") { $0.backward(halving, input: (20, 8), output: (5, 4)) },
        make("transposed backward") {
            var command = $0.backward(doubling, input: (17, 4), output: (8, 8))
            command.flags = [.accumulates, .accumulatesBias]
            return command
        },
        make("masked backward") {
            var command = $0.backward(reflecting, input: (3, 9), output: (20, 9))
            for role in [OperandRole.errorStatistics, .errorScale, .errorShift, .errorSums] {
                command.operands[role] = nil
            }
            command.errorActivation = .tanh
            return command
        },
        make("bias gradient") {
            var command = $0.command(.convolutionBackward, .weightGradient)
            command.geometry = halving
            command.operands[.error] = $0.tensor(.map, 2, 20, 4, 4, kind: .error)
            command.operands[.biasGradient] = $0.tensor(.vector, 1, 20, kind: .gradient)
            return command
        },
    ]

    private static let others: [NamedCommand] = [
        make("elementwise of a source") { $0.elementwise(fromError: false) },
        make("elementwise of an error") { $0.elementwise(fromError: true) },
        make("elementwise of an error without scale") {
            var command = $0.elementwise(fromError: true)
            command.operands[.errorScale] = nil
            command.operands[.errorShift] = nil
            return command
        },
        make("elementwise of a masked error") {
            var command = $0.elementwise(fromError: true)
            command.errorActivation = .identity
            command.operands[.errorShift] = nil
            return command
        },
        make("elementwise of an error before an activation") {
            var command = $0.command(.elementwise, .error)
            command.errorActivation = Activation(.leakyRelu, slope: 0.2)
            command.operands[.error] = $0.tensor(.map, 1, 3, 8, 8)
            command.operands[.errorOutput] = $0.tensor(.map, 1, 3, 8, 8)
            command.operands[.destination] = $0.tensor(.map, 1, 3, 8, 8)
            return command
        },
        make("statistics pass") {
            var command = $0.elementwise(fromError: false)
            command.operands[.destination] = nil
            command.operands[.destinationSkip] = nil
            return command
        },
        make("tanh derivative in place") {
            var command = $0.command(.elementwise, .error)
            command.maskActivation = .tanh
            command.operands[.source] = $0.tensor(.map, 1, 3, 8, 8)
            command.operands[.mask] = $0.tensor(.map, 1, 3, 8, 8)
            command.operands[.destination] = command.operands[.source]
            return command
        },
        make("compose") {
            var command = $0.command(.compose)
            command.flags = .mirrors
            command.operands[.source] = $0.tensor(.image, 2, 3, 5, 7, kind: .image)
            command.operands[.labels] = $0.tensor(.vector, 2, 4)
            command.operands[.destination] = $0.tensor(.map, 2, 7, 5, 7)
            return command
        },
        make("interpolate") {
            var command = $0.command(.interpolate)
            command.operands[.source] = $0.tensor(.map, 2, 3, 5, 7)
            command.operands[.target] = $0.tensor(.map, 2, 3, 5, 7)
            command.operands[.destination] = $0.tensor(.map, 2, 3, 5, 7)
            command.operands[.labels] = $0.tensor(.vector, 2, 1)
            return command
        },
        make("absolute difference") { $0.loss(.absoluteDifference, target: .map) },
        make("least squares") { $0.loss(.leastSquares, target: nil) },
        make("mean") { $0.loss(.mean, target: nil) },
        make("sigmoid") { $0.loss(.sigmoidCrossEntropy, target: .vector, side: 1) },
        make("softmax") { $0.loss(.softmaxCrossEntropy, target: .vector, side: 1) },
        make("gradient penalty") { $0.loss(.gradientPenalty, target: nil) },
        make("adam") { $0.optimizer(.adam, layout: .masterWeights) },
        make("adam of a vector") { $0.optimizer(.adam, layout: .vector) },
        make("sgd") { $0.optimizer(.sgd, layout: .masterWeights) },
        make("working copy") {
            var command = $0.optimizer(.sgd, layout: .masterWeights)
            command.operands[.gradient] = nil
            command.operands[.firstMoment] = nil
            return command
        },
        make("reduce a vector") {
            var command = $0.command(.reduce)
            command.operands[.source] = $0.tensor(.vector, 4, 20)
            command.operands[.destination] = $0.tensor(.vector, 1, 20)
            return command
        },
        make("reduce statistics") {
            var command = $0.command(.reduce)
            command.flags = .accumulates
            command.scalars[0] = 1
            command.operands[.source] = $0.tensor(.statistics, 4, 20)
            command.operands[.destination] = $0.tensor(.vector, 1, 20)
            return command
        },
        make("fill") {
            var command = $0.command(.fill)
            command.operands[.destination] = $0.tensor(.weights, 20, 20, 3, 3)
            return command
        },
        make("fence") { $0.command(.fence) },
    ]
}
