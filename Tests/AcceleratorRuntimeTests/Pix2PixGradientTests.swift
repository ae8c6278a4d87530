import AcceleratorDriver
import AcceleratorISA
import ModelGraph
import RetrainingCompiler
import Testing

/// One pix2pix iteration on the device against its definition in double precision.
@Suite struct Pix2PixGradientTests {
    /// Places a scene on a device.
    private func place(
        _ scene: Pix2PixScene,
        on device: TestDevice,
        keepsResults: Bool = true,
        rolin: ROLINMode = .full
    ) async throws -> Pix2PixPlan {
        let plan = try Pix2PixPlan(
            Pix2PixTraining(
                batch: scene.batch,
                lambdaReconstruction: Float(scene.lambdaReconstruction),
                keepsResults: keepsResults,
                rolin: rolin
            ),
            graphs: (scene.generator.graph, scene.discriminator.graph),
            capabilities: device.accelerator.capabilities
        )
        try await device.write(scene.generator.parameters, to: plan.generator)
        try await device.write(scene.discriminator.parameters, to: plan.discriminator)
        try await device.write(plan.placementValues.map(Double.init), to: plan.placement)
        for (pair, slot) in plan.pairSlots.enumerated() {
            try await device.write(
                [scene.sources[pair], scene.targets[pair]].joined().values,
                to: slot
            )
        }
        try await device.accelerator.submit(plan.setUp.commands)
        return plan
    }

    private func commands(of plan: Pix2PixPlan, step: Int = 1) -> [Command] {
        var commands = plan.step.program.commands
        for read in plan.step.pairReads {
            commands[read.command].operands[.source] = plan.pairSlots[read.pair]
        }
        let rule = AdamRule(learningRate: 2e-3)
        for place in plan.step.updates { rule.apply(to: &commands[place], step: step) }
        return commands
    }

    private static func trainedNames(_ graph: NetworkGraph) -> [String] {
        graph.parameters.filter {
            $0.role != .bias || graph.units[$0.unitIndex].normalization == nil
        }.map(\.name)
    }

    // As for CycleGAN, whose networks are alike.
    @Test(arguments: UInt64(1)...2)
    func iterationIsTheDefinition(seed: UInt64) async throws {
        let scene = try Pix2PixScene(seed: seed)
        let device = try await TestDevice.open()
        let plan = try await place(scene, on: device)
        try await device.accelerator.submit(commands(of: plan))
        let expected = scene.iteration()
        for (name, graph, parts, limit) in [
            ("generator", scene.generator.graph, expected.generator, 0.25),
            ("discriminator", scene.discriminator.graph, expected.discriminator, 0.1),
        ] {
            let comparison = try GradientComparison(
                try await device.readGradients(plan.step.gradients, prefix: name),
                parts: parts,
                names: Self.trainedNames(graph)
            )
            comparison.expectNear(limit, "\(name), seed \(seed)")
        }
        for loss in Pix2PixLoss.allCases {
            let value = Double(try await device.read(plan.losses[loss.rawValue])[0])
            let want = try #require(expected.losses[loss])
            let distance = value.squareRoot() - want.squareRoot()
            #expect(abs(distance) < 0.04, "\(loss.name): \(value), not \(want)")
        }
        await device.accelerator.close()
    }

    @Test func everyROLINModeComesToTheSameGradients() async throws {
        let scene = try Pix2PixScene(seed: 5)
        var results: [[String: [UInt32]]] = []
        for mode in ROLINMode.allCases {
            let device = try await TestDevice.open()
            let plan = try await place(scene, on: device, rolin: mode)
            try await device.accelerator.submit(commands(of: plan))
            var gradients: [String: [UInt32]] = [:]
            for (name, tensor) in plan.step.gradients {
                gradients[name] = try await device.read(tensor).map(\.bitPattern)
            }
            results.append(gradients)
            await device.accelerator.close()
        }
        #expect(results[0].values.allSatisfy { $0.contains { $0 != 0 } })
        #expect(results[1] == results[0])
        #expect(results[2] == results[0])
    }

    @Test func stepsBringTheGeneratorNearerToItsTargets() async throws {
        let scene = try Pix2PixScene(seed: 3)
        let device = try await TestDevice.open()
        let plan = try await place(scene, on: device, keepsResults: false)
        var distances: [Float] = []
        for step in 1...12 {
            try await device.accelerator.submit(commands(of: plan, step: step))
            let place = plan.losses[Pix2PixLoss.reconstruction.rawValue]
            distances.append(try await device.read(place)[0])
        }
        #expect(distances[11] < 0.9 * distances[0], "\(distances)")
        let judge = try await device.readParameters(of: plan.discriminator)
        #expect(judge["model.0.weight"] != scene.discriminator.parameters["model.0.weight"])
        await device.accelerator.close()
    }

    @Test func networksThatDoNotFitTogetherAreRefused() throws {
        let scene = try Pix2PixScene(seed: 1)
        let judge = try CycleGAN.discriminator(channels: 8, imageSize: 32)
        let error = #expect(throws: CompileError.self) {
            _ = try Pix2PixPlan(
                Pix2PixTraining(),
                graphs: (scene.generator.graph, judge),
                capabilities: DeviceCapabilities(dramByteCount: 64 << 20)
            )
        }
        #expect(error?.description.contains("as many channels for the discriminator") == true)
    }
}
