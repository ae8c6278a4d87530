package import AcceleratorDriver
import AcceleratorISA
import ModelGraph
package import RetrainingCompiler

/// Times whole training iterations of a StarGAN on made-up images.
package struct IterationBenchmark: Sendable {
    /// What is trained.
    package let training: StarGANTraining
    /// Measured iterations.
    package let iterations: Int

    /// What came out.
    package struct Result: Sendable {
        /// Seconds of each iteration.
        package let seconds: [Double]
        /// Operations of an iteration's convolutions as the device counted them, in 10^9; two a
        /// multiply-accumulate.
        package let gflop: Double
        /// What the device moved and multiplied in the measured iterations.
        package let work: DeviceWork
        /// Device DRAM in use at most, in bytes.
        package let deviceByteCount: UInt64
        /// Digest of the weights at the end.
        package let weightsHash: String

        /// The median of ``seconds``.
        package var medianSeconds: Double {
            let sorted = seconds.sorted()
            let middle = sorted.count / 2
            return sorted.count % 2 == 1
                ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        }
    }

    /// A benchmark of at least one iteration.
    package init(training: StarGANTraining, iterations: Int) {
        self.training = training
        self.iterations = iterations
    }

    /// Runs one iteration that is not counted, then the measured ones.
    package func run(on accelerator: Accelerator) async throws(RetrainingError) -> Result {
        let plan = try accelerator.plan(training)
        let configuration = training.configuration
        let pixels = 3 * configuration.imageSize * configuration.imageSize
        var random = CounterRandom(seed: 1, stream: "benchmark images")
        let images = (0..<training.batch).map { _ in
            (0..<pixels).map { _ in random.uniform() * 2 - 1 }
        }
        let labels = (0..<training.batch).map { image in
            (0..<configuration.classes).map { ($0 + image) % 2 == 0 }
        }
        let schedule = TrainingSchedule(seed: 1, labels: labels, batch: training.batch)
        let trainer = StarGANTrainer(
            accelerator,
            plan: plan,
            rule: .adam(AdamRule()),
            criticSteps: 1,
            images: images
        )
        try await trainer.start(seed: 1)
        _ = try await trainer.run(schedule.step(0))
        let before = try await accelerator.countersNow()
        var seconds: [Double] = []
        let clock = ContinuousClock()
        for iteration in 0..<iterations {
            let step = schedule.step(iteration + 1)
            let start = clock.now
            _ = try await trainer.run(step)
            let elapsed = clock.now - start
            let (whole, fraction) = elapsed.components
            seconds.append(Double(whole) + Double(fraction) * 1e-18)
        }
        let work = DeviceWork(from: before, to: try await accelerator.countersNow())
        let count = Stage.allCases.reduce(UInt64(0)) {
            $0 + work.counters.multiplyAccumulates(stage: $1)
        }
        let hash = try await WeightsHash.hexadecimal(
            reading: [plan.generator, plan.discriminator].map { ParameterTransfer(accelerator, $0) }
        )
        return Result(
            seconds: seconds,
            gflop: Double(count) * 2 / Double(iterations) / 1e9,
            work: work,
            deviceByteCount: plan.step.program.peakByteCount,
            weightsHash: hash
        )
    }
}
