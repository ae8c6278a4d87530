import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import RetrainingCompiler

/// The checkpoint in a training's output folder, and what keeps it up to date.
struct CheckpointFile: Sendable {
    let folder: OutputFolder

    /// The checkpoint that a training with these options and pictures goes on from.
    func load(
        for options: RetrainingOptions,
        pictures: PictureManifest
    ) throws -> RetrainingCheckpoint {
        let (bytes, path) = try read()
        return try RetrainingCheckpoint(
            decoding: bytes,
            name: path,
            for: options,
            pictures: pictures
        )
    }

    /// The file's bytes, and its path.
    func read() throws(CommandFailure) -> (bytes: [UInt8], path: String) {
        let path = folder.file(OutputFolder.checkpoint)
        do throws(FileBytes.Failure) {
            return (try FileBytes.read(path, maximumByteCount: 8 << 30), path)
        } catch {
            throw CommandFailure(.noInput, "failed to resume: cannot read \(path) (\(error))")
        }
    }

    /// Writes a checkpoint, whole or not at all.
    func save(_ checkpoint: some TrainingCheckpoint) throws(RetrainingError) {
        let bytes = try checkpoint.encoded()
        do throws(FileWriteError) {
            try AtomicFile.write(bytes, to: folder.file(OutputFolder.checkpoint))
        } catch {
            throw .fileSystem("\(error)")
        }
    }

    /// Keeps a finished training until its results are written, which may fail.
    func keep(_ checkpoint: some TrainingCheckpoint) {
        do throws(RetrainingError) {
            try save(checkpoint)
        } catch {
            // The results are smaller than the checkpoint, so they may still fit.
            StandardStreams.complain("ganctl: the last checkpoint was not written: \(error)")
        }
    }

    /// Shows progress and saves now and then; seconds count from `start`.
    func observer<Checkpoint: TrainingCheckpoint>(
        minutes: Double,
        clock: ContinuousClock,
        start: ContinuousClock.Instant,
        progress: RetrainProgress
    ) -> TrainingObserver<Checkpoint> {
        let begin = clock.now
        let period = Duration.seconds(minutes * 60)
        var saved = begin
        func seconds(since instant: ContinuousClock.Instant) -> Double {
            let (whole, fraction) = (clock.now - instant).components
            return Double(whole) + Double(fraction) * 1e-18
        }
        return TrainingObserver(
            shouldStop: { Interruption.isRequested },
            onStep: { progress.show($0, seconds: seconds(since: begin)) },
            isCheckpointDue: { clock.now - saved >= period },
            save: { checkpoint throws(RetrainingError) in
                try save(checkpoint)
                saved = clock.now
            },
            seconds: { seconds(since: start) }
        )
    }

    /// Says how an interrupted training goes on, and gives the exit status.
    func interruption(after step: Int, of stepCount: Int) -> ExitCode {
        StandardStreams.complain(
            "ganctl: interrupted after step \(step) of \(stepCount); "
                + "go on with the same command and --resume"
        )
        return ExitCode(ExitStatus.interrupted.rawValue)
    }
}
