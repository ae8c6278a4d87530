import ArgumentParser

/// Where a training's results go, and what becomes of those that are there.
struct ResultOptions: ParsableArguments {
    @Option(help: "Folder for the results; made if it is missing.")
    var output: String

    @Option(help: "Minutes between checkpoints.")
    var checkpointMinutes = 5.0

    @Flag(help: "Go on from the checkpoint in the output folder.")
    var resume = false

    @Flag(help: "Replace the results of an earlier run.")
    var force = false

    func validate() throws {
        guard checkpointMinutes > 0 else {
            throw ValidationError("--checkpoint-minutes is not above 0")
        }
        guard !(resume && force) else {
            throw ValidationError("--resume and --force exclude each other")
        }
    }

    /// The folder, if a training may begin or go on there; it is none of those with pictures.
    func folder(apartFrom pictures: [String] = []) throws -> OutputFolder {
        let folder = OutputFolder(path: output)
        try folder.check(resumes: resume, replaces: force)
        guard !pictures.contains(where: folder.isSame) else {
            throw CommandFailure(
                .configuration,
                "failed to start: --output is the folder of the pictures, so the sheet of results "
                    + "would be a picture of the next run; choose another --output"
            )
        }
        return folder
    }
}
