package import ModelGraph

/// What decides the rows of a study, kept beside them so that nothing else is added to them.
package struct StudyRecord: Sendable, Equatable {
    /// The model, as it was asked for.
    package var model: String
    /// Hash of its weights.
    package var weightsHash: String
    /// Digest of some drawn portraits: another renderer draws other users.
    package var portraitsDigest: String
    /// Pictures of a user to retrain on.
    package var pictures: Int
    /// Pictures of a user to judge by.
    package var judged: Int
    /// Times every picture is seen.
    package var epochs: Int
    /// Adam's step size; nil for the one that suits each way.
    package var learningRate: Double?
    /// The chip that time and energy are predicted for.
    package var profile: String
    /// Digest of all that is known of that chip.
    package var profileDigest: String
    /// The device that did the work.
    package var device: String
    /// Its kernels.
    package var kernels: String
    /// Its threads.
    package var threads: Int
    /// The command line in full, without `--resume` and `--force`.
    package var command: String

    private static let format = "ganctl study 1"
    private static let countLimit = 1 << 32

    /// Names all of it; `profile` is whatever tells a chip by its description.
    package init(
        model: (name: String, weightsHash: String),
        portraitsDigest: String,
        pictures: Int,
        judged: Int,
        epochs: Int,
        learningRate: Double?,
        profile: (name: String, description: String),
        device: (name: String, kernels: String, threads: Int),
        command: String
    ) {
        self.model = model.name
        weightsHash = model.weightsHash
        self.portraitsDigest = portraitsDigest
        self.pictures = pictures
        self.judged = judged
        self.epochs = epochs
        self.learningRate = learningRate
        self.profile = profile.name
        profileDigest = Hexadecimal.sha256(Array(profile.description.utf8))
        self.device = device.name
        kernels = device.kernels
        threads = device.threads
        self.command = command
    }

    /// What of a later study makes its rows no rows of this one, in words; nil for nothing.
    ///
    /// The model may have moved, and there may be more conditions, users and ways.
    package func difference(from now: StudyRecord) -> String? {
        let facts: [(name: String, before: String, after: String)] = [
            ("the model's weights", weightsHash, now.weightsHash),
            ("the renderer's portraits", portraitsDigest, now.portraitsDigest),
            ("--pictures", "\(pictures)", "\(now.pictures)"),
            ("--judged", "\(judged)", "\(now.judged)"),
            ("--epochs", "\(epochs)", "\(now.epochs)"),
            ("--learning-rate", Self.words(learningRate), Self.words(now.learningRate)),
            ("--profile", profile, now.profile),
            ("the parameters of the profile", profileDigest, now.profileDigest),
            ("--device", device, now.device),
            ("--kernels", kernels, now.kernels),
            ("--threads", "\(threads)", "\(now.threads)"),
        ]
        let differing = facts.filter { $0.before != $0.after }.map { fact in
            "\(fact.name) (then \(Self.short(fact.before)), now \(Self.short(fact.after)))"
        }
        return differing.isEmpty ? nil : differing.joined(separator: ", ")
    }

    private static func words(_ learningRate: Double?) -> String {
        learningRate.map { "\($0)" } ?? "not given"
    }

    /// The beginning of a digest, anything else as it is.
    private static func short(_ text: String) -> String {
        let isDigest = text.count == 64 && text.allSatisfy(\.isHexDigit)
        return isDigest ? "\(text.prefix(12))…" : text
    }
}

extension StudyRecord {
    private static let keys: Set<String> = [
        "format", "model", "weightsHash", "portraitsDigest", "pictures", "judged", "epochs",
        "learningRate", "profile", "profileDigest", "device", "kernels", "threads", "command",
    ]

    /// The record as JSON.
    package var document: StrictJSON {
        [
            "format": .string(Self.format),
            "model": .string(model),
            "weightsHash": .string(weightsHash),
            "portraitsDigest": .string(portraitsDigest),
            "pictures": .integer(pictures),
            "judged": .integer(judged),
            "epochs": .integer(epochs),
            "learningRate": learningRate.map { .number($0) } ?? .null,
            "profile": .string(profile),
            "profileDigest": .string(profileDigest),
            "device": .string(device),
            "kernels": .string(kernels),
            "threads": .integer(threads),
            "command": .string(command),
        ]
    }

    /// Reads back what ``document`` wrote.
    ///
    /// - Throws: `JSONError` naming the document and the key.
    package init(parsing bytes: [UInt8], document: String) throws(JSONError) {
        let root = try JSONField(parsing: bytes, document: document)
        try root.requireOnly(Self.keys)
        let format = try root["format"]
        guard try format.string() == Self.format else {
            throw format.failure("expected '\(Self.format)'")
        }
        model = try root["model"].string()
        weightsHash = try root["weightsHash"].string()
        portraitsDigest = try root["portraitsDigest"].string()
        pictures = try root["pictures"].integer(in: 1...Self.countLimit)
        judged = try root["judged"].integer(in: 1...Self.countLimit)
        epochs = try root["epochs"].integer(in: 1...Self.countLimit)
        let rate = try root["learningRate"]
        learningRate = rate.value == .null ? nil : try rate.number()
        profile = try root["profile"].string()
        profileDigest = try root["profileDigest"].string()
        device = try root["device"].string()
        kernels = try root["kernels"].string()
        threads = try root["threads"].integer(in: 1...Self.countLimit)
        command = try root["command"].string()
    }
}
