package import AcceleratorDriver
import AcceleratorISA
import ModelGraph
import RetrainingCompiler

/// A retraining on a device, from its first step or a checkpoint's to its last.
///
/// It can be stopped between two steps; what it reaches depends on nothing but options, pictures
/// and the weights it starts from.
package struct Retraining: Sendable {
    /// What decides the result.
    package let options: RetrainingOptions
    /// The pictures trained on.
    package let pictures: PictureManifest
    private let accelerator: Accelerator
    private let trainer: StarGANTrainer
    private let schedule: TrainingSchedule
    private let supply: StepSupply?

    /// How a session ended.
    package typealias Ending = TrainingEnding
    /// A step just done.
    package typealias Progress = TrainingProgress
    /// What a session calls back.
    package typealias Observer = TrainingObserver<RetrainingCheckpoint>

    /// Compiles a retraining for a device.
    ///
    /// `images` are the manifest's pictures: `3 * size * size` values each, in planes, in [-1, 1].
    ///
    /// With a `supply` the pictures are drawn step by step, and manifest and images are empty.
    ///
    /// - Throws: `.compilation` when it does not fit the device, `.configuration`.
    package init(
        _ accelerator: Accelerator,
        options: RetrainingOptions,
        pictures: PictureManifest,
        images: [[Float]],
        supply: StepSupply? = nil
    ) throws(RetrainingError) {
        self.supply = supply
        self.options = options
        self.pictures = pictures
        self.accelerator = accelerator
        let schedule = options.schedule(labels: pictures.entries.map(\.labels))
        self.schedule = schedule
        let training = options.training(
            pictureCount: images.count,
            prefixSlots: options.prefixSlots(schedule)
        )
        let plan = try accelerator.plan(training)
        trainer = StarGANTrainer(
            accelerator,
            plan: plan,
            rule: .adam(options.rule),
            criticSteps: options.criticSteps,
            images: images
        )
    }

    /// Steps of the whole training.
    package var stepCount: Int { options.epochs * schedule.stepsPerEpoch }

    /// Device DRAM in use at most, in bytes.
    package var deviceByteCount: UInt64 { trainer.plan.step.program.peakByteCount }

    /// Trains until the last step, or until asked to stop.
    ///
    /// - Parameters:
    ///   - state: Where to begin.
    ///   - record: What earlier sessions did; brought up to date.
    ///   - observer: What is called back.
    /// - Returns: How it ended, and what was reached.
    /// - Throws: `.diverged`, `.device`, or what saving a checkpoint threw.
    package func run(
        from state: TrainingState,
        record: inout RetrainingRecord,
        observer: Observer
    ) async throws(RetrainingError) -> (Ending, TrainingState) {
        var session = Session(before: record)
        try await trainer.start(from: state)
        session.counters = try await accelerator.countersNow()
        try save(state, record, observer)
        let first = state.stepCount
        var supplied = supply?.step(first)
        var kept = state
        let steps = TrainingSteps(
            count: stepCount,
            warmUpCount: 0,
            perEpoch: schedule.stepsPerEpoch
        )
        let ending = try await steps.run(
            first..<max(first, stepCount),
            sessionStart: first,
            observer: observer,
            step: { step, endsEpoch async throws(RetrainingError) in
                await trainer.setLearningRate(options.learningRate(step: step, of: stepCount))
                // The next step's pictures are drawn while the device works on this one's.
                async let next = supply?.step(step + 1)
                let losses =
                    if let supplied {
                        try await trainer.run(supplied.schedule, pictures: supplied.pictures)
                    } else {
                        try await trainer.run(schedule.step(step))
                    }
                supplied = await next
                record.history.add(losses)
                if endsEpoch { record.history.endEpoch() }
                return StarGANLoss.allCases.compactMap { loss in
                    losses[loss].map { (loss.name, $0) }
                }
            },
            keep: { () async throws(RetrainingError) in
                kept = try await trainer.state()
                try await update(&record, session, observer)
                try save(kept, record, observer)
            }
        )
        if ending == .interrupted { return (ending, kept) }
        try await update(&record, session, observer)
        return (.finished, try await trainer.state())
    }

    /// A session's beginning.
    private struct Session {
        let before: RetrainingRecord
        var counters = DeviceCounters()
    }

    private func update(
        _ record: inout RetrainingRecord,
        _ session: Session,
        _ observer: Observer
    ) async throws(RetrainingError) {
        let now = try await accelerator.countersNow()
        record.work = session.before.work + DeviceWork(from: session.counters, to: now)
        record.runs = session.before.runs
        record.runs += await trainer.runs
        record.wallSeconds = session.before.wallSeconds + observer.seconds()
    }

    private func save(
        _ state: TrainingState,
        _ record: RetrainingRecord,
        _ observer: Observer
    ) throws(RetrainingError) {
        try observer.save(checkpoint(of: state, record))
    }

    /// The checkpoint of what was reached.
    package func checkpoint(
        of state: TrainingState,
        _ record: RetrainingRecord
    ) -> RetrainingCheckpoint {
        RetrainingCheckpoint(options: options, pictures: pictures, state: state, record: record)
    }
}
