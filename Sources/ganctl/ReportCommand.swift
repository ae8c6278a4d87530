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
        let (bytes, path) = try load()
        let shown: (document: StrictJSON, text: String)
        do throws(JSONError) {
            if try TranslatorReport.isOne(bytes, document: path) {
                let report = try TranslatorReport(decoding: bytes, document: path)
                shown = (report.document, report.text)
            } else {
                let report = try RetrainingReport(decoding: bytes, document: path)
                shown = (report.document, ReportText(report).text)
            }
        } catch {
            throw CommandFailure(.badData, "failed to read report \(error)")
        }
        if json {
            StandardStreams.print(shown.document)
        } else {
            print(shown.text)
        }
    }

    /// Larger than any report: a line a picture and an epoch.
    private static let maximumByteCount = 256 << 20

    private func load() throws(CommandFailure) -> (bytes: [UInt8], path: String) {
        let path = OutputFolder(path: folder).file(OutputFolder.report)
        do throws(FileBytes.Failure) {
            return (
                try FileBytes.read(path, maximumByteCount: Self.maximumByteCount), path
            )
        } catch {
            throw failure(path, error)
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
