import AcceleratorRuntime
import DurableStorage
import Glibc
import ImageCapture
import ModelGraph
import RetrainingCompiler

/// Everything that the training of a translator reads: the model and the pictures.
struct TranslatorInputs {
    let model: TranslatorModel
    let options: TranslatorOptions
    let manifest: PictureManifest
    let pictures: TranslatorPictures
    /// The cut pictures of either folder; of pix2pix, as many of b as of a, in pairs.
    let crops: CyclePair<[(name: String, image: RGBImage)]>
    let skipped: [(name: String, reason: String)]
    /// Where the weights come from, in words.
    let startedFrom: String
    /// The id of the stored model.
    let parent: String?

    init(_ command: TranslatorTrainingOptions) throws {
        let source = try TranslatorSource(command.model)
        let model = try reporting { () throws(RetrainingError) in
            try TranslatorModel(
                source.checkpoint,
                name: source.words,
                imageSize: command.size,
                seed: command.seed
            )
        }
        self.model = model
        parent = source.stored?.id
        let fresh = model.fresh.map { "; fresh \($0.words)" }.joined()
        startedFrom = "\(source.words), weights \(model.weightsHash)\(fresh)"
        let folders = CyclePair(
            a: try PictureFolder(command.imagesA, size: model.imageSize),
            b: try PictureFolder(command.imagesB, size: model.imageSize)
        )
        var skipped: [(name: String, reason: String)] = []
        for (folder, letter) in [(folders.a, "a"), (folders.b, "b")] {
            skipped += folder.skipped.map { ("\(letter)/\($0.name)", $0.reason) }
        }
        switch model.kind {
        case .cycleGAN:
            crops = CyclePair(a: folders.a.pictures, b: folders.b.pictures)
            pictures = TranslatorPictures(
                a: crops.a.map { $0.image.planarFloats() },
                b: crops.b.map { $0.image.planarFloats() }
            )
        case .pix2pix:
            let pairs = try Self.pairs(folders, command)
            crops = pairs.crops
            skipped += pairs.alone
            pictures = TranslatorPictures(
                pairs: zip(crops.a, crops.b).map { source, target in
                    (source.image.planarFloats(), target.image.planarFloats())
                }
            )
        }
        self.skipped = skipped
        manifest = Self.manifest(crops)
        options = try Self.options(command, model, counts: pictures.counts)
    }

    private static func manifest(
        _ crops: CyclePair<[(name: String, image: RGBImage)]>
    ) -> PictureManifest {
        var manifest = PictureManifest()
        for side in CycleSide.allCases {
            for picture in crops[side] {
                manifest.add(
                    name: "\(side.rawValue)/\(picture.name)",
                    pixels: picture.image.pixels,
                    labels: []
                )
            }
        }
        return manifest
    }

    // MARK: Options

    private static func options(
        _ command: TranslatorTrainingOptions,
        _ model: TranslatorModel,
        counts: [Int]
    ) throws(CommandFailure) -> TranslatorOptions {
        try check(command, for: model)
        var options = TranslatorOptions(model)
        options.epochs = command.epochs
        options.batch = command.batch
        options.seed = command.seed
        options.learningRate = command.learningRate
        options.rolin = command.rolin
        if let pool = command.pool { options.poolSize = pool }
        if let weight = command.cycleWeight { options.lambdaCycle = weight }
        if let weight = command.identityWeight { options.lambdaIdentity = weight }
        if let weight = command.reconstructionWeight { options.lambdaReconstruction = weight }
        if !model.fresh.isEmpty {
            let epoch = TranslatorSchedule(options, counts: counts).stepsPerEpoch
            options.warmUpSteps = command.warmUp ?? epoch
        }
        return options
    }

