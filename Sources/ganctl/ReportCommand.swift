import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import Glibc
import ModelGraph

/// Shows what a retraining came to.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Show what a retraining cost, saved and came to.",
        discussion: """
            Reads report.json in the output folder of a retraining and prints it as tables, each \
            figure with how it is counted. The same on a page with pictures is report.html there.
            """
    )

    @Argument(help: "Output folder of a retraining.")
    var folder: String

    @Flag(help: "Print the report as JSON.")
    var json = false

    func run() throws {
        let report = try load()
        if json {
            StandardStreams.print(report.document)
        } else {
            print(ReportText(report).text)
        }
    }

    /// Larger than any report: a line a picture and an epoch.
    private static let maximumByteCount = 256 << 20

    private func load() throws(CommandFailure) -> RetrainingReport {
        let path = OutputFolder(path: folder).file(OutputFolder.report)
        let bytes: [UInt8]
        do throws(FileBytes.Failure) {
            bytes = try FileBytes.read(path, maximumByteCount: Self.maximumByteCount)
        } catch {
            throw failure(path, error)
        }
        do throws(JSONError) {
            return try RetrainingReport(decoding: bytes, document: path)
        } catch {
            throw CommandFailure(.badData, "failed to read report \(error)")
        }
    }

    private func failure(_ path: String, _ failure: FileBytes.Failure) -> CommandFailure {
        var status = stat()
        guard stat(folder, &status) == 0 else {
            return CommandFailure(
                .noInput,
                "failed to read report: there is no folder \(folder); "
                    + "give the --output of a retraining"
            )
        }
        switch failure {
        case .system(let reason):
            return CommandFailure(
                .noInput,
                "failed to read report \(path): \(reason); give the --output of a retraining that "
                    + "is finished"
            )
        case .tooLarge(let byteCount):
            return CommandFailure(
                .badData,
                "failed to read report \(path): it has \(byteCount) bytes, more than a report can"
            )
        }
    }
}
