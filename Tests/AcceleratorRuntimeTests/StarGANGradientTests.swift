import AcceleratorDriver
import AcceleratorISA
import Glibc
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

        var fakes: [DoubleMap] {
            zip(images, target).map { generator($0.appending(labels: $1))[0] }
        }

        func discriminatorLoss(_ judge: DoubleNetwork, fakes: [DoubleMap]) -> Double {
            var loss = 0.0
            for image in 0..<batch {
                let real = judge(images[image])
                loss += real[0].squaredDistance(to: 1)
                loss += Self.crossEntropy(real[1].values, original[image])
                loss += judge(fakes[image])[0].squaredDistance(to: 0)
            }
            return loss / Double(batch)
        }

        func generatorLoss(_ make: DoubleNetwork, judge: DoubleNetwork) -> Double {
            var loss = 0.0
            for image in 0..<batch {
                let fake = make(images[image].appending(labels: target[image]))[0]
                let scores = judge(fake)
                loss += scores[0].squaredDistance(to: 1)
                loss += Self.crossEntropy(scores[1].values, target[image])
                let back = make(fake.appending(labels: original[image]))[0]
                loss += 10 * back.absoluteDistance(to: images[image])
            }
            return loss / Double(batch)
        }

        private static func crossEntropy(_ logits: [Double], _ labels: [Double]) -> Double {
            zip(logits, labels).reduce(0) {
                $0 + max($1.0, 0) - $1.0 * $1.1 + log1p(exp(-abs($1.0)))
            }
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

    /// Mean slopes of two groups of the discriminator's parameters and four of the generator's.
    private func slopes(seed: UInt64) async throws -> [Double] {
        let scene = try Scene(seed: seed)
        let device = try await TestDevice.open()
        let plan = try await run(scene, on: device)
        let fakes = scene.fakes
        let discriminator = SlopeCheck(
            loss: { scene.discriminatorLoss($0, fakes: fakes) },
            network: scene.discriminator,
            gradients: try await device.readGradients(
                plan.step.gradients,
                prefix: "discriminator"
            )
        )
        // The generator is judged by the updated discriminator.
        var judge = scene.discriminator
        judge.parameters = try await device.readParameters(of: plan.discriminator)
        #expect(judge.parameters != scene.discriminator.parameters)
        let updated = judge
        let generator = SlopeCheck(
            loss: { scene.generatorLoss($0, judge: updated) },
            network: scene.generator,
            gradients: try await device.readGradients(plan.step.gradients, prefix: "generator")
        )
        await device.accelerator.close()
        return discriminator.meanSlopes(groups: 2) + generator.meanSlopes(groups: 4)
    }

    @Test func gradientsAreTheSlopesOfTheLosses() async throws {
        var found: [[Double]] = []
        for seed: UInt64 in 1...5 { found.append(try await slopes(seed: seed)) }
        let means = SlopeCheck.means(of: found)
        #expect(means.count == 6)
        for (group, mean) in means.enumerated() {
            // The discriminator's rounding noise is a tenth of the generator's.
            #expect(abs(mean - 1) < (group < 2 ? 0.02 : 0.1), "group \(group): \(found)")
        }
    }
}
