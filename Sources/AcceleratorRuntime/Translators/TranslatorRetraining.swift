package import AcceleratorDriver
import AcceleratorISA
import ModelGraph
import RetrainingCompiler

/// What the training of a translator has done besides its weights: for the report.
package struct TranslatorRecord: Sendable, Equatable {
    /// Losses by epoch; those of the warm-up are not among them.
    package var history: LossHistory<TranslatorLoss>
    /// What the device did in training steps.
    package var work = DeviceWork()
    /// What it did in the warm-up.
    package var warmUpWork = DeviceWork()
    /// Seconds of all sessions together.
    package var wallSeconds = 0.0
    /// How often the training was taken up again.
    package var resumeCount = 0

    /// The record of a training that has not begun.
    package init(for options: TranslatorOptions) {
        history = LossHistory(of: options.kind.losses)
    }
}

/// The training of a CycleGAN or a pix2pix on a device, from its first step or a checkpoint's to
/// its last.
///
/// It can be stopped between two steps; what it reaches depends on nothing but options, pictures
/// and the weights it starts from.
package struct TranslatorRetraining: Sendable {
    /// What decides the result.
    package let options: TranslatorOptions
    /// The pictures trained on.
    package let pictures: PictureManifest
    private let accelerator: Accelerator
    private let trainer: TranslatorTrainer
    private let schedule: TranslatorSchedule

    /// What a session calls back.
    package typealias Observer = TrainingObserver<TranslatorCheckpoint>

    /// Compiles a training for a device; the manifest is that of all sets' pictures.
    ///
    /// - Throws: `.compilation` when it does not fit the device.
    package init(
        _ accelerator: Accelerator,
        model: TranslatorModel,
        options: TranslatorOptions,
        manifest: PictureManifest,
        pictures: TranslatorPictures
    ) throws(RetrainingError) {
        self.accelerator = accelerator
        self.options = options
        self.pictures = manifest
        schedule = TranslatorSchedule(options, counts: pictures.counts)
        trainer = TranslatorTrainer(
            accelerator,
            plan: try TranslatorPlan(
                options,
                model: model,
                counts: pictures.counts,
                capabilities: accelerator.capabilities
            ),
            options: options,
            schedule: schedule,
            pictures: pictures
        )
    }

    /// Steps after the warm-up.
    package var trainingStepCount: Int { options.epochs * schedule.stepsPerEpoch }

    /// Steps of the whole training.
    package var stepCount: Int { options.warmUpSteps + trainingStepCount }

    /// Device DRAM in use at most, in bytes.
    package var deviceByteCount: UInt64 { trainer.plan.peakByteCount }

    /// Trains until the last step, or until asked to stop.
    ///
    /// - Parameters:
    ///   - state: Where to begin.
    ///   - record: What earlier sessions did; brought up to date.
    ///   - observer: What is called back.
    /// - Returns: How it ended, and what was reached.
    /// - Throws: `.diverged`, `.device`, or what saving a checkpoint threw.
    package func run(
        from state: TranslatorState,
        record: inout TranslatorRecord,
        observer: Observer
    ) async throws(RetrainingError) -> (TrainingEnding, TranslatorState) {
        let earlierSeconds = record.wallSeconds
        try await trainer.start(from: state)
        try observer.save(checkpoint(of: state, record))
        let warmUp = 0..<options.warmUpSteps
        for steps in [warmUp, options.warmUpSteps..<stepCount] {
            let isWarmUp = steps == warmUp
            let work: WritableKeyPath<TranslatorRecord, DeviceWork> =
                isWarmUp ? \.warmUpWork : \.work
            let first = max(steps.lowerBound, min(state.stepCount, steps.upperBound))
            let phase = Phase(
                steps: first..<steps.upperBound,
                sessionStart: state.stepCount,
                earlierWork: record[keyPath: work],
                earlierSeconds: earlierSeconds,
                counters: try await accelerator.countersNow()
            )
            var kept: TranslatorState?
            let ending = try await run(phase, work, &record, &kept, observer)
            if ending == .interrupted, let kept { return (ending, kept) }
        }
        return (.finished, try await trainer.state())
    }

    /// The checkpoint of what was reached.
    package func checkpoint(
        of state: TranslatorState,
        _ record: TranslatorRecord
    ) -> TranslatorCheckpoint {
        TranslatorCheckpoint(options: options, pictures: pictures, state: state, record: record)
    }

    // MARK: Phases

    /// The warm-up's part of a session, or the training's.
    private struct Phase {
        let steps: Range<Int>
        let sessionStart: Int
        let earlierWork: DeviceWork
        let earlierSeconds: Double
        let counters: DeviceCounters
    }

    private func run(
        _ phase: Phase,
        _ work: WritableKeyPath<TranslatorRecord, DeviceWork>,
        _ record: inout TranslatorRecord,
        _ kept: inout TranslatorState?,
        _ observer: Observer
    ) async throws(RetrainingError) -> TrainingEnding {
        let steps = TrainingSteps(
            count: stepCount,
            warmUpCount: options.warmUpSteps,
            perEpoch: schedule.stepsPerEpoch
        )
        let ending = try await steps.run(
            phase.steps,
            sessionStart: phase.sessionStart,
            observer: observer,
            step: { number, endsEpoch async throws(RetrainingError) in
                let losses = try await trainer.runStep(learningRate: learningRate(number))
                if number >= options.warmUpSteps { record.history.add(losses) }
                if endsEpoch { record.history.endEpoch() }
                return options.kind.losses.compactMap { loss in
                    losses[loss].map { (loss.name, $0) }
                }
            },
            keep: { () async throws(RetrainingError) in
                let reached = try await trainer.state()
                kept = reached
                try await update(&record, phase, work, observer)
                try observer.save(checkpoint(of: reached, record))
            }
        )
        try await update(&record, phase, work, observer)
        return ending
    }

    private func update(
        _ record: inout TranslatorRecord,
        _ phase: Phase,
        _ work: WritableKeyPath<TranslatorRecord, DeviceWork>,
        _ observer: Observer
    ) async throws(RetrainingError) {
        let now = try await accelerator.countersNow()
        record[keyPath: work] = phase.earlierWork + DeviceWork(from: phase.counters, to: now)
        record.wallSeconds = phase.earlierSeconds + observer.seconds()
    }

    /// The warm-up has the full size.
    private func learningRate(_ step: Int) -> Double {
        StepSize.falling(
            from: options.learningRate,
            step: max(0, step - options.warmUpSteps),
            of: trainingStepCount
        )
    }
}
