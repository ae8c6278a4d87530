import ModelGraph
package import RetrainingCompiler

/// What a retraining has done besides its weights: for the report.
package struct RetrainingRecord: Sendable, Equatable {
    /// Losses by epoch.
    package var history: LossHistory<StarGANLoss>
    /// What the device did in training steps.
    package var work: DeviceWork
    /// How often each of its programs ran.
    package var runs: ProgramRuns
    /// Seconds of all sessions together, from reading the pictures to the last checkpoint.
    package var wallSeconds: Double
    /// How often the training was taken up again.
    package var resumeCount: Int

    /// The record of a training with these options that has not begun.
    package init(for options: RetrainingOptions) {
        self.init(of: options.adversarialLoss, knowsTruth: options.pretraining != nil)
    }

    /// The record of a training that has not begun.
    package init(of adversarialLoss: AdversarialLoss, knowsTruth: Bool = false) {
        history = LossHistory(of: adversarialLoss, knowsTruth: knowsTruth)
        work = DeviceWork()
        runs = ProgramRuns()
        wallSeconds = 0
        resumeCount = 0
    }
}

/// Everything an interrupted retraining goes on from, to the same bits: weights, moments, step
/// counts, and what it was started with.
///
/// A safetensors file: masters under `generator.` and `discriminator.`, moments under the same
/// after `moment1.` and `moment2.` (left out where they are zero), the rest as metadata, and a
/// digest over all of it.
package struct RetrainingCheckpoint: TrainingCheckpoint, Sendable {
    /// Options by name, as ``RetrainingOptions/fields`` has them.
    package let options: [String: String]
    /// The pictures it was started with.
    package let pictures: PictureManifest
    /// What the training reached.
    package let state: TrainingState
    /// What it has done besides.
    package let record: RetrainingRecord

    /// The metadata's word for this kind of file.
    package static let format = "gan-accelerator checkpoint 1"

    /// A checkpoint of a running training.
    package init(
        options: RetrainingOptions,
        pictures: PictureManifest,
        state: TrainingState,
        record: RetrainingRecord
    ) {
        self.options = Self.dictionary(options)
        self.pictures = pictures
        self.state = state
        self.record = record
    }

    private static func dictionary(_ options: RetrainingOptions) -> [String: String] {
        Dictionary(options.fields.map { ($0.name, $0.value) }) { first, _ in first }
    }

    /// Names in the metadata.
    private enum MetadataKey {
        static let options = "options"
        static let pictures = "pictures"
        static let record = "record"
    }
}

// MARK: Writing

extension RetrainingCheckpoint {
    /// The file.
    package func encoded() throws(RetrainingError) -> [UInt8] {
        try SealedTensors.encoded(
            format: Self.format,
            texts: [
                (MetadataKey.options, .object(options.mapValues { .string($0) })),
                (MetadataKey.pictures, pictures.document),
                (MetadataKey.record, recordDocument),
            ],
            tensors: state.generator.tensors(prefix: StarGANConfiguration.generatorPrefix)
                + state.discriminator.tensors(prefix: StarGANConfiguration.discriminatorPrefix)
        )
    }

    private var recordDocument: StrictJSON {
        [
            "steps": .integer(state.stepCount),
            "generatorSteps": .integer(state.generatorStepCount),
            "losses": record.history.checkpointDocument,
            "traffic": record.work.trafficDocument,
            "computation": record.work.computationDocument,
            "runs": .array(record.runs.counts.map { .integer($0) }),
            "wallSeconds": .number(record.wallSeconds),
            "resumeCount": .integer(record.resumeCount),
        ]
    }
}

// MARK: Reading

extension RetrainingCheckpoint {
    /// Reads a checkpoint to go on from with given options and pictures; `name` is the file's, for
    /// messages.
    ///
    /// - Throws: `.badFile` for one that is damaged, `.configuration` naming how options or
    ///   pictures differ.
    package init(
        decoding bytes: [UInt8],
        name: String,
        for options: RetrainingOptions,
        pictures: PictureManifest
    ) throws(RetrainingError) {
        do {
            let keys = [MetadataKey.options, MetadataKey.pictures, MetadataKey.record]
            let file = try SealedTensors(
                decoding: bytes,
                name: name,
                format: Self.format,
                keys: keys
            )
            self.pictures = try PictureManifest(file.fields[1])
            self.options = try Resumption.check(
                file.fields[0],
                against: options.fields,
                name: name
            )
            try Resumption.check(self.pictures, against: pictures, name: name)
            let schedule = options.schedule(labels: pictures.entries.map(\.labels))
            (state, record) = try Self.progress(file, for: options, schedule)
        } catch {
            throw Resumption.failure(error)
        }
    }

    private static func progress(
        _ file: SealedTensors,
        for options: RetrainingOptions,
        _ schedule: TrainingSchedule
    ) throws -> (TrainingState, RetrainingRecord) {
        let field = file.fields[2]
        let configuration = options.configuration
        let state = TrainingState(
            generator: try NetworkState(
                file,
                try configuration.generator(),
                prefix: StarGANConfiguration.generatorPrefix
            ),
            discriminator: try NetworkState(
                file,
                try configuration.discriminator(),
                prefix: StarGANConfiguration.discriminatorPrefix
            ),
            stepCount: try field["steps"].integer(
                in: 0...options.epochs * schedule.stepsPerEpoch
            ),
            generatorStepCount: try field["generatorSteps"].integer(in: 0...Int.max)
        )
        guard state.generatorStepCount == state.stepCount / options.criticSteps else {
            throw try field["generatorSteps"].failure("it does not go with the steps")
        }
        let record = try Self.record(field, for: options)
        let stepsPerEpoch = max(1, schedule.stepsPerEpoch)
        guard record.history.epochCount == state.stepCount / stepsPerEpoch else {
            throw try field["losses"].failure("they are not of as many epochs as were done")
        }
        return (state, record)
    }

    private static func record(
        _ field: JSONField,
        for options: RetrainingOptions
    ) throws(JSONError) -> RetrainingRecord {
        var record = RetrainingRecord(for: options)
        record.history = try LossHistory(field["losses"], of: record.history.losses)
        record.work = try DeviceWork(
            traffic: field["traffic"],
            computation: field["computation"]
        )
        record.runs = try runs(field["runs"])
        record.wallSeconds = try field["wallSeconds"].number()
        record.resumeCount = try field["resumeCount"].integer(in: 0...resumeLimit)
        return record
    }

    private static func runs(_ field: JSONField) throws(JSONError) -> ProgramRuns {
        var counts: [Int] = []
        for element in try field.elements() {
            counts.append(try element.integer(in: 0...stepLimit))
        }
        guard let runs = ProgramRuns(counts: counts) else {
            throw field.failure("it is not the counts of \(ProgramRuns().counts.count) programs")
        }
        return runs
    }

    /// More steps than a training takes.
    private static let stepLimit = 1 << 48

    /// More resumptions than a checkpoint can tell of.
    private static let resumeLimit = 1_000_000
}
