import AcceleratorDriver
import AcceleratorISA
import ModelGraph
import RetrainingCompiler
import TestSupport
import Testing

/// One StarGAN iteration on the device against its definition in double precision.
@Suite struct StarGANGradientTests {
    /// Networks, images and labels.
    private struct Scene {
        let configuration: StarGANConfiguration
        let batch = 2
        var generator: DoubleNetwork
        var discriminator: DoubleNetwork
        var images: [DoubleMap] = []
        let original: [[Double]] = [[1, 0, 0], [0, 1, 1]]
        let target: [[Double]] = [[0, 1, 0], [1, 1, 0]]

        init(seed: UInt64) throws {
            configuration = try StarGANConfiguration(
                imageSize: 16,
                generatorChannels: 4,
                residualBlocks: 1,
                classes: 3,
                discriminatorChannels: 4,
                discriminatorLayers: 3
            )
            var random = SeededGenerator(seed: seed)
            generator = try random.network(try configuration.generator())
            discriminator = try random.network(try configuration.discriminator())
            for _ in 0..<batch { images.append(random.image(discriminator.graph.inputShape)) }
        }

        /// Loss and gradients of the discriminator; parts: real images, fakes, classes.
        func discriminatorStep(
            _ judge: DoubleNetwork
        ) -> (loss: Double, gradients: [DoubleNetwork.Gradients]) {
            var (loss, gradients) = (0.0, [DoubleNetwork.Gradients](repeating: [:], count: 3))
            let share = 1 / Double(batch)
            for image in 0..<batch {
                let fake = generator(images[image].appending(labels: target[image]))[0]
                for (picture, isReal) in [(images[image], true), (fake, false)] {
                    let trace = judge.trace(picture)
                    let values = judge.graph.outputs.map { trace.values[$0] }
                    let score = DoubleLoss.leastSquares(values[0], to: isReal ? 1 : 0)
                    let classes = DoubleLoss.crossEntropy(values[1], original[image])
                    loss += share * (score.value + (isReal ? classes.value : 0))
                    _ = judge.backward(
                        trace,
                        errors: [share * score.gradient, 0 * classes.gradient],
                        adding: &gradients[isReal ? 0 : 1]
                    )
                    guard isReal else { continue }
                    _ = judge.backward(
                        trace,
                        errors: [0 * score.gradient, share * classes.gradient],
                        adding: &gradients[2]
                    )
                }
            }
            return (loss, gradients)
        }

        /// Loss and gradients of the generator before a discriminator; parts: judgement, and the
        /// reconstruction's through the fake and through the second pass.
        func generatorStep(
            _ make: DoubleNetwork,
            judge: DoubleNetwork
        ) -> (loss: Double, gradients: [DoubleNetwork.Gradients]) {
            var (loss, gradients) = (0.0, [DoubleNetwork.Gradients](repeating: [:], count: 3))
            let share = 1 / Double(batch)
            for image in 0..<batch {
                let made = make.trace(images[image].appending(labels: target[image]))
                let fake = made.values[make.graph.outputs[0]]
                let judged = judge.trace(fake)
                let values = judge.graph.outputs.map { judged.values[$0] }
                let score = DoubleLoss.leastSquares(values[0], to: 1)
                let classes = DoubleLoss.crossEntropy(values[1], target[image])
                var unused = DoubleNetwork.Gradients()
                let judgement = judge.backward(
                    judged,
                    errors: [share * score.gradient, share * classes.gradient],
                    adding: &unused
                )
                let returned = make.trace(fake.appending(labels: original[image]))
                let back = DoubleLoss.absoluteDifference(
                    returned.values[make.graph.outputs[0]],
                    to: images[image]
                )
                let error = make.backward(
                    returned,
                    errors: [10 * share * back.gradient],
                    adding: &gradients[2]
                )
                let picture = DoubleMap(fake.shape, Array(error.values.prefix(fake.values.count)))
                _ = make.backward(made, errors: [judgement], adding: &gradients[0])
                _ = make.backward(made, errors: [picture], adding: &gradients[1])
                loss += share * (score.value + classes.value + 10 * back.value)
            }
            return (loss, gradients)
        }
    }

    private func run(_ scene: Scene, on device: TestDevice) async throws -> StarGANPlan {
        let plan = try StarGANPlan(
            StarGANTraining(
                configuration: scene.configuration,
                batch: scene.batch,
                keepsResults: true
            ),
            graphs: (scene.generator.graph, scene.discriminator.graph),
            capabilities: device.accelerator.capabilities
        )
        try await device.write(scene.generator.parameters, to: plan.generator)
        try await device.write(scene.discriminator.parameters, to: plan.discriminator)
        try await device.write(scene.original.flatMap { $0 }, to: plan.originalLabels)
        try await device.write(scene.target.flatMap { $0 }, to: plan.targetLabels)
        for (image, slot) in zip(scene.images, plan.imageSlots) {
            try await device.write(image.values, to: slot)
        }
        var commands = plan.step.program.commands
        for read in plan.step.imageReads {
            commands[read.command].operands[.source] = plan.imageSlots[read.image]
        }
        for place in plan.step.discriminatorUpdates {
            AdamRule(learningRate: 1e-3).apply(to: &commands[place], step: 1)
        }
        try await device.accelerator.submit(plan.setUp.commands)
        try await device.accelerator.submit(commands)
        return plan
    }

    @Test func theReferencesGradientsAreTheSlopesOfItsLosses() throws {
        let scene = try Scene(seed: 3)
        let judge = scene.discriminator
        let discriminator = slopeError(
            of: [judge],
            [scene.discriminatorStep(judge).gradients]
        ) { scene.discriminatorStep($0[0]).loss }
        #expect(discriminator < 1e-4)
        let generator = slopeError(
            of: [scene.generator],
            [scene.generatorStep(scene.generator, judge: judge).gradients]
        ) { scene.generatorStep($0[0], judge: judge).loss }
        #expect(generator < 1e-4)
    }

    @Test(arguments: UInt64(1)...4)
    func iterationIsTheDefinition(seed: UInt64) async throws {
        let scene = try Scene(seed: seed)
        let device = try await TestDevice.open()
        let plan = try await run(scene, on: device)
        // The generator is judged by the updated discriminator.
        var judge = scene.discriminator
        judge.parameters = try await device.readParameters(of: plan.discriminator)
        #expect(judge.parameters != scene.discriminator.parameters)
        for (name, network, parts, limit) in [
            (
                "discriminator", scene.discriminator,
                scene.discriminatorStep(scene.discriminator).gradients, 0.1
            ),
            (
                "generator", scene.generator,
                scene.generatorStep(scene.generator, judge: judge).gradients, 0.25
            ),
        ] {
            let got = try await device.readGradients(plan.step.gradients, prefix: name)
            let comparison = try GradientComparison(
                got,
                parts: parts,
                names: network.graph.parameters.map(\.name)
            )
            comparison.expectNear(limit, "\(name), seed \(seed)")
        }
        await device.accelerator.close()
    }
}
