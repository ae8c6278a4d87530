import AcceleratorDriver
import AcceleratorRuntime
import ArgumentParser
import Glibc
import ImageCapture
import ModelGraph
import PerformanceModel
import RetrainingCompiler
import SamplePortraits

/// Retrains for drawn users under conditions, in several ways, and compares with the truth.
struct StudyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study",
        abstract: "Retrain for drawn users in several ways, and judge by the truth.",
        discussion: """
            Draws users under conditions that a model may not know, retrains on a few pictures of \
            each, and judges on other pictures of the same user, whose every change has a true \
            picture. The model has the attributes of ganctl samples, as one of ganctl pretrain \
            does.

            Every user is judged under no condition too, by the model as it is: what a condition \
            costs, and what of it a way wins back, is told against that.

            Writes study.csv, one row for each user and way as it is done, and in the end study.md \
            with the means and study.svg with charts. study.json has the settings: with --resume \
            and the same ones a study goes on, also with more conditions, seeds and ways.
            """
    )

    @Option(
        help: ArgumentHelp(
            "Model to start from, with its discriminator: \(ModelSource.grammar).",
            discussion: ModelSource.discussion,
            valueName: "name or file"
        )
    )
    var model: ModelSource

    @Option(help: "Folder for the results; made if it is missing.")
    var output: String

    @Option(
        help: ArgumentHelp(
            "Conditions, with commas between them.",
            discussion: "Of " + ConditionList.names
                + "; several at once with + between them."
        )
    )
    var conditions = Condition.allCases.map(\.name).joined(separator: ",")

    @Option(help: "Seeds of the users, with commas between them.")
    var seeds = "1,2,3"

    @Option(
        help: ArgumentHelp(
            "Ways to deal with the pictures, with commas between them.",
            discussion: StudyWay.grammar
        )
    )
    var ways = "none,full,auto=0.2,auto,auto=0.6,last=3,norms"

    @Option(help: "Pictures of a user to retrain on.")
    var pictures = 7

    @Option(help: "Pictures of a user to judge by.")
    var judged = 4

    @Option(help: "Times every picture is seen.")
    var epochs = 100

    @Option(help: TrainingOptions.learningRateHelp)
    var learningRate: Double?

    @OptionGroup(title: "Chip")
    var chip: ProfileOptions

    @OptionGroup(title: "Device")
    var device: DeviceOptions

    @Flag(help: "Go on with the study in the output folder.")
    var resume = false

    @Flag(help: "Replace the results of an earlier study.")
    var force = false

    func validate() throws {
        _ = try parsed()
        guard !resume || !force else {
            throw ValidationError("give --resume or --force, not both")
        }
        guard (1...64).contains(pictures), (1...QualityEvaluation.pictureLimit).contains(judged),
            (1...100_000).contains(epochs), learningRate.map({ $0 > 0 && $0 <= 1 }) ?? true
        else {
            throw ValidationError(
                "give --pictures 1 to 64, --judged 1 to \(QualityEvaluation.pictureLimit), "
                    + "--epochs 1 or more and --learning-rate above 0, up to 1"
            )
        }
    }

    private func parsed() throws -> (conditions: [[Condition]], seeds: [UInt64], ways: [StudyWay]) {
        func list(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }
        let conditions = try list(conditions).map(ConditionList.parse)
        let seeds = try list(seeds).map { text -> UInt64 in
            guard let seed = UInt64(text) else { throw ValidationError("'\(text)' is no seed") }
            return seed
        }
        let ways = try list(ways).map { text -> StudyWay in
            guard let way = StudyWay(text) else {
                throw ValidationError("'\(text)' is no way; give \(StudyWay.grammar)")
            }
            return way
        }
        guard !conditions.isEmpty, !seeds.isEmpty, !ways.isEmpty else {
            throw ValidationError("give at least one condition, seed and way")
        }
        let names = [conditions.map(DrawnUser.name), seeds.map { "\($0)" }, ways.map(\.name)]
        guard names.allSatisfy({ Set($0).count == $0.count }) else {
            throw ValidationError("give every condition, seed and way once")
        }
        return (conditions, seeds, ways)
    }

    func run() async throws {
        let folder = OutputFolder(path: output)
        try StudySession.check(folder, resumes: resume, replaces: force)
        let profile = try chip.load()
        let studied = try PortraitModel(model, to: "study")
        let (conditions, seeds, ways) = try parsed()
        var session = try StudySession(
            folder,
            record: record(studied, profile),
            cases: StudyCases(
                conditions: conditions.map(DrawnUser.name),
                seeds: seeds,
                ways: ways.map(\.name)
            ),
            resumes: resume
        )
        let accelerator = try await device.open()
        do {
            let run = StudyRun(
                retraining: UserRetraining(
                    studied,
                    epochs: epochs,
                    learningRate: learningRate,
                    profile: profile,
                    accelerator: accelerator
                )
            )
            try await run.rows(of: conditions, ways, self, into: &session)
        } catch {
            await accelerator.close()
            if let error = error as? RetrainingError { throw CommandFailure(error) }
            throw error
        }
        await accelerator.close()
        print(try session.finish(), terminator: "")
    }

    /// What decides the rows.
    private func record(_ model: PortraitModel, _ profile: ChipProfile) -> StudyRecord {
        StudyRecord(
            model: (model.source.words, model.weightsHash),
            portraitsDigest: DrawnUser.portraitsDigest(),
            pictures: pictures,
            judged: judged,
            epochs: epochs,
            learningRate: learningRate,
            profile: (chip.profile, "\(profile)"),
            device: (device.device, device.kernelName, device.threads),
            command: commandLine
        )
    }

    /// The command line with its defaults, which may change.
    private var commandLine: String {
        var words = [
            "ganctl", "study", "--model", model.argument, "--conditions", conditions, "--seeds",
            seeds,
            "--ways", ways, "--pictures", "\(pictures)", "--judged", "\(judged)", "--epochs",
            "\(epochs)", "--profile", chip.profile, "--device", device.device, "--threads",
            "\(device.threads)",
        ]
        if let learningRate { words += ["--learning-rate", "\(learningRate)"] }
        if let kernels = device.kernels { words += ["--kernels", kernels] }
        words += ["--output", output]
        return words.map(Self.quoted).joined(separator: " ")
    }

    /// A word as a shell reads it.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.allSatisfy { character in
            character.isASCII
                && (character.isLetter || character.isNumber || "-_=+,./:@%".contains(character))
        }
        guard !isPlain || word.isEmpty else { return word }
        return "'"
            + word.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "'\\''") + "'"
    }
}
