import ModelGraph
import RetrainingCompiler

/// Everything an interrupted training of a translator goes on from, to the same bits.
///
/// A safetensors file like ``RetrainingCheckpoint``, with each network under its name, and the
/// pool under `pool_a.` and `pool_b.`.
package struct TranslatorCheckpoint: TrainingCheckpoint, Sendable {
    private let fields: [(name: String, value: String)]
    /// The pictures it was started with.
    package let pictures: PictureManifest
    /// What the training reached.
    package let state: TranslatorState
    /// What it has done besides.
    package let record: TranslatorRecord
    private let imageSize: Int

    /// The metadata's word for this kind of file.
    package static let format = "gan-accelerator translator checkpoint 1"

    private static let keys = ["options", "pictures", "record"]

    /// A checkpoint of a running training.
    package init(
        options: TranslatorOptions,
        pictures: PictureManifest,
        state: TranslatorState,
        record: TranslatorRecord
    ) {
        fields = options.fields
        imageSize = options.imageSize
        self.pictures = pictures
        self.state = state
        self.record = record
    }

    /// The file.
    package func encoded() throws(RetrainingError) -> [UInt8] {
        let networks = state.networks.flatMap { network, state in
            state.tensors(prefix: network.prefix)
        }
        let pool = CycleSide.allCases.flatMap { side in
            state.pool[side].enumerated().map { place, values in
                SafetensorsWriter.Tensor(
                    name: Self.poolName(side, place),
                    shape: [TranslatorModel.pictureChannels, imageSize, imageSize],
                    values: values
                )
            }
        }
        let texts = [Resumption.document(fields), pictures.document, recordDocument]
        return try SealedTensors.encoded(
            format: Self.format,
            texts: zip(Self.keys, texts).map { (key: $0, document: $1) },
            tensors: networks + pool
        )
    }

    private static func poolName(_ side: CycleSide, _ place: Int) -> String {
        "pool_\(side.rawValue).\(place)"
    }

    private var recordDocument: StrictJSON {
        [
            "steps": .integer(state.stepCount),
            "losses": record.history.checkpointDocument,
            "traffic": record.work.trafficDocument,
            "computation": record.work.computationDocument,
            "warmUpTraffic": record.warmUpWork.trafficDocument,
            "warmUpComputation": record.warmUpWork.computationDocument,
            "wallSeconds": .number(record.wallSeconds),
            "resumeCount": .integer(record.resumeCount),
        ]
    }
}

// MARK: Reading

extension TranslatorCheckpoint {
    /// Reads a checkpoint to go on from with a given model, options and pictures; `name` is the
    /// file's, for messages.
    ///
    /// - Throws: `.badFile` for one that is damaged, `.configuration` naming how options or
    ///   pictures differ.
    package init(
        decoding bytes: [UInt8],
        name: String,
        model: TranslatorModel,
        options: TranslatorOptions,
        manifest: PictureManifest,
        counts: [Int]
    ) throws(RetrainingError) {
        do {
            let file = try SealedTensors(
                decoding: bytes,
                name: name,
                format: Self.format,
                keys: Self.keys
            )
            _ = try Resumption.check(file.fields[0], against: options.fields, name: name)
            try Resumption.check(
                try PictureManifest(file.fields[1]),
                against: manifest,
                name: name
            )
            let schedule = TranslatorSchedule(options, counts: counts)
            let field = file.fields[2]
            let last = options.warmUpSteps + options.epochs * schedule.stepsPerEpoch
            let stepCount = try field["steps"].integer(in: 0...last)
            var networks: [TranslatorNetwork: NetworkState] = [:]
            for network in model.kind.networks {
                networks[network] = try NetworkState(
                    file,
                    model.graph(of: network),
                    prefix: network.prefix
                )
            }
            self.init(
                options: options,
                pictures: manifest,
                state: TranslatorState(
                    networks: networks,
                    stepCount: stepCount,
                    pool: try Self.pool(file, options, schedule.filledPoolCount(after: stepCount))
                ),
                record: try Self.record(field, options)
            )
            let epochCount = max(0, stepCount - options.warmUpSteps) / schedule.stepsPerEpoch
            guard record.history.epochCount == epochCount else {
                throw try field["losses"].failure("they are not of as many epochs as were done")
            }
        } catch {
            throw Resumption.failure(error)
        }
    }

    private static func pool(
        _ file: SealedTensors,
        _ options: TranslatorOptions,
        _ count: Int
    ) throws -> CyclePair<[[Float]]> {
        let shape = [TranslatorModel.pictureChannels, options.imageSize, options.imageSize]
        var pool = CyclePair<[[Float]]>(a: [], b: [])
        for side in CycleSide.allCases {
            for place in 0..<count {
                let name = poolName(side, place)
                guard file.reader.header.shapes[name] == shape else {
                    throw JSONError(at: name, "it is missing, or no picture of this size")
                }
                pool[side].append(try file.reader.values(of: name))
            }
        }
        return pool
    }

    private static func record(
        _ field: JSONField,
        _ options: TranslatorOptions
    ) throws(JSONError) -> TranslatorRecord {
        var record = TranslatorRecord(for: options)
        record.history = try LossHistory(field["losses"], of: record.history.losses)
        record.work = try DeviceWork(
            traffic: field["traffic"],
            computation: field["computation"]
        )
        record.warmUpWork = try DeviceWork(
            traffic: field["warmUpTraffic"],
            computation: field["warmUpComputation"]
        )
        record.wallSeconds = try field["wallSeconds"].number()
        record.resumeCount = try field["resumeCount"].integer(in: 0...resumeLimit)
        return record
    }

    /// More resumptions than a checkpoint can tell of.
    private static let resumeLimit = 1_000_000
}
