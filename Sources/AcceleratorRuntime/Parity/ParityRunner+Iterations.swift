import AcceleratorDriver
import AcceleratorISA
import ModelGraph
import RetrainingCompiler

extension ParityRunner {
    /// One StarGAN iteration: losses, pictures, and both networks' gradients.
    func starGAN(_ parityCase: ParityCase) async throws(RetrainingError) -> [String: [Float]] {
        let training = try starGANTraining(parityCase)
        let plan: StarGANPlan
        do {
            plan = try accelerator.plan(training)
        } catch .configuration(let text) {
            throw .badFile("failed to run golden case \(parityCase.name): \(text)")
        }
        let networks = [("generator", plan.generator), ("discriminator", plan.discriminator)]
        for (prefix, network) in networks {
            let parameters = try parityCase.parameters(of: network.graph, prefix: prefix)
            try await ParameterTransfer(accelerator, network).write(NetworkState(parameters))
        }
        try await write(try parityCase.input("label_original").values, to: plan.originalLabels)
        try await write(try parityCase.input("label_target").values, to: plan.targetLabels)
        try await write(try parityCase.input("alpha").values, to: plan.mixingFactors)
        let real = try parityCase.input("real").values
        let size = real.count / training.batch
        for image in 0..<training.batch {
            let values = Array(real[image * size..<(image + 1) * size])
            try await write(values, to: plan.imageSlots[image])
        }
        let rule = try adamRule(parityCase)
        var commands = plan.setUp.commands + plan.step.program.commands
        let first = plan.setUp.commands.count
        for (place, image) in plan.step.imageReads {
            commands[first + place].operands[.source] = plan.imageSlots[image]
        }
        for place in plan.step.discriminatorUpdates {
            rule.apply(to: &commands[first + place], step: 1)
        }
        try await accelerator.run(commands)
        var results: [String: [Float]] = [:]
        for (loss, tensor) in zip(training.losses, plan.losses) {
            results["loss.\(loss.name)"] = try await accelerator.values(of: tensor)
        }
        for (name, tensor) in plan.step.gradients {
            results["grad.\(name)"] = try await accelerator.values(of: tensor)
        }
        if let pictures = plan.step.pictures {
            results["fake"] = try await accelerator.values(of: pictures.fake)
            if let back = pictures.reconstructed {
                results["reconstructed"] = try await accelerator.values(of: back)
            }
        }
        return results
    }

    private func starGANTraining(
        _ parityCase: ParityCase
    ) throws(RetrainingError) -> StarGANTraining {
        let fields = parityCase.fields
        let real = try parityCase.inputMap("real")
        do {
            let loss = try fields["adversarialLoss"].string()
            guard let adversarialLoss = AdversarialLoss(rawValue: loss) else {
                throw try fields["adversarialLoss"].failure("\(loss) is unknown")
            }
            let configuration = try StarGANConfiguration(
                imageSize: try fields["imageSize"].integer(),
                generatorChannels: try fields["generatorChannels"].integer(),
                residualBlocks: try fields["residualBlocks"].integer(),
                classes: try fields["classes"].integer(),
                discriminatorChannels: try fields["discriminatorChannels"].integer(),
                discriminatorLayers: try fields["discriminatorLayers"].integer()
            )
            return StarGANTraining(
                configuration: configuration,
                batch: real.shape[0],
                adversarialLoss: adversarialLoss,
                lambdaClass: Float(try fields["lambdaClass"].number()),
                lambdaReconstruction: Float(try fields["lambdaReconstruction"].number()),
                lambdaGradientPenalty: Float(try fields["lambdaGradientPenalty"].number()),
                keepsResults: true
            )
        } catch {
            throw .badFile("failed to run golden case \(parityCase.name): \(error)")
        }
    }

    func adamRule(_ parityCase: ParityCase) throws(RetrainingError) -> AdamRule {
        try read { () throws(JSONError) in
            let optimizer = try parityCase.fields["optimizer"]
            return AdamRule(
                learningRate: try optimizer["learningRate"].number(),
                beta1: try optimizer["beta1"].number(),
                beta2: try optimizer["beta2"].number(),
                epsilon: try optimizer["epsilon"].number()
            )
        }
    }
}
