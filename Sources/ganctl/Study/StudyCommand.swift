import AcceleratorDriver
import AcceleratorRuntime
import ArgumentParser
import Glibc
import ImageCapture
import ModelGraph
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

            Writes study.csv, one row for each user and way.
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
            discussion: "Of none, " + Condition.allCases.map(\.name).joined(separator: ", ")
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
    var ways = "none,full,auto,last=3,norms"

    @Option(help: "Pictures of a user to retrain on.")
    var pictures = 7

    @Option(help: "Pictures of a user to judge by.")
    var judged = 4

    @Option(help: "Times every picture is seen.")
    var epochs = 100

    @Option(help: "Adam's step size.")
    var learningRate = 2e-4

    @OptionGroup(title: "Chip")
    var chip: ProfileOptions

    @OptionGroup(title: "Device")
    var device: DeviceOptions

    @Flag(help: "Replace the results of an earlier study.")
    var force = false

    private static let table = "study.csv"

    func validate() throws {
        _ = try parsed()
        guard (1...64).contains(pictures), (1...QualityEvaluation.pictureLimit).contains(judged),
            (1...100_000).contains(epochs), learningRate > 0, learningRate <= 1
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
        return (conditions, seeds, ways)
    }

    func run() async throws {
        let folder = OutputFolder(path: output)
        guard force || !folder.holds(Self.table) else {
            throw CommandFailure(
                .configuration,
                "failed to start: \(output) holds an earlier study; choose another --output, or "
                    + "replace it with --force"
            )
        }
        let profile = try chip.load()
        let studied = try PortraitModel(model, to: "study")
        let accelerator = try await device.open()
        do {
            try folder.create()
            let run = StudyRun(
                retraining: UserRetraining(
                    studied,
                    epochs: epochs,
                    learningRate: learningRate,
                    profile: profile,
                    accelerator: accelerator
                )
            )
            try await run.rows(of: try parsed(), self, into: folder)
        } catch {
            await accelerator.close()
            if let error = error as? RetrainingError { throw CommandFailure(error) }
            throw error
        }
        await accelerator.close()
    }
}

extension StudyRun {
    /// Makes all rows, and writes the table anew after each.
    fileprivate func rows(
        of cases: (conditions: [[Condition]], seeds: [UInt64], ways: [StudyWay]),
        _ command: StudyCommand,
        into folder: OutputFolder
    ) async throws {
        Interruption.watch()
        var table = StudyTable()
        StandardStreams.complain(
            "device: \(command.device.device), kernels \(command.device.kernelName)"
        )
        for conditions in cases.conditions {
            for seed in cases.seeds {
                let user = SampleUser(
                    conditions: conditions,
                    seed: seed,
                    size: retraining.model.configuration.imageSize,
                    pictureCount: command.pictures,
                    judgedCount: command.judged
                )
                for way in cases.ways {
                    let row: StudyRow
                    do {
                        row = try await self.row(of: user, way)
                    } catch is UserInterruption {
                        StandardStreams.complain(
                            "ganctl: interrupted; study.csv has the rows so far"
                        )
                        throw ExitCode(ExitStatus.interrupted.rawValue)
                    }
                    table.add(row)
                    try folder.write(Array(table.text.utf8), as: "study.csv")
                    StandardStreams.complain(row.words)
                }
            }
        }
        print(table.summary)
    }
}

extension StudyRow {
    /// The row in a line.
    fileprivate var words: String {
        let decibels = RetrainProgress.short(decibels)
        guard let plan else { return "\(condition), user \(seed), \(way): \(decibels) dB" }
        return "\(condition), user \(seed), \(way): \(decibels) dB, "
            + "\(RetrainProgress.short(wallSeconds)) s here, "
            + "\(RetrainProgress.short(plan.cost.seconds)) s on \(plan.profileName)"
    }
}

extension StudyTable {
    /// Mean decibels by condition and way.
    fileprivate var summary: String {
        var lines = ["", "PSNR against the truth in dB, mean over users", ""]
        lines.append((["condition"] + ways).joined(separator: "  "))
        for condition in conditions {
            let values = ways.map { decibels(condition, $0).map(RetrainProgress.short) ?? "-" }
            lines.append(([condition] + values).joined(separator: "  "))
        }
        return lines.joined(separator: "\n")
    }
}
