package import ModelGraph

// MARK: Writing

extension TranslatorReport {
    /// The schema this program writes and reads.
    package static let schema = 1

    /// `report.json`.
    ///
    /// Bytes and multiply-accumulates are the device's own counts, those of the warm-up apart;
    /// `wallSeconds` are those of all sessions together.
    package var document: StrictJSON {
        [
            "schema": .integer(Self.schema),
            "device": .string(device),
            "kernels": .string(kernels),
            "threads": .integer(threads),
            "weightsHash": .string(weightsHash),
            "startedFrom": .string(startedFrom),
            "parent": parent.map { .string($0) } ?? .null,
            "model": [
                "family": .string(kind.rawValue),
                "imageSize": .integer(imageSize),
            ],
            "training": training.document,
            "fresh": .array(fresh.map { .string($0) }),
            "losses": .object(
                Dictionary(
                    losses.map { curve in
                        let means = curve.means.map { $0.map { .number($0) } ?? StrictJSON.null }
                        return (curve.name, .array(means))
                    }
                ) { first, _ in first }
            ),
            "images": [
                "used": .array(pictures.map { .string($0) }),
                "skipped": .array(
                    skipped.map { ["name": .string($0.name), "reason": .string($0.reason)] }
                ),
                "digest": .string(pictureDigest),
            ],
            "wallSeconds": .number(wallSeconds),
            "resumeCount": .integer(resumeCount),
            "deviceMemoryBytes": .integer(Int(clamping: deviceByteCount)),
            "traffic": work.trafficDocument,
            "computation": work.computationDocument,
            "warmUp": [
                "traffic": warmUpWork.trafficDocument,
                "computation": warmUpWork.computationDocument,
            ],
        ]
    }
}

extension TranslatorReport.Training {
    fileprivate var document: StrictJSON {
        [
            "epochs": .integer(epochs),
            "steps": .integer(steps),
            "warmUpSteps": .integer(warmUpSteps),
            "batch": .integer(batch),
            "seed": .string("\(seed)"),
            "learningRate": .number(learningRate),
            "pool": .integer(poolSize),
            "weights": .object(weights.mapValues { .number($0) }),
        ]
    }
}

// MARK: Reading

extension TranslatorReport {
    /// Whether a report is one of a translator.
    package static func isOne(_ bytes: [UInt8], document: String) throws(JSONError) -> Bool {
        let root = try JSONField(parsing: bytes, document: document)
        guard let family = try root.optional("model")?.optional("family"),
            case .string(let name) = family.value
        else { return false }
        return TranslatorKind(rawValue: name) != nil
    }

    /// Reads `report.json`.
    ///
    /// - Throws: `JSONError` naming the document and the key, also for a newer schema.
    package init(decoding bytes: [UInt8], document: String) throws(JSONError) {
        let report = try JSONField(parsing: bytes, document: document)
        let schema = try report["schema"]
        guard try schema.integer() == Self.schema else {
            throw schema.failure("expected \(Self.schema); use the ganctl that wrote it")
        }
        device = try report["device"].string()
        kernels = try report["kernels"].string()
        threads = try report["threads"].integer(in: 1...Self.countLimit)
        kind = try report["model"]["family"].choice()
        imageSize = try report["model"]["imageSize"].integer(in: 1...Self.countLimit)
        training = try Training(report["training"])
        fresh = try report["fresh"].strings()
        let known = try report["losses"]
        try known.requireOnly(Set(kind.losses.map(\.name)))
        losses = []
        for loss in kind.losses {
            var means: [Double?] = []
            for element in try known[loss.name].elements() {
                means.append(element.value == .null ? nil : try element.number())
            }
            losses.append(LossCurve(name: loss.name, means: means))
        }
        work = try DeviceWork(traffic: report["traffic"], computation: report["computation"])
        let warmUp = try report["warmUp"]
        warmUpWork = try DeviceWork(traffic: warmUp["traffic"], computation: warmUp["computation"])
        wallSeconds = try report["wallSeconds"].quantity()
        resumeCount = try report["resumeCount"].integer(in: 0...Self.countLimit)
        let images = try report["images"]
        pictures = try images["used"].strings()
        pictureDigest = try images["digest"].string()
        skipped = []
        for file in try images["skipped"].elements() {
            let name = try file["name"].string()
            skipped.append(.init(name: name, reason: try file["reason"].string()))
        }
        startedFrom = try report["startedFrom"].string()
        let parentField = try report["parent"]
        parent = parentField.value == .null ? nil : try parentField.string()
        weightsHash = try report["weightsHash"].string()
        deviceByteCount = try report["deviceMemoryBytes"].count()
    }

    fileprivate static let countLimit = 1 << 40
}

extension TranslatorReport.Training {
    fileprivate init(_ field: JSONField) throws(JSONError) {
        let limits = 0...TranslatorReport.countLimit
        epochs = try field["epochs"].integer(in: limits)
        steps = try field["steps"].integer(in: limits)
        warmUpSteps = try field["warmUpSteps"].integer(in: limits)
        batch = try field["batch"].integer(in: limits)
        let seedField = try field["seed"]
        guard let seed = UInt64(try seedField.string()) else {
            throw seedField.failure("expected a whole number of 64 bits as a string")
        }
        self.seed = seed
        learningRate = try field["learningRate"].quantity()
        poolSize = try field["pool"].integer(in: limits)
        weights = [:]
        for (name, weight) in try field["weights"].members() {
            weights[name] = try weight.quantity()
        }
    }
}
