import Crypto
import ModelGraph
package import RetrainingCompiler

/// What a retraining has done besides its weights: for the report.
package struct RetrainingRecord: Sendable, Equatable {
    /// Losses by epoch.
    package var history: LossHistory
    /// What the device did in training steps.
    package var work: DeviceWork
    /// Seconds of all sessions together, from reading the pictures to the last checkpoint.
    package var wallSeconds: Double
    /// How often the training was taken up again.
    package var resumeCount: Int

    /// The record of a training that has not begun.
    package init(of adversarialLoss: AdversarialLoss) {
        history = LossHistory(of: adversarialLoss)
        work = DeviceWork()
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

    /// The sets of parameters in the file, by prefix.
    private static func sets(_ state: TrainingState) -> [(prefix: String, set: ParameterSet)] {
        let networks = [
            (StarGANConfiguration.generatorPrefix, state.generator),
            (StarGANConfiguration.discriminatorPrefix, state.discriminator),
        ]
        return networks.flatMap { prefix, network -> [(prefix: String, set: ParameterSet)] in
            let sets: [(String, ParameterSet?)] = [
                (prefix, network.parameters), ("moment1." + prefix, network.firstMoments),
                ("moment2." + prefix, network.secondMoments),
            ]
            return sets.compactMap { prefix, set in set.map { (prefix, $0) } }
        }
    }

    /// Digest of everything in the file.
    private static func digest(_ texts: [String], _ state: TrainingState) -> String {
        var hash = SHA256()
        for text in texts {
            hash.update(data: Array("\(text.utf8.count) \(text)\n".utf8))
        }
        for (prefix, set) in sets(state) {
            hash.update(data: Array("\(prefix)\n".utf8))
            set.writeCanonicalBytes { bytes in hash.update(data: bytes) }
        }
        return Hexadecimal.text(hash.finalize())
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
            let writer = try SafetensorsWriter(
                tensors: Self.sets(state).flatMap { $0.set.tensors(prefix: $0.prefix) },
                metadata: [
                    ModelFile.MetadataKey.format: Self.format,
                    MetadataKey.options: texts[0],
                    MetadataKey.pictures: texts[1],
                    MetadataKey.record: texts[2],
                    MetadataKey.digest: Self.digest(texts, state),
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
            guard Self.digest(texts, state) == metadata[MetadataKey.digest] else {
                throw JSONError(at: name, "its contents do not have the digest it says")
            }
        } catch let error as RetrainingError {
            throw error
        } catch {
            throw .badFile(
                "failed to resume: the checkpoint is damaged (\(error)); "
                    + "start over with --force"
            )
        }
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
        let record = try Self.record(field, of: options.adversarialLoss)
        let stepsPerEpoch = max(1, schedule.stepsPerEpoch)
        guard record.history.epochCount == state.stepCount / stepsPerEpoch else {
            throw try field["losses"].failure("they are not of as many epochs as were done")
        }
        return (state, record)
    }

    private static func record(
        _ field: JSONField,
        of adversarialLoss: AdversarialLoss
    ) throws(JSONError) -> RetrainingRecord {
        var record = RetrainingRecord(of: adversarialLoss)
        record.history = try LossHistory(field["losses"], of: adversarialLoss)
        record.work = try DeviceWork(
            traffic: field["traffic"],
            computation: field["computation"]
        )
        record.wallSeconds = try field["wallSeconds"].number()
        record.resumeCount = try field["resumeCount"].integer(in: 0...resumeLimit)
        return record
    }

    /// More resumptions than a checkpoint can tell of.
    private static let resumeLimit = 1_000_000
}
