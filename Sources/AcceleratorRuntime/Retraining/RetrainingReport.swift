package import ModelGraph
import RetrainingCompiler

/// What a retraining came to: `report.json`, schema 1.
package struct RetrainingReport: Sendable {
    /// Name of the device that ran it.
    package var device: String
    /// Kernels of an emulated device.
    package var kernels: String
    /// Threads of an emulated device.
    package var threads: Int
    /// What was asked for.
    package var options: RetrainingOptions
    /// What was done.
    package var record: RetrainingRecord
    /// The pictures trained on.
    package var pictures: PictureManifest
    /// Files of the folder that were not used, with the reason.
    package var skipped: [(name: String, reason: String)]
    /// Where the weights came from, in words.
    package var startedFrom: String
    /// Digest of the final weights.
    package var weightsHash: String
    /// Steps of the whole training.
    package var steps: Int
    /// Device DRAM in use at most, in bytes.
    package var deviceByteCount: UInt64

    /// Names everything a report says.
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
        deviceByteCount: UInt64
    ) {
        self.device = device
        self.kernels = kernels
        self.threads = threads
        self.options = options
        self.record = record
        self.pictures = pictures
        self.skipped = skipped
        self.startedFrom = startedFrom
        self.weightsHash = weightsHash
        self.steps = steps
        self.deviceByteCount = deviceByteCount
    }

    /// The report.
    ///
    /// Bytes and multiply-accumulates are the device's own counts over all training
    /// steps; `wallSeconds` are those of all sessions together.
    package var document: StrictJSON {
        let configuration = options.configuration
        return [
            "schema": 1,
            "device": .string(device),
            "kernels": .string(kernels),
            "threads": .integer(threads),
            "weightsHash": .string(weightsHash),
            "losses": record.history.document,
            "images": [
                "used": .array(pictures.entries.map { .string($0.name) }),
                "skipped": .array(
                    skipped.map { ["name": .string($0.name), "reason": .string($0.reason)] }
                ),
                "digest": .string(pictures.digest),
            ],
            "wallSeconds": .number(record.wallSeconds),
            "resumeCount": .integer(record.resumeCount),
            "epochs": .integer(options.epochs),
            "steps": .integer(steps),
            "seed": .string("\(options.seed)"),
            "startedFrom": .string(startedFrom),
            "model": [
                "family": "stargan",
                "imageSize": .integer(configuration.imageSize),
                "generatorChannels": .integer(configuration.generatorChannels),
                "residualBlocks": .integer(configuration.residualBlocks),
                "discriminatorChannels": .integer(configuration.discriminatorChannels),
                "discriminatorLayers": .integer(configuration.discriminatorLayers),
                "attributes": .array(options.attributes.map { .string($0) }),
            ],
            "training": [
                "loss": .string(options.adversarialLoss.rawValue),
                "classLoss": .string(options.classLoss.rawValue),
                "batch": .integer(options.batch),
                "criticSteps": .integer(options.criticSteps),
                "learningRate": .number(options.learningRate),
            ],
            "deviceMemoryBytes": .integer(Int(clamping: deviceByteCount)),
            "traffic": record.work.trafficDocument,
            "computation": record.work.computationDocument,
        ]
    }
}
