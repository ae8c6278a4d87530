import AcceleratorDriver
import AcceleratorRuntime
import ArgumentParser
import ModelGraph
import SamplePortraits

/// Judges a model on drawn portraits that it never met, by their truth.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Judge a model on drawn portraits it never met, by the truth.",
        discussion: """
            Switches every attribute of every portrait, one at a time, and compares with the true \
            picture of the change. An attribute counts as changed where the discriminator's class \
            head says so, and, independently of any network, where of all pictures that the answer \
            could be (of hair every colour, else with and without) the right one is nearest.

            Writes evaluation.json.
            """
    )

    @Option(
        help: ArgumentHelp(
            "Model to judge, with its discriminator: \(ModelSource.grammar).",
            discussion: ModelSource.discussion,
            valueName: "name or file"
        )
    )
    var model: ModelSource

    @Option(help: "Folder for evaluation.json; made if it is missing.")
    var output: String?

    @Option(help: "Portraits.")
    var portraits = 100

    @Option(help: "Seed of the portraits.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "Condition the portraits are taken under, or several with + between them.",
            discussion: "Of " + ConditionList.names + "."
        )
    )
    var condition = "none"

    @Flag(help: "Print the scores as JSON.")
    var json = false

    @OptionGroup(title: "Device")
    var device: DeviceOptions

    func validate() throws {
        guard (1...10_000).contains(portraits) else {
            throw ValidationError("--portraits is \(portraits); give 1 to 10000")
        }
        _ = try ConditionList.parse(condition)
    }

    func run() async throws {
        let file = try PortraitModel(model, to: "evaluate")
        let conditions = try ConditionList.parse(condition)
        let accelerator = try await device.open()
        let scores: [AttributeScores]
        do {
            scores = try await PortraitEvaluation(
                model: file,
                accelerator: accelerator,
                portraits: HeldOutPortraits(
                    seed: seed,
                    size: file.configuration.imageSize,
                    conditions: conditions
                )
            ).scores(count: portraits)
        } catch {
            await accelerator.close()
            if let error = error as? RetrainingError { throw CommandFailure(error) }
            throw error
        }
        await accelerator.close()
        let document = self.document(scores, file)
        if let output {
            let folder = OutputFolder(path: output)
            try folder.create()
            try folder.write(try document.serialized(.indented), as: "evaluation.json")
        }
        if json {
            StandardStreams.print(document)
        } else {
            print(words(scores, file))
        }
    }

    private func document(_ scores: [AttributeScores], _ file: PortraitModel) -> StrictJSON {
        [
            "model": .string(model.words),
            "weightsHash": .string(file.weightsHash),
            "device": .string(device.device),
            "kernels": .string(device.kernelName),
            "portraits": .integer(portraits),
            "seed": .string("\(seed)"),
            "condition": .string(condition),
            "total": AttributeScores(total: scores).document,
            "attributes": .array(scores.map(\.document)),
        ]
    }

    private func words(_ scores: [AttributeScores], _ file: PortraitModel) -> String {
        let rows = (scores + [AttributeScores(total: scores)]).map { score in
            [
                score.attribute, score.direction.rawValue, "\(score.count)",
                Readable.percent(score.headShare), Readable.percent(score.truthShare),
                Readable.decimal(score.psnr, places: 2), Readable.decimal(score.ssim, places: 3),
            ]
        }
        let table = TextTable(
            columns: [
                .words("attribute"), .words("change"), .number("changes"),
                .number("discriminator agrees"), .number("truth agrees"),
                .number("PSNR, dB"), .number("SSIM"),
            ],
            rows: rows
        )
        let place = condition == "none" ? "under no condition" : "under \(condition)"
        let title =
            "\(model.words), weights \(file.weightsHash.prefix(12)), on \(device.device); "
            + "\(portraits) held-out portraits \(place), against the truth"
        return ([title, ""] + table.lines).joined(separator: "\n")
    }
}
