import AcceleratorDriver
import AcceleratorISA
import ModelGraph
import RetrainingCompiler
import TestSupport
import Testing

/// Networks that read two maps at once, on the device and by definition.
@Suite struct UNetPassTests {
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

    /// Rounding flips rectifiers: a simulation of bf16 in networks like these is up to 0.17 off in
    /// the gradients of the innermost layers, 0.03 in the last one's.
    private static let gradientNoise = 0.25

    private func distance(_ got: [Float], _ want: [Double]) -> Double {
        guard got.count == want.count else { return .infinity }
        let squares = zip(got, want).reduce(0) {
            $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1)
        }
        return (squares / want.reduce(0) { $0 + $1 * $1 }).squareRoot()
    }

    @Test func theReferencesGradientsAreTheSlopesOfItsLoss() throws {
        let scene = try Scene(NetworkGraph.smallUNet(isAffine: true), seed: 4, batch: 1)
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
        let graph = try NetworkGraph.smallUNet(isAffine: isAffine, hasTanh: hasTanh)
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
        #expect(distance(pass.inputError, inputErrors) < Self.gradientNoise)
        #expect(Set(pass.gradients.keys) == Set(gradients.keys))
        for (name, want) in gradients {
            let far = distance(try #require(pass.gradients[name]), want)
            let limit = name.hasPrefix("unit5") ? 0.04 : Self.gradientNoise
            #expect(far < limit, "\(name): \(far)")
        }
        let comparison = try GradientComparison(
            pass.gradients,
            parts: [gradients],
            names: gradients.keys.sorted()
        )
        #expect(comparison.weights.allSatisfy { abs($0 - 1) < 0.05 }, "\(comparison.weights)")
    }

    @Test(arguments: [false, true])
    func everyROLINModeComesToTheSameBits(isAffine: Bool) async throws {
        let scene = try Scene(NetworkGraph.smallUNet(isAffine: isAffine), seed: 9)
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
