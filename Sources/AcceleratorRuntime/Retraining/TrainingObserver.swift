/// A step of a training just done.
package struct TrainingProgress: Sendable {
    /// Steps done in all sessions.
    package let step: Int
    /// Steps of the whole training.
    package let stepCount: Int
    /// The epoch of the step, counted from 1; 0 before the first, in a warm-up.
    package let epoch: Int
    /// Steps of this session.
    package let sessionStep: Int
    /// Whether the epoch is over.
    package let endsEpoch: Bool
    /// The losses of the step by name.
    package let losses: [(name: String, value: Float)]
}

/// What a training goes on from, as a file.
package protocol TrainingCheckpoint {
    /// The file.
    func encoded() throws(RetrainingError) -> [UInt8]
}

/// What a session of a training calls back.
package struct TrainingObserver<Checkpoint> {
    /// Asked after every step; true ends the session.
    package var shouldStop: () -> Bool
    /// Told of every step.
    package var onStep: (TrainingProgress) -> Void
    /// Asked after every step whether a checkpoint is due.
    package var isCheckpointDue: () -> Bool
    /// Keeps a checkpoint; also called at the start and when interrupted.
    package var save: (Checkpoint) throws(RetrainingError) -> Void
    /// Seconds since the session began.
    package var seconds: () -> Double

    /// Names all callbacks.
    package init(
        shouldStop: @escaping () -> Bool,
        onStep: @escaping (TrainingProgress) -> Void,
        isCheckpointDue: @escaping () -> Bool,
        save: @escaping (Checkpoint) throws(RetrainingError) -> Void,
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
        onStep: @escaping (TrainingProgress) -> Void = { _ in }
    ) {
        self.init(
            shouldStop: shouldStop,
            onStep: onStep,
            isCheckpointDue: { false },
            save: { (_: Checkpoint) throws(RetrainingError) in },
            seconds: { 0 }
        )
    }
}

/// How a session ended.
package enum TrainingEnding: Sendable, Equatable {
    case finished
    /// Asked to stop; the state is that after the step it was in.
    case interrupted
}

/// The steps of a training, and which epoch each belongs to.
struct TrainingSteps {
    /// Steps of the whole training, those before the first epoch included.
    let count: Int
    /// Steps before the first epoch.
    let warmUpCount: Int
    /// Steps of an epoch, at least 1.
    let perEpoch: Int

    /// Runs some of the steps.
    ///
    /// - Parameters:
    ///   - range: The steps' numbers, counted from 0.
    ///   - sessionStart: The number of the session's first step.
    ///   - observer: What is called back.
    ///   - step: Runs the step of a number; told whether it is the last of an epoch.
    ///   - keep: Brings a checkpoint to the observer.
    /// - Returns: Whether all of them were run.
    /// - Throws: What `step` or `keep` threw.
    func run<Checkpoint>(
        _ range: Range<Int>,
        sessionStart: Int,
        observer: TrainingObserver<Checkpoint>,
        step: (Int, _ endsEpoch: Bool) async throws(RetrainingError) -> [(
            name: String, value: Float
        )],
        keep: () async throws(RetrainingError) -> Void
    ) async throws(RetrainingError) -> TrainingEnding {
        for number in range {
            let place = number - warmUpCount
            let endsEpoch = place >= 0 && (place + 1) % perEpoch == 0
            let losses = try await step(number, endsEpoch)
            observer.onStep(
                TrainingProgress(
                    step: number + 1,
                    stepCount: count,
                    epoch: place < 0 ? 0 : place / perEpoch + 1,
                    sessionStep: number + 1 - sessionStart,
                    endsEpoch: endsEpoch,
                    losses: losses
                )
            )
            guard number + 1 < count else { break }
            let stops = observer.shouldStop()
            guard stops || observer.isCheckpointDue() else { continue }
            try await keep()
            if stops { return .interrupted }
        }
        return .finished
    }
}

/// Adam's step size over a training.
enum StepSize {
    /// The size in a step: `initial` in the first half, then it falls to zero (StarGAN, section
    /// 5.3; CycleGAN, appendix 7.1).
    static func falling(from initial: Double, step: Int, of stepCount: Int) -> Double {
        guard 2 * step > stepCount else { return initial }
        return initial * 2 * Double(stepCount - step) / Double(max(1, stepCount))
    }
}
