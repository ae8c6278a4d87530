import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import ModelGraph
import PerformanceModel
import RetrainingCompiler
import Testing

@Suite struct StepEstimateTests {
    /// A whole step: everything the compiler emits, as the device counts it.
    @Test(arguments: AdversarialLoss.allCases, [1, 2])
    func theDeviceCountsWhatTheModelPredicts(loss: AdversarialLoss, batch: Int) async throws {
        let training = TinyTraining(pictureCount: 2, batch: batch, adversarialLoss: loss)
        let accelerator = try await openEmulator()
        let trainer = try training.trainer(on: accelerator)
        let configuration = try training.configuration()
        let plan = try StarGANPlan(
            try training.options().training(pictureCount: training.pictureCount),
            graphs: (try configuration.generator(), try configuration.discriminator()),
            capabilities: accelerator.capabilities
        )
        try await trainer.start(from: try training.start())
        let before = try await accelerator.counters()
        _ = try await trainer.run(try training.options().schedule(labels: training.labels).step(0))
        let work = DeviceWork(from: before, to: try await accelerator.counters())
        await accelerator.close()
        var model = CostModel(.chip)
        let estimate = try model.estimate(plan.step.program.commands)
        #expect(work.counters == estimate.counters)
        #expect(work.counters.commandCount > 50)
    }
}
