import Crypto
import ModelGraph
package import RetrainingCompiler

/// What a retraining has done besides its weights: for the report.
package struct RetrainingRecord: Sendable, Equatable {
    /// Losses by epoch.
    package var history: LossHistory
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
package struct RetrainingCheckpoint: Sendable {
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

    /// The tensors in the file.
    private static func tensors(_ state: TrainingState) -> [SafetensorsWriter.Tensor] {
        let networks = [
            (StarGANConfiguration.generatorPrefix, state.generator),
            (StarGANConfiguration.discriminatorPrefix, state.discriminator),
        ]
        return networks.flatMap { prefix, network -> [SafetensorsWriter.Tensor] in
            network.parameters.tensors(prefix: prefix)
                + (network.firstMoments?.tensors(prefix: "moment1." + prefix) ?? [])
                + (network.secondMoments?.tensors(prefix: "moment2." + prefix) ?? [])
        }
    }

    /// Digest of everything in the file: its texts, then its tensors in the order of their names.
    private struct ContentDigest {
        private var hash = SHA256()

        init(_ texts: [String]) {
            for text in texts {
                hash.update(data: Array("\(text.utf8.count) \(text)\n".utf8))
            }
        }

        mutating func begin(_ name: String, _ shape: [Int]) {
            hash.update(data: CanonicalParameters.prefix(name: name, shape: shape))
        }

        mutating func add(_ values: [Float]) {
            hash.update(data: CanonicalParameters.bytes(of: values[...]))
        }

        var text: String { Hexadecimal.text(hash.finalize()) }
    }

    /// Names in the metadata.
    private enum MetadataKey {
        static let options = "options"
        static let pictures = "pictures"
        static let record = "record"
        static let digest = "digest"
    }
}

// MARK: Writing

extension RetrainingCheckpoint {
    /// The file.
    package func encoded() throws(RetrainingError) -> [UInt8] {
        do {
            let options = StrictJSON.object(options.mapValues { .string($0) })
            let texts = try [options, pictures.document, recordDocument].map {
                String(decoding: try $0.serialized(), as: UTF8.self)
            }
            let tensors = Self.tensors(state).sorted {
                CanonicalParameters.areInOrder($0.name, $1.name)
            }
            var digest = ContentDigest(texts)
            for tensor in tensors {
                digest.begin(tensor.name, tensor.shape)
                digest.add(tensor.values)
            }
            let writer = try SafetensorsWriter(
                tensors: tensors,
                metadata: [
                    ModelFile.MetadataKey.format: Self.format,
                    MetadataKey.options: texts[0],
                    MetadataKey.pictures: texts[1],
                    MetadataKey.record: texts[2],
                    MetadataKey.digest: digest.text,
                ]
            )
            return writer.bytes()
        } catch {
            throw .internalFault("failed to lay out the checkpoint: \(error)")
        }
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
            let reader = try SafetensorsReader(bytes: bytes)
            let metadata = reader.header.metadata
            guard metadata[ModelFile.MetadataKey.format] == Self.format else {
                throw JSONError(at: name, "it is not a checkpoint of this program")
            }
            let keys = [MetadataKey.options, MetadataKey.pictures, MetadataKey.record]
            let texts = keys.map { metadata[$0] ?? "" }
            // First of all: a flipped bit in an option would otherwise read as another option.
            guard try Self.digest(of: reader, texts) == metadata[MetadataKey.digest] else {
                throw JSONError(at: name, "its contents do not have the digest it says")
            }
            let fields = try zip(keys, texts).map { key, text in
                try JSONField(parsing: Array(text.utf8), document: "\(name), \(key)")
            }
            var saved: [String: String] = [:]
            for (key, field) in try fields[0].members() { saved[key] = try field.string() }
            self.options = saved
            self.pictures = try PictureManifest(fields[1])
            try Self.compare(saved, with: options, name: name)
            try Self.compare(self.pictures, with: pictures, name: name)
            let schedule = options.schedule(labels: pictures.entries.map(\.labels))
            (state, record) = try Self.progress(reader, fields[2], for: options, schedule)
        } catch let error as RetrainingError {
            throw error
        } catch {
            throw .badFile(
                "failed to resume: the checkpoint is damaged (\(error)); "
                    + "start over with --force"
            )
        }
    }

    private static func digest(
        of reader: SafetensorsReader,
        _ texts: [String]
    ) throws(SafetensorsError) -> String {
        var digest = ContentDigest(texts)
        let tensors = reader.header.tensors.sorted {
            CanonicalParameters.areInOrder($0.name, $1.name)
        }
        for tensor in tensors {
            digest.begin(tensor.name, tensor.shape)
            try reader.forEachPiece(of: tensor.name) { digest.add($0) }
        }
        return digest.text
    }

    private static func compare(
        _ saved: [String: String],
        with options: RetrainingOptions,
        name: String
    ) throws(RetrainingError) {
        let differences = options.fields.compactMap { field -> String? in
            let before = saved[field.name] ?? "nothing"
            return before == field.value ? nil : "\(field.name) was \(before), now \(field.value)"
        }
        guard differences.isEmpty else {
            throw .configuration(
                "failed to resume from \(name): \(differences.joined(separator: "; ")); "
                    + "give the same options, or start over with --force"
            )
        }
    }

    private static func compare(
        _ saved: PictureManifest,
        with pictures: PictureManifest,
        name: String
    ) throws(RetrainingError) {
        guard let difference = saved.difference(from: pictures) else { return }
        throw .configuration(
            "failed to resume from \(name): the pictures differ: \(difference); "
                + "put them back, or start over with --force"
        )
    }

    private static func progress(
        _ reader: SafetensorsReader,
        _ field: JSONField,
        for options: RetrainingOptions,
        _ schedule: TrainingSchedule
    ) throws -> (TrainingState, RetrainingRecord) {
        func network(_ prefix: String, _ graph: NetworkGraph) throws -> NetworkState {
            func set(_ prefix: String) throws -> ParameterSet {
                try ParameterSet(reading: reader, for: graph, prefix: prefix)
            }
            func moments(_ prefix: String) throws -> ParameterSet? {
                let hasAny = reader.header.tensors.contains { $0.name.hasPrefix(prefix) }
                return hasAny ? try set(prefix) : nil
            }
            let state = NetworkState(
                parameters: try set(prefix),
                firstMoments: try moments("moment1." + prefix),
                secondMoments: try moments("moment2." + prefix)
            )
            guard (state.firstMoments == nil) == (state.secondMoments == nil) else {
                throw field.failure("of the two moments of \(prefix) one is missing")
            }
            return state
        }
        let configuration = options.configuration
        let state = TrainingState(
            generator: try network(
                StarGANConfiguration.generatorPrefix,
                try configuration.generator()
            ),
            discriminator: try network(
                StarGANConfiguration.discriminatorPrefix,
                try configuration.discriminator()
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
        record.history = try LossHistory(
            field["losses"],
            of: options.adversarialLoss,
            knowsTruth: options.pretraining != nil
        )
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
