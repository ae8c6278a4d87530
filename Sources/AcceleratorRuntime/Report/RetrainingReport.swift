import AcceleratorISA
package import ModelGraph
package import RetrainingCompiler

/// What a retraining came to: the content of `report.json` and of `report.html`.
///
/// <doc:Report> says what every key means.
package struct RetrainingReport: Sendable, Equatable {
    /// Name of the device that ran it.
    package var device: String
    /// Kernels of an emulated device.
    package var kernels: String
    /// Threads of an emulated device.
    package var threads: Int
    /// Sizes of the networks.
    package var configuration: StarGANConfiguration
    /// Names of the classes, in order.
    package var attributes: [String]
    /// How it was trained.
    package var training: Training
    /// Mean losses of each epoch, in the order of `StarGANLoss`.
    package var losses: [LossCurve]
    /// What the device did in training steps.
    package var work: DeviceWork
    /// Seconds of all sessions together on this host's clock.
    package var wallSeconds: Double
    /// How often the training was taken up again.
    package var resumeCount: Int
    /// Names of the pictures trained on.
    package var pictures: [String]
    /// Digest of names, crops and labels.
    package var pictureDigest: String
    /// Files of the folder that were not used, with the reason.
    package var skipped: [SkippedFile]
    /// Where the weights came from, in words.
    package var startedFrom: String
    /// Digest of the final weights.
    package var weightsHash: String
    /// Steps of the whole training.
    package var steps: Int
    /// Device DRAM in use at most, in bytes.
    package var deviceByteCount: UInt64
    /// Costs, savings and quality.
    package var ledger: RetrainingLedger

    /// How a training was run.
    package struct Training: Sendable, Equatable {
        /// Times every picture was seen.
        package var epochs: Int
        /// Pictures of a step.
        package var batch: Int
        /// Seed of the training's random choices.
        package var seed: UInt64
        /// What the discriminator's judgement becomes.
        package var adversarialLoss: AdversarialLoss
        /// What its class scores become.
        package var classLoss: ClassLoss
        /// Steps of the discriminator to one of the generator.
        package var criticSteps: Int
        /// Weight of the discriminator's judgement in the generator's loss.
        package var lambdaAdversarial: Float
        /// Weight of the reconstruction in the generator's loss.
        package var lambdaReconstruction: Float
        /// Adam's step size to begin with; it falls to zero over the second half.
        package var learningRate: Double
    }

    /// One loss, epoch by epoch.
    package struct LossCurve: Sendable, Equatable {
        /// Which loss.
        package let loss: StarGANLoss
        /// Means of the epochs; nil where the loss occurred in no step.
        package let means: [Double?]
    }

    /// A file that was not used.
    package struct SkippedFile: Sendable, Equatable {
        /// The file's name.
        package let name: String
        /// Why.
        package let reason: String
    }

    /// The report of a training that is over.
    package init(
        device: String,
        kernels: String,
        threads: Int,
        options: RetrainingOptions,
        record: RetrainingRecord,
        pictures: PictureManifest,
        skipped: [(name: String, reason: String)],
        startedFrom: String,
        weightsHash: String,
        steps: Int,
        deviceByteCount: UInt64,
        ledger: RetrainingLedger = .notComputed
    ) {
        self.device = device
        self.kernels = kernels
        self.threads = threads
        configuration = options.configuration
        attributes = options.attributes
        training = Training(
            epochs: options.epochs,
            batch: options.batch,
            seed: options.seed,
            adversarialLoss: options.adversarialLoss,
            classLoss: options.classLoss,
            criticSteps: options.criticSteps,
            lambdaAdversarial: options.lambdaAdversarial,
            lambdaReconstruction: options.lambdaReconstruction,
            learningRate: options.learningRate
        )
        losses = StarGANLoss.allCases.compactMap { loss in
            record.history.means[loss].map { LossCurve(loss: loss, means: $0) }
        }
        work = record.work
        wallSeconds = record.wallSeconds
        resumeCount = record.resumeCount
        self.pictures = pictures.entries.map(\.name)
        pictureDigest = pictures.digest
        self.skipped = skipped.map { SkippedFile(name: $0.name, reason: $0.reason) }
        self.startedFrom = startedFrom
        self.weightsHash = weightsHash
        self.steps = steps
        self.deviceByteCount = deviceByteCount
        self.ledger = ledger
    }

    /// Multiply-accumulates of all stages, as the device counted them.
    package var multiplyAccumulates: UInt64 { work.multiplyAccumulates }

    /// The paper's figures beside ours.
    package var publishedFigures: [PublishedFigure] {
        ledger.publishedFigures(operations: 2 * Double(multiplyAccumulates))
    }
}

extension DeviceWork {
    /// Multiply-accumulates of all stages.
    package var multiplyAccumulates: UInt64 {
        [.forward, .error, .weightGradient].reduce(0) {
            .sum($0, counters.multiplyAccumulates(stage: $1))
        }
    }
}
