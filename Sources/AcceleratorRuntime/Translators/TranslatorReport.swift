import AcceleratorISA
import ModelGraph

/// What the training of a translator came to: the content of `report.json` and `report.html`.
///
/// <doc:Translators> says what every key means.
package struct TranslatorReport: Sendable, Equatable {
    /// Name of the device that ran it.
    package var device: String
    /// Kernels of an emulated device.
    package var kernels: String
    /// Threads of an emulated device.
    package var threads: Int
    /// Which translator it is.
    package var kind: TranslatorKind
    /// Rows and columns of the pictures.
    package var imageSize: Int
    /// How it was trained.
    package var training: Training
    /// Names of the discriminators that were made for the training.
    package var fresh: [String]
    /// Mean losses of each epoch.
    package var losses: [LossCurve]
    /// What the device did in training steps.
    package var work: DeviceWork
    /// What it did in the warm-up.
    package var warmUpWork: DeviceWork
    /// Seconds of all sessions together on this host's clock.
    package var wallSeconds: Double
    /// How often the training was taken up again.
    package var resumeCount: Int
    /// Names of the pictures trained on.
    package var pictures: [String]
    /// Digest of names and crops.
    package var pictureDigest: String
    /// Files of the folders that were not used, with the reason.
    package var skipped: [RetrainingReport.SkippedFile]
    /// Where the weights came from, in words.
    package var startedFrom: String
    /// The id of the stored model that it started from; nil for files.
    package var parent: String?
    /// Digest of the final weights.
    package var weightsHash: String
    /// Device DRAM in use at most, in bytes.
    package var deviceByteCount: UInt64

    /// How a training was run.
    package struct Training: Sendable, Equatable {
        /// Times every picture, of the larger domain, was seen.
        package var epochs: Int
        /// Steps after the warm-up.
        package var steps: Int
        /// Steps of the warm-up.
        package var warmUpSteps: Int
        /// Pictures of a step, or pairs.
        package var batch: Int
        /// Seed of the training's random choices.
        package var seed: UInt64
        /// Adam's step size to begin with; it falls to zero over the second half.
        package var learningRate: Double
        /// Places of the pool of either direction.
        package var poolSize: Int
        /// Weights of the losses by name; the adversarial one's is 1.
        package var weights: [String: Double]

        /// How a training with options is run.
        package init(_ options: TranslatorOptions, steps: Int) {
            epochs = options.epochs
            self.steps = steps
            warmUpSteps = options.warmUpSteps
            batch = options.batch
            seed = options.seed
            learningRate = options.learningRate
            poolSize = options.kind == .cycleGAN ? options.poolSize : 0
            switch options.kind {
            case .cycleGAN:
                weights = [
                    "cycle": Double(options.lambdaCycle),
                    "identity": Double(options.lambdaCycle * options.lambdaIdentity),
                ]
            case .pix2pix: weights = ["reconstruction": Double(options.lambdaReconstruction)]
            }
        }
    }

    /// One loss, epoch by epoch.
    package struct LossCurve: Sendable, Equatable {
        /// The loss's name.
        package let name: String
        /// Means of the epochs; nil where the loss occurred in no step.
        package let means: [Double?]
    }

    /// Who ran a training, and what it started from.
    package struct Run: Sendable {
        /// Name of the device.
        package var device: String
        /// Kernels of an emulated device.
        package var kernels: String
        /// Threads of an emulated device.
        package var threads: Int
        /// Files that were not used.
        package var skipped: [(name: String, reason: String)]
        /// Where the weights came from, in words.
        package var startedFrom: String
        /// The id of the stored model it started from.
        package var parent: String?

        /// Names all parts.
        package init(
            device: String,
            kernels: String,
            threads: Int,
            skipped: [(name: String, reason: String)],
            startedFrom: String,
            parent: String?
        ) {
            self.device = device
            self.kernels = kernels
            self.threads = threads
            self.skipped = skipped
            self.startedFrom = startedFrom
            self.parent = parent
        }
    }

    /// The report of a training that is finished.
    package init(
        of retraining: TranslatorRetraining,
        _ record: TranslatorRecord,
        _ run: Run,
        weightsHash: String
    ) {
        let options = retraining.options
        device = run.device
        kernels = run.kernels
        threads = run.threads
        kind = options.kind
        imageSize = options.imageSize
        training = Training(options, steps: retraining.trainingStepCount)
        fresh = options.fresh.map(\.name)
        losses = record.history.losses.map { loss in
            LossCurve(name: loss.name, means: record.history.means[loss] ?? [])
        }
        work = record.work
        warmUpWork = record.warmUpWork
        wallSeconds = record.wallSeconds
        resumeCount = record.resumeCount
        pictures = retraining.pictures.entries.map(\.name)
        pictureDigest = retraining.pictures.digest
        skipped = run.skipped.map { .init(name: $0.name, reason: $0.reason) }
        startedFrom = run.startedFrom
        parent = run.parent
        self.weightsHash = weightsHash
        deviceByteCount = retraining.deviceByteCount
    }

    /// What was made for the training, in words.
    package var freshWords: String {
        guard !fresh.isEmpty else { return "no network was fresh" }
        let warmth =
            training.warmUpSteps > 0
            ? "warmed up over \(training.warmUpSteps) steps" : "not warmed up"
        return fresh.map { name in
            "\(name.replacing("_", with: " ")): fresh, \(warmth)"
        }.joined(separator: "; ")
    }
}

// MARK: Text

extension TranslatorReport {
    /// The report for a terminal, without a newline at the end.
    package var text: String {
        let curves = losses.map { curve in
            let known = curve.means.compactMap { $0 }
            return [
                curve.name, known.first.map(Readable.number) ?? "none",
                known.last.map(Readable.number) ?? "none",
            ]
        }
        let lines =
            [
                "trained a \(kind.title) on \(device) (kernels \(kernels), \(threads) threads): "
                    + "\(training.epochs) epochs, \(training.steps) steps, "
                    + "\(Readable.number(wallSeconds)) s on this host's clock",
                "started from \(startedFrom)", freshWords, "weights \(weightsHash)", "",
                "mean losses",
            ]
            + TextTable(
                columns: [.words("loss"), .number("first epoch"), .number("last epoch")],
                rows: curves
            ).lines
            + ["", "counted by the device"]
            + TextTable(columns: Self.accountColumns, rows: accountRows).lines
        return lines.joined(separator: "\n")
    }

    static let accountColumns: [TextTable.Column] = [
        .words("stage"), .number("MACs"), .number("DRAM bytes"), .number("warm-up MACs"),
        .number("warm-up DRAM bytes"),
    ]

    /// The device's counts by stage, and their sums.
    var accountRows: [[String]] {
        let works = [work, warmUpWork]
        func cells(_ counts: [(macs: UInt64, bytes: UInt64)]) -> [String] {
            counts.flatMap { count in
                [
                    Readable.count(Double(count.macs)),
                    Readable.quantity(Double(count.bytes), "B"),
                ]
            }
        }
        let rows = Stage.allCases.map { stage in
            works.map { work in
                (
                    macs: work.counters.multiplyAccumulates(stage: stage),
                    bytes: work.byteCount(stage: stage)
                )
            }
        }
        let sums = works.indices.map { index in
            rows.reduce((macs: UInt64(0), bytes: UInt64(0))) { sum, row in
                (
                    UInt64.sum(sum.macs, row[index].macs),
                    UInt64.sum(sum.bytes, row[index].bytes)
                )
            }
        }
        return zip(Stage.allCases, rows).map { [$0.name] + cells($1) } + [["total"] + cells(sums)]
    }
}
