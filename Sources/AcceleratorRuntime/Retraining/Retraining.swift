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
    package enum Ending: Sendable, Equatable {
        case finished
        /// Asked to stop; the state is that after the step it was in.
        case interrupted
    }

    /// A step just done.
    package struct Progress: Sendable {
        /// Steps done in all sessions.
        package let step: Int
        /// Steps of the whole training.
        package let stepCount: Int
        /// The epoch of the step, counted from 1.
        package let epoch: Int
        /// Steps of this session.
        package let sessionStep: Int
        /// Whether the epoch is over.
        package let endsEpoch: Bool
        /// The losses of the step.
        package let losses: StarGANTrainer.Losses
    }

    /// What a session calls back.
    package struct Observer {
        /// Asked after every step; true ends the session.
        package var shouldStop: () -> Bool
        /// Told of every step.
        package var onStep: (Progress) -> Void
        /// Asked after every step whether a checkpoint is due.
        package var isCheckpointDue: () -> Bool
        /// Keeps a checkpoint; also called at the start and when interrupted.
        package var save: (RetrainingCheckpoint) throws(RetrainingError) -> Void
        /// Seconds since the session began.
        package var seconds: () -> Double

        /// Names all callbacks.
        package init(
            shouldStop: @escaping () -> Bool,
            onStep: @escaping (Progress) -> Void,
            isCheckpointDue: @escaping () -> Bool,
            save: @escaping (RetrainingCheckpoint) throws(RetrainingError) -> Void,
            seconds: @escaping () -> Double
        ) {
            self.shouldStop = shouldStop
            self.onStep = onStep
            self.isCheckpointDue = isCheckpointDue
            self.save = save
            self.seconds = seconds
        }

        /// Callbacks of a training that is done in one go: nothing is kept, no time is taken.
        package init(
            unsaved shouldStop: @escaping () -> Bool,
            onStep: @escaping (Progress) -> Void = { _ in }
        ) {
            self.init(
                shouldStop: shouldStop,
                onStep: onStep,
                isCheckpointDue: { false },
                save: { (_: RetrainingCheckpoint) throws(RetrainingError) in },
                seconds: { 0 }
            )
        }
    }

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
        for step in first..<max(first, stepCount) {
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
            let endsEpoch = (step + 1) % schedule.stepsPerEpoch == 0
            record.history.add(losses)
            if endsEpoch { record.history.endEpoch() }
            observer.onStep(
                Progress(
                    step: step + 1,
                    stepCount: stepCount,
                    epoch: step / schedule.stepsPerEpoch + 1,
                    sessionStep: step + 1 - first,
                    endsEpoch: endsEpoch,
                    losses: losses
                )
            )
            guard step + 1 < stepCount else { break }
            let stops = observer.shouldStop()
            guard stops || observer.isCheckpointDue() else { continue }
            let reached = try await trainer.state()
            try await update(&record, session, observer)
            try save(reached, record, observer)
            if stops { return (.interrupted, reached) }
        }
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
