import AcceleratorISA
import ModelGraph
import RetrainingCompiler
import Testing

@Suite struct StarGANPlanTests {
    private func plan(_ loss: AdversarialLoss, keepsResults: Bool) throws -> StarGANPlan {
        let configuration = try StarGANConfiguration(
            imageSize: 16,
            generatorChannels: 4,
            residualBlocks: 1,
            classes: 3,
            discriminatorChannels: 4,
            discriminatorLayers: 3
        )
        return try StarGANPlan(
            StarGANTraining(
                configuration: configuration,
                batch: 2,
                adversarialLoss: loss,
                keepsResults: keepsResults
            ),
            graphs: (try configuration.generator(), try configuration.discriminator()),
            capabilities: DeviceCapabilities()
        )
    }

    @Test(arguments: AdversarialLoss.allCases)
    func keptGradientsAreThoseOfEveryParameter(loss: AdversarialLoss) throws {
        let plan = try plan(loss, keepsResults: true)
        let generator = plan.generator.graph.parameters.map { "generator.\($0.name)" }
        let discriminator = plan.discriminator.graph.parameters.map { "discriminator.\($0.name)" }
        #expect(Set(plan.step.gradients.keys) == Set(generator + discriminator))
    }

    @Test(arguments: AdversarialLoss.allCases)
    func gradientsAreMadeOnceAndAddedToAfterwards(loss: AdversarialLoss) throws {
        let plan = try plan(loss, keepsResults: true)
        let writes = GradientWrites(plan.step.program)
        #expect(writes.faults == [])
        for (name, tensor) in plan.step.gradients where name.hasPrefix("generator") {
            // From the fake and from its reconstruction.
            #expect(writes.writes[tensor.address]?.count == 2, "\(name)")
        }
    }

    @Test(arguments: AdversarialLoss.allCases)
    func everyParameterIsUpdatedOnce(loss: AdversarialLoss) throws {
        let plan = try plan(loss, keepsResults: false)
        for (program, trainsGenerator) in [(plan.step, true), (plan.criticStep, false)] {
            func addresses(_ places: [Int]) -> [UInt64] {
                places.compactMap { program.program.commands[$0].operands[.parameter]?.address }
            }
            let judge = addresses(program.discriminatorUpdates).sorted()
            #expect(judge == plan.discriminator.tensors.map(\.master.address).sorted())
            let maker = trainsGenerator ? plan.generator.tensors.map(\.master.address) : []
            #expect(addresses(program.generatorUpdates).sorted() == maker.sorted())
        }
    }

    @Test func aPenaltyIsRefusedForADiscriminatorWithNorms() throws {
        let configuration = try StarGANConfiguration(
            imageSize: 24,
            generatorChannels: 4,
            residualBlocks: 1,
            classes: 3,
            discriminatorChannels: 4,
            discriminatorLayers: 3
        )
        let error = #expect(throws: CompileError.self) {
            try StarGANPlan(
                StarGANTraining(
                    configuration: configuration,
                    adversarialLoss: .wassersteinGradientPenalty
                ),
                graphs: (
                    try configuration.generator(),
                    try CycleGAN.discriminator(channels: 4, imageSize: 24)
                ),
                capabilities: DeviceCapabilities()
            )
        }
        #expect(error?.description.contains("lsgan") == true)
    }
}