    /// Refuses options of the other kind, and a warm-up of nothing.
    private static func check(
        _ command: TranslatorTrainingOptions,
        for model: TranslatorModel
    ) throws(CommandFailure) {
        let options: [(name: String, isGiven: Bool, kind: TranslatorKind)] = [
            ("--pool", command.pool != nil, .cycleGAN),
            ("--cycle-weight", command.cycleWeight != nil, .cycleGAN),
            ("--identity-weight", command.identityWeight != nil, .cycleGAN),
            ("--reconstruction-weight", command.reconstructionWeight != nil, .pix2pix),
        ]
        for option in options where option.isGiven && option.kind != model.kind {
            throw CommandFailure(
                .configuration,
                "\(option.name) is for a \(option.kind.title), the model is a "
                    + "\(model.kind.title); leave \(option.name) out"
            )
        }
        guard model.fresh.isEmpty, let steps = command.warmUp, steps > 0 else { return }
        throw CommandFailure(
            .configuration,
            "--warm-up is for discriminators that a model lacks, this one has all; "
                + "leave --warm-up out"
        )
    }

    // MARK: Pairs

    /// Pairs by equal file names, extensions apart, and what found no partner.
    private static func pairs(
        _ folders: CyclePair<PictureFolder>,
        _ command: TranslatorTrainingOptions
    ) throws(CommandFailure) -> (
        crops: CyclePair<[(name: String, image: RGBImage)]>,
        alone: [(name: String, reason: String)]
    ) {
        let targets = try byStem(folders.b, command.imagesB)
        let sources = try byStem(folders.a, command.imagesA)
        var crops = CyclePair<[(name: String, image: RGBImage)]>(a: [], b: [])
        var alone: [(name: String, reason: String)] = []
        for picture in folders.a.pictures {
            if let target = targets[stem(of: picture.name)] {
                crops.a.append(picture)
                crops.b.append(target)
            } else {
                alone.append(("a/\(picture.name)", "no picture of that name in b"))
            }
        }
        for picture in folders.b.pictures where sources[stem(of: picture.name)] == nil {
            alone.append(("b/\(picture.name)", "no picture of that name in a"))
        }
        for (name, reason) in alone {
            StandardStreams.complain("ganctl: skipped: \(name): \(reason)")
        }
        guard !crops.a.isEmpty else {
            throw CommandFailure(
                .noInput,
                "no picture of \(command.imagesA) has one of the same name in "
                    + "\(command.imagesB); a pix2pix is trained on pairs, such as a/1.png and "
                    + "b/1.jpg"
            )
        }
        return (crops, alone)
    }

    private static func byStem(
        _ folder: PictureFolder,
        _ path: String
    ) throws(CommandFailure) -> [String: (name: String, image: RGBImage)] {
        var pictures: [String: (name: String, image: RGBImage)] = [:]
        for picture in folder.pictures {
            let stem = stem(of: picture.name)
            if let other = pictures.updateValue(picture, forKey: stem) {
                throw CommandFailure(
                    .badData,
                    "failed to pair the pictures of \(path): \(other.name) and \(picture.name) "
                        + "have the same name but for the extension; keep one of them"
                )
            }
        }
        return pictures
    }

    private static func stem(of name: String) -> String {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
        return String(name[..<dot])
    }
}

/// The model named on the command line: one of the store, or files.
private struct TranslatorSource {
    let words: String
    let checkpoint: Checkpoint
    let stored: StoredModel?

    init(_ argument: String) throws(CommandFailure) {
        let parts = argument.split(separator: ",").map(String.init)
        let isPlain = parts.count == 1 && ModelImportCommand.split(parts[0]).label == nil
        if isPlain || access(argument, F_OK) == 0 {
            let named = try NamedModel(argument, in: ModelStore.ofUser())
            (words, checkpoint, stored) = (named.words, named.checkpoint, named.stored)
            return
        }
        var files: [ModelImport.File] = []
        for part in parts {
            let (label, path) = ModelImportCommand.split(part)
            files.append(
                ModelImport.File(
                    label: label,
                    name: WeightsFile.name(of: path),
                    bytes: try WeightsFile.read(path, to: "read model")
                )
            )
        }
        words = argument
        stored = nil
        checkpoint = try reporting { () throws(RetrainingError) in
            try ModelImport(files, .init(name: "model"), purpose: "read model").checkpoint
        }
    }
}
