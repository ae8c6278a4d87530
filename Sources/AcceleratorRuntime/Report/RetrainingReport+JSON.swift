package import ModelGraph
import RetrainingCompiler

// MARK: Writing

extension RetrainingReport {
    /// The newest schema this program writes and reads.
    package static let schema = 2

    /// `report.json`.
    ///
    /// Bytes and multiply-accumulates are the device's own counts over all training
    /// steps; `wallSeconds` are those of all sessions together. Parts that are absent have null at
    /// every key, and `absent` says why.
    package var document: StrictJSON {
        var notes = AbsenceNotes()
        var members = ledger.members(&notes)
        members["published"] = PublishedFigure.document(publishedFigures, &notes)
        members["absent"] = notes.document
        for (key, value) in trainingMembers { members[key] = value }
        return .object(members)
    }

    private var trainingMembers: [String: StrictJSON] {
        [
            "schema": .integer(Self.schema),
            "device": .string(device),
            "kernels": .string(kernels),
            "threads": .integer(threads),
            "weightsHash": .string(weightsHash),
            "losses": .object(
                Dictionary(uniqueKeysWithValues: losses.map { ($0.loss.name, $0.document) })
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
            "epochs": .integer(training.epochs),
            "steps": .integer(steps),
            "seed": .string("\(training.seed)"),
            "startedFrom": .string(startedFrom),
            "model": [
                "family": .string(Self.family),
                "imageSize": .integer(configuration.imageSize),
                "generatorChannels": .integer(configuration.generatorChannels),
                "residualBlocks": .integer(configuration.residualBlocks),
                "discriminatorChannels": .integer(configuration.discriminatorChannels),
                "discriminatorLayers": .integer(configuration.discriminatorLayers),
                "attributes": .array(attributes.map { .string($0) }),
            ],
            "training": [
                "loss": .string(training.adversarialLoss.rawValue),
                "classLoss": .string(training.classLoss.rawValue),
                "batch": .integer(training.batch),
                "criticSteps": .integer(training.criticSteps),
                "adversarialWeight": .number(Double(training.lambdaAdversarial)),
                "reconstructionWeight": .number(Double(training.lambdaReconstruction)),
                "learningRate": .number(training.learningRate),
            ],
            "deviceMemoryBytes": .integer(Int(clamping: deviceByteCount)),
            "traffic": work.trafficDocument,
            "computation": work.computationDocument,
        ]
    }

    private static let family = "stargan"
}

extension RetrainingReport.LossCurve {
    fileprivate var document: StrictJSON {
        .array(means.map { $0.map { .number($0) } ?? .null })
    }
}

// MARK: Reading

extension RetrainingReport {
    /// Reads `report.json`.
    ///
    /// A report of schema 1 is read too; it has no ledger, and says so.
    ///
    /// - Throws: `JSONError` naming the document and the key, also for a newer schema.
    package init(decoding bytes: [UInt8], document: String) throws(JSONError) {
        try self.init(JSONField(parsing: bytes, document: document))
    }

    /// Reads what ``document`` wrote.
    package init(_ report: JSONField) throws(JSONError) {
        let schemaField = try report["schema"]
        let schema = try schemaField.integer()
        guard schema >= 1 else { throw schemaField.failure("expected 1 or 2, found \(schema)") }
        guard schema <= Self.schema else {
            throw schemaField.failure(
                "the report is of schema \(schema), this program reads up to \(Self.schema); "
                    + "use the ganctl that wrote it, or a newer one"
            )
        }
        device = try report["device"].string()
        kernels = try report["kernels"].string()
        threads = try report["threads"].integer(in: 1...Self.countLimit)
        (configuration, attributes) = try Self.model(try report["model"])
        training = try Training(report)
        losses = try Self.losses(try report["losses"])
        work = try DeviceWork(
            traffic: try report["traffic"],
            computation: try report["computation"]
        )
        wallSeconds = try report["wallSeconds"].quantity()
        resumeCount = try report["resumeCount"].integer(in: 0...Self.countLimit)
        let images = try report["images"]
        pictures = try images["used"].strings()
        pictureDigest = try images["digest"].string()
        skipped = []
        for file in try images["skipped"].elements() {
            let name = try file["name"].string()
            skipped.append(SkippedFile(name: name, reason: try file["reason"].string()))
        }
        startedFrom = try report["startedFrom"].string()
        weightsHash = try report["weightsHash"].string()
        steps = try report["steps"].integer(in: 0...Self.countLimit)
        deviceByteCount = try report["deviceMemoryBytes"].count()
        guard schema > 1 else {
            ledger = .absent(
                reason: "the report is of schema 1, which has no ledger; retrain to get one"
            )
            return
        }
        ledger = try RetrainingLedger(report)
    }

    private static let countLimit = 1 << 40

    private static func model(
        _ field: JSONField
    ) throws(JSONError) -> (StarGANConfiguration, [String]) {
        let familyField = try field["family"]
        guard try familyField.string() == family else {
            throw familyField.failure("expected \(family)")
        }
        let attributes = try field["attributes"].strings()
        let limits = 0...countLimit
        let imageSize = try field["imageSize"].integer(in: limits)
        let generatorChannels = try field["generatorChannels"].integer(in: limits)
        let residualBlocks = try field["residualBlocks"].integer(in: limits)
        let discriminatorChannels = try field["discriminatorChannels"].integer(in: limits)
        let discriminatorLayers = try field["discriminatorLayers"].integer(in: limits)
        do {
            let configuration = try StarGANConfiguration(
                imageSize: imageSize,
                generatorChannels: generatorChannels,
                residualBlocks: residualBlocks,
                classes: attributes.count,
                discriminatorChannels: discriminatorChannels,
                discriminatorLayers: discriminatorLayers
            )
            return (configuration, attributes)
        } catch {
            throw field.failure("\(error)")
        }
    }

    private static func losses(_ field: JSONField) throws(JSONError) -> [LossCurve] {
        var curves: [LossCurve] = []
        try field.requireOnly(Set(StarGANLoss.allCases.map(\.name)))
        for loss in StarGANLoss.allCases {
            guard let field = try field.optional(loss.name) else { continue }
            var means: [Double?] = []
            for element in try field.elements() {
                means.append(element.value == .null ? nil : try element.number())
            }
            curves.append(LossCurve(loss: loss, means: means))
        }
        return curves
    }
}

extension RetrainingReport.Training {
    private static let countLimit = 1 << 40

    fileprivate init(_ report: JSONField) throws(JSONError) {
        let field = try report["training"]
        epochs = try report["epochs"].integer(in: 0...Self.countLimit)
        batch = try field["batch"].integer(in: 1...Self.countLimit)
        criticSteps = try field["criticSteps"].integer(in: 1...Self.countLimit)
        lambdaAdversarial = Float(try field.optional("adversarialWeight")?.quantity() ?? 1)
        lambdaReconstruction = Float(
            try field.optional("reconstructionWeight")?.quantity() ?? 10
        )
        learningRate = try field["learningRate"].quantity()
        let seedField = try report["seed"]
        guard let seed = UInt64(try seedField.string()) else {
            throw seedField.failure("expected a whole number of 64 bits as a string")
        }
        self.seed = seed
        adversarialLoss = try field["loss"].choice()
        classLoss = try field["classLoss"].choice()
    }
}

extension JSONField {
    /// The value as one of a few words.
    func choice<Choice: RawRepresentable & CaseIterable>() throws(JSONError) -> Choice
    where Choice.RawValue == String {
        let text = try string()
        guard let choice = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw failure("expected one of \(words), found \(text)")
        }
        return choice
    }
}
