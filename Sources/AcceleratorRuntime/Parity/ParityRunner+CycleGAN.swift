import AcceleratorDriver
import AcceleratorISA
import ModelGraph
import RetrainingCompiler

extension ParityRunner {
    /// One CycleGAN iteration: losses, pictures, and all four networks' gradients.
    func cycleGAN(_ parityCase: ParityCase) async throws(RetrainingError) -> [String: [Float]] {
        let plan = try cycleGANPlan(parityCase)
        for side in CycleSide.allCases {
            for (prefix, network) in [
                ("generator_\(side.rawValue)", plan.generators[side]),
                ("discriminator_\(side.rawValue)", plan.discriminators[side]),
            ] {
                let parameters = try parityCase.parameters(of: network.graph, prefix: prefix)
                try await ParameterTransfer(accelerator, network).write(parameters)
            }
            let real = try parityCase.input("real_\(side.rawValue)").values
            let size = real.count / plan.training.batch
            for (image, slot) in plan.imageSlots[side].enumerated() {
                try await write(Array(real[image * size..<(image + 1) * size]), to: slot)
            }
        }
        var commands = plan.setUp.commands + plan.step.program.commands
        let first = plan.setUp.commands.count
        for (place, domain, image) in plan.step.imageReads {
            commands[first + place].operands[.source] = plan.imageSlots[domain][image]
        }
        try await accelerator.run(commands)
        return try await results(of: plan)
    }

    private func results(of plan: CycleGANPlan) async throws(RetrainingError) -> [String: [Float]] {
        var results: [String: [Float]] = [:]
        for loss in CycleGANLoss.allCases {
            results["loss.\(loss.name)"] = try await accelerator.values(
                of: plan.losses[loss.rawValue]
            )
        }
        for side in CycleSide.allCases {
            let halves = ["real", "fake"].map {
                results["loss.discriminator_\($0)_\(side.rawValue)"]?.first ?? .nan
            }
            results["loss.discriminator_\(side.rawValue)"] = [halves[0] + halves[1]]
            if let fakes = plan.step.fakes {
                results["fake_\(side.rawValue)"] = try await accelerator.values(of: fakes[side])
            }
        }
        for (name, tensor) in plan.step.gradients {
            results["grad.\(name)"] = try await accelerator.values(of: tensor)
        }
        return results
    }

    private func cycleGANPlan(_ parityCase: ParityCase) throws(RetrainingError) -> CycleGANPlan {
        let fields = parityCase.fields
        let batches = (
            try parityCase.inputMap("real_a").shape[0],
            try parityCase.inputMap("real_b").shape[0]
        )
        do {
            guard batches.0 == batches.1 else {
                throw try fields["imageSize"].failure("the domains' batches differ")
            }
            let loss = try fields["adversarialLoss"].string()
            guard loss == AdversarialLoss.leastSquares.rawValue else {
                throw try fields["adversarialLoss"].failure("\(loss) is unknown")
            }
            let imageSize = try fields["imageSize"].integer()
            return try CycleGANPlan(
                CycleGANTraining(
                    batch: batches.0,
                    lambdaCycle: Float(try fields["lambdaCycle"].number()),
                    lambdaIdentity: Float(try fields["lambdaIdentity"].number()),
                    keepsResults: true
                ),
                graphs: (
                    try CycleGAN.generator(
                        channels: try fields["generatorChannels"].integer(),
                        residualBlocks: try fields["residualBlocks"].integer(),
                        imageSize: imageSize
                    ),
                    try CycleGAN.discriminator(
                        channels: try fields["discriminatorChannels"].integer(),
                        imageSize: imageSize
                    )
                ),
                capabilities: accelerator.capabilities
            )
        } catch let error as CompileError {
            throw .compilation(error)
        } catch {
            throw .badFile("failed to run golden case \(parityCase.name): \(error)")
        }
    }
}
