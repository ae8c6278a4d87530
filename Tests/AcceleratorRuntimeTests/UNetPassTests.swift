import AcceleratorISA
import ModelGraph
import RetrainingCompiler
import TestSupport
import Testing

/// Networks that read two maps at once, on the device and by definition.
@Suite struct UNetPassTests {
    /// Two levels of a U-Net around an innermost convolution, norms affine where asked for.
    private func smallUNet(isAffine: Bool = false, hasTanh: Bool = true) throws -> NetworkGraph {
        var units: [ConvolutionUnit] = []
        func append(
            _ input: Int,
            _ output: Int,
            source: ConvolutionUnit.Source,
            appended: ConvolutionUnit.Source? = nil,
            isUp: Bool,
            hasNorm: Bool,
            _ activation: ConvolutionUnit.Activation
        ) {
            let name = "unit\(units.count)"
            units.append(
                ConvolutionUnit(
                    name: name,
                    source: source,
                    appended: appended,
                    sourceActivation: isUp ? .relu : .none,
                    convolution: .init(
                        inputChannels: input,
                        outputChannels: output,
                        kernel: 4,
                        stride: 2,
                        padding: 1,
                        isTransposed: isUp,
                        hasBias: !hasNorm
                    ),
                    normalization: hasNorm ? .init(isAffine: isAffine) : nil,
                    activation: activation,
                    parameterNames: .init(
                        weight: name + ".weight",
                        bias: hasNorm ? nil : name + ".bias",
                        scale: hasNorm && isAffine ? name + ".scale" : nil,
                        shift: hasNorm && isAffine ? name + ".shift" : nil
                    )
                )
            )
        }
        let leaky = ConvolutionUnit.Activation.leakyRelu(slope: 0.2)
        append(3, 16, source: .input, isUp: false, hasNorm: false, leaky)
        append(16, 32, source: .unit(0), isUp: false, hasNorm: true, leaky)
        append(32, 24, source: .unit(1), isUp: false, hasNorm: false, .none)
        append(24, 20, source: .unit(2), isUp: true, hasNorm: true, .none)
        append(
            52,
            8,
            source: .unit(1),
            appended: .unit(3),
            isUp: true,
            hasNorm: true,
            .none
        )
        append(
            24,
            3,
            source: .unit(0),
            appended: .unit(4),
            isUp: true,
            hasNorm: false,
            hasTanh ? .tanh : .none
        )
        return try NetworkGraph(
            name: "small U-Net",
            inputChannels: 3,
            inputHeight: 32,
            inputWidth: 32,
            units: units,
            outputs: [5]
        )
    }

    private struct Scene {
        let network: DoubleNetwork
        let inputs: [DoubleMap]
        let errors: [DoubleMap]

        init(_ graph: NetworkGraph, seed: UInt64, batch: Int = 2) throws {
            var random = SeededGenerator(seed: seed)
            network = try random.network(graph)
            inputs = (0..<batch).map { _ in random.image(graph.inputShape) }
            errors = (0..<batch).map { _ in
                random.image(graph.outputShape(of: graph.outputs[0]))
            }
        }

        func pass(rolin: ROLINMode = .full) async throws -> DevicePass {
            let device = try await TestDevice.open()
            let pass = try await DevicePass(
                network,
                inputs: inputs,
                errors: errors,
                rolin: rolin,
                on: device
            )
            await device.accelerator.close()
            return pass
        }
    }

    private func distance(_ got: [Float], _ want: [Double]) -> Double {
        guard got.count == want.count else { return .infinity }
        let squares = zip(got, want).reduce(0) {
            $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1)
        }
        return (squares / want.reduce(0) { $0 + $1 * $1 }).squareRoot()
    }

    @Test func theReferencesGradientsAreTheSlopesOfItsLoss() throws {
        let scene = try Scene(smallUNet(isAffine: true), seed: 4, batch: 1)
        let trace = scene.network.trace(scene.inputs[0])
        let loss = DoubleLoss.leastSquares(trace.values[5], to: 0.5)
        var gradients: DoubleNetwork.Gradients = [:]
        _ = scene.network.backward(trace, errors: [loss.gradient], adding: &gradients)
        let error = slopeError(of: [scene.network], [[gradients]]) {
            DoubleLoss.leastSquares($0[0](scene.inputs[0])[0], to: 0.5).value
        }
        #expect(error < 1e-4)
    }

    @Test(arguments: [(false, true), (true, true), (true, false)])
    func passesAreTheDefinition(isAffine: Bool, hasTanh: Bool) async throws {
        let graph = try smallUNet(isAffine: isAffine, hasTanh: hasTanh)
        let scene = try Scene(graph, seed: 7)
        let pass = try await scene.pass()
        var gradients: DoubleNetwork.Gradients = [:]
        var (outputs, inputErrors): ([Double], [Double]) = ([], [])
        for (input, error) in zip(scene.inputs, scene.errors) {
            let trace = scene.network.trace(input)
            outputs += trace.values[5].values
            inputErrors += scene.network.backward(trace, errors: [error], adding: &gradients).values
        }
        #expect(distance(pass.outputs[0], outputs) < 0.02)
        #expect(distance(pass.inputError, inputErrors) < 0.1)
        #expect(Set(pass.gradients.keys) == Set(gradients.keys))
        for (name, want) in gradients {
            let far = distance(try #require(pass.gradients[name]), want)
            #expect(far < 0.1, "\(name): \(far)")
        }
    }

    @Test(arguments: [false, true])
    func everyROLINModeComesToTheSameBits(isAffine: Bool) async throws {
        let scene = try Scene(smallUNet(isAffine: isAffine), seed: 9)
        let full = try await scene.pass()
        #expect(full.gradients.values.allSatisfy { $0.contains { $0 != 0 } })
        for mode in [ROLINMode.off, .applyFused] {
            let other = try await scene.pass(rolin: mode)
            #expect(other.outputs == full.outputs, "\(mode)")
            #expect(other.gradients == full.gradients, "\(mode)")
            #expect(other.inputError == full.inputError, "\(mode)")
        }
    }

    @Test func aWholeUNetIsTheDefinition() async throws {
        let graph = try UNet.generator(
            inputChannels: 3,
            outputChannels: 3,
            channels: 16,
            levels: 5,
            norm: .instance,
            imageSize: 64
        ).graph
        let scene = try Scene(graph, seed: 2, batch: 1)
        let pass = try await scene.pass()
        let want = scene.network(scene.inputs[0])[0].values
        let far = distance(pass.outputs[0], want)
        #expect(far < 0.03, "\(far)")
    }

    @Test func mapsThatTheDeviceCannotShareOutAreRefused() throws {
        let graph = try UNet.generator(
            inputChannels: 3,
            outputChannels: 3,
            channels: 8,
            levels: 5,
            norm: .instance,
            imageSize: 32
        ).graph
        var layout = DeviceLayout(capacity: 1 << 30)
        let error = #expect(throws: CompileError.self) {
            _ = try NetworkParameters(graph, isTrained: false, in: &layout)
        }
        #expect(error?.description.contains("the first of 8 channels") == true)
    }
}
