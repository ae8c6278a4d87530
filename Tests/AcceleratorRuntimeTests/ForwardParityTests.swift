import AcceleratorDriver
import AcceleratorRuntime
import ModelGraph
import TestSupport
import Testing

/// Golden cases of whole networks, which are recognised by their tensors.
@Suite struct ForwardParityTests {
    /// A case of a StarGAN generator, made with the reference in double precision.
    private struct Case {
        var family: StrictJSON = "stargan"
        var prefix = "G.module."
        var change: Float = 0
        var lacks = ""

        func results() async throws -> [ParityResult] {
            var random = SeededGenerator(seed: 3)
            let graph = try StarGAN.generator(
                channels: 8,
                classes: 3,
                residualBlocks: 1,
                imageSize: 16
            )
            let network = try random.network(graph)
            var tensors: [SafetensorsWriter.Tensor] = []
            for parameter in graph.parameters where parameter.name != lacks {
                let values = try #require(network.parameters[parameter.name]).map(Float.init)
                let name = "in.network.\(prefix)\(parameter.name)"
                tensors.append(.init(name: name, shape: parameter.shape, values: values))
            }
            let shape = FeatureMapShape(channels: 3, height: 16, width: 16)
            let images = [random.image(shape), random.image(shape)]
            let labels: [[Double]] = [[1, 0, 1], [0, 0, 1]]
            var want: [Float] = []
            for (image, labels) in zip(images, labels) {
                let output = network(image.appending(labels: labels))[0]
                want += output.values.map { Float($0) + change }
            }
            let image = images.flatMap(\.values).map(Float.init)
            tensors += [
                .init(name: "in.image", shape: [2, 3, 16, 16], values: image),
                .init(name: "in.labels", shape: [2, 3], values: labels.joined().map(Float.init)),
                .init(name: "want.output.0", shape: [2, 3, 16, 16], values: want),
            ]
            var golden = GoldenCase(kind: "forward", operation: family)
            golden.tolerance = ["output.0": ["relativeL2": 0.05]]
            golden.further = tensors
            return try await golden.results()
        }
    }

    @Test func aNetworkIsRecognisedRunAndCompared() async throws {
        let results = try await Case().results()
        #expect(results.map(\.tensor) == ["output.0"])
        #expect(results.allSatisfy { $0.isInside }, "\(results)")
        let wrong = try await Case(change: 0.2).results()
        #expect(wrong.allSatisfy { !$0.isInside })
    }

    @Test func whatIsNotTheNetworkThatTheCaseNamesIsAnError() async throws {
        for (golden, words) in [
            (Case(family: "resnet"), "it holds stargan, not one resnet"),
            (Case(lacks: "main.1.weight"), "missing: G.module.main.1.weight"),
            (Case(prefix: "D."), "its layers are those of a generator"),
        ] {
            let error = await #expect(throws: RetrainingError.self) {
                _ = try await golden.results()
            }
            #expect(error.map { "\($0)" }?.contains(words) == true, "\(error as Any)")
        }
    }
}
