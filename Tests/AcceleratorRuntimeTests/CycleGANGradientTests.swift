import AcceleratorDriver
import AcceleratorISA
import ModelGraph
import RetrainingCompiler
import TestSupport
import Testing

/// One CycleGAN iteration on the device against its definition in double precision.
@Suite struct CycleGANGradientTests {
    /// Networks and images of both directions.
    private struct Scene {
        let batch = 2
        var generators: CyclePair<DoubleNetwork>
        var discriminators: CyclePair<DoubleNetwork>
        var images: CyclePair<[DoubleMap]>

        init(seed: UInt64) throws {
            var random = SeededGenerator(seed: seed)
            let generator = try CycleGAN.generator(channels: 4, residualBlocks: 1, imageSize: 24)
            let discriminator = try CycleGAN.discriminator(channels: 4, imageSize: 24)
            generators = CyclePair(
                a: try random.network(generator),
                b: try random.network(generator)
            )
            discriminators = CyclePair(
                a: try random.network(discriminator),
                b: try random.network(discriminator)
            )
            images = CyclePair(a: [], b: [])
            for _ in 0..<batch {
                images.a.append(random.image(generator.inputShape))
                images.b.append(random.image(generator.inputShape))
            }
        }

        /// What the generators minimise, by name.
        func generatorLosses() -> [CycleGANLoss: Double] {
            var losses: [CycleGANLoss: Double] = [:]
            for side in CycleSide.allCases {
                let (make, back) = (generators[side], generators[side.other])
                let (adversarial, cycle, identity): (CycleGANLoss, CycleGANLoss, CycleGANLoss) =
                    side == .a
                    ? (.adversarialA, .cycleA, .identityB) : (.adversarialB, .cycleB, .identityA)
                for (source, target) in zip(images[side], images[side.other]) {
                    let fake = make(source)[0]
                    let score = discriminators[side](fake)[0].squaredDistance(to: 1)
                    losses[adversarial, default: 0] += score / Double(batch)
                    losses[cycle, default: 0] +=
                        back(fake)[0].absoluteDistance(to: source) / Double(batch)
                    losses[identity, default: 0] +=
                        make(target)[0].absoluteDistance(to: target) / Double(batch)
                }
            }
            return losses
        }

        /// The weighted sum of the generators' losses.
        func generatorLoss() -> Double {
            generatorLosses().reduce(0) { sum, loss in
                let weight =
                    switch loss.key {
                    case .cycleA, .cycleB: 10.0
                    case .identityA, .identityB: 5.0
                    default: 1.0
                    }
                return sum + weight * loss.value
            }
        }

        /// Halves of a discriminator's loss.
        func discriminatorLosses(
            _ judge: DoubleNetwork,
            _ side: CycleSide,
            fakes: [DoubleMap]
        ) -> (real: Double, fake: Double) {
            var (real, fake) = (0.0, 0.0)
            for (target, made) in zip(images[side.other], fakes) {
                real += judge(target)[0].squaredDistance(to: 1) / Double(2 * batch)
                fake += judge(made)[0].squaredDistance(to: 0) / Double(2 * batch)
            }
            return (real, fake)
        }
    }

    private func run(
        _ scene: Scene,
        on device: TestDevice
    ) async throws -> CycleGANPlan {
        let plan = try CycleGANPlan(
            CycleGANTraining(batch: scene.batch, keepsResults: true),
            graphs: (scene.generators.a.graph, scene.discriminators.a.graph),
            capabilities: device.accelerator.capabilities
        )
        for side in CycleSide.allCases {
            try await device.write(scene.generators[side].parameters, to: plan.generators[side])
            try await device.write(
                scene.discriminators[side].parameters,
                to: plan.discriminators[side]
            )
            for (image, slot) in zip(scene.images[side], plan.imageSlots[side]) {
                try await device.write(image.values, to: slot)
            }
        }
        var commands = plan.step.program.commands
        for read in plan.step.imageReads {
            commands[read.command].operands[.source] = plan.imageSlots[read.domain][read.image]
        }
        try await device.accelerator.submit(plan.setUp.commands)
        try await device.accelerator.submit(commands)
        return plan
    }

    /// Mean slopes of three groups of each network's parameters: generators, then discriminators.
    private func slopes(
        seed: UInt64
    ) async throws -> (generators: [Double], discriminators: [Double]) {
        let scene = try Scene(seed: seed)
        let device = try await TestDevice.open()
        let plan = try await run(scene, on: device)
        var slopes: (generators: [Double], discriminators: [Double]) = ([], [])
        for side in CycleSide.allCases {
            let generator = SlopeCheck(
                loss: {
                    var moved = scene
                    moved.generators[side] = $0
                    return moved.generatorLoss()
                },
                network: scene.generators[side],
                gradients: try await device.readGradients(
                    plan.step.gradients,
                    prefix: "generator_\(side.rawValue)"
                )
            )
            let fakes = scene.images[side].map { scene.generators[side]($0)[0] }
            let discriminator = SlopeCheck(
                loss: {
                    let halves = scene.discriminatorLosses($0, side, fakes: fakes)
                    return halves.real + halves.fake
                },
                network: scene.discriminators[side],
                gradients: try await device.readGradients(
                    plan.step.gradients,
                    prefix: "discriminator_\(side.rawValue)"
                )
            )
            slopes.generators += generator.meanSlopes(groups: 3)
            slopes.discriminators += discriminator.meanSlopes(groups: 3)
        }
        await device.accelerator.close()
        return slopes
    }

    @Test func gradientsAreTheSlopesOfTheLosses() async throws {
        var generators: [[Double]] = []
        var discriminators: [[Double]] = []
        for seed: UInt64 in 1...3 {
            let found = try await slopes(seed: seed)
            generators.append(found.generators)
            discriminators.append(found.discriminators)
        }
        for (runs, limit) in [(generators, 0.1), (discriminators, 0.05)] {
            let means = SlopeCheck.means(of: runs)
            #expect(means.count == 6)
            #expect(means.allSatisfy { abs($0 - 1) < limit }, "\(means) of \(runs)")
        }
    }

    @Test(arguments: UInt64(1)...4)
    func lossesAreTheDefinitions(seed: UInt64) async throws {
        let scene = try Scene(seed: seed)
        let device = try await TestDevice.open()
        let plan = try await run(scene, on: device)
        var expected = scene.generatorLosses()
        for (side, real, fake) in [
            (CycleSide.a, CycleGANLoss.discriminatorRealA, CycleGANLoss.discriminatorFakeA),
            (.b, .discriminatorRealB, .discriminatorFakeB),
        ] {
            let fakes = scene.images[side].map { scene.generators[side]($0)[0] }
            let halves = scene.discriminatorLosses(scene.discriminators[side], side, fakes: fakes)
            expected[real] = halves.real
            expected[fake] = halves.fake
        }
        for loss in CycleGANLoss.allCases {
            let value = Double(try await device.read(plan.losses[loss.rawValue])[0])
            let want = try #require(expected[loss])
            switch loss {
            case .cycleA, .cycleB, .identityA, .identityB:
                #expect(abs(value - want) < 0.005 * want, "\(loss.name): \(value), not \(want)")
            default:
                // The root is a distance of scores, which have the noise of two deep networks.
                let distance = value.squareRoot() - want.squareRoot()
                #expect(abs(distance) < 0.04, "\(loss.name): \(value), not \(want)")
            }
        }
        await device.accelerator.close()
    }
}
