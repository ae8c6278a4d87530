import DurableStorage
import ModelGraph
import TestSupport
import Testing

@Suite struct ReportCommandTests {
    @Test func printsWhatARetrainingWrote() async throws {
        let folder = try TemporaryFolder()
        let retrain = try RetrainArguments(in: folder)
        #expect(try await ganctl(retrain.words).status == .exited(0))
        let hash = try retrain.report()["weightsHash"].string()

        let text = try await ganctl(["report", retrain.output])
        #expect(text.status == .exited(0), "\(text.errors)")
        #expect(text.output.contains("retrained on emulator"))
        #expect(text.output.contains(hash))
        #expect(text.output.contains("38.7 %"))

        let json = try await ganctl(["report", retrain.output, "--json"])
        #expect(json.status == .exited(0), "\(json.errors)")
        let printed = try JSONField(parsing: Array(json.output.utf8), document: "output")
        #expect(try printed.value == retrain.report().value)

        let page = try FileBytes.read(retrain.output + "/report.html", maximumByteCount: 1 << 24)
        let html = String(decoding: page, as: UTF8.self)
        #expect(html.hasPrefix("<!DOCTYPE html>"))
        #expect(html.contains("Retraining on emulator"))
        #expect(html.contains("data:image/png;base64,iVBORw0KGgo"))
    }

    @Test func aMissingReportIsNamed() async throws {
        let folder = try TemporaryFolder()
        let missing = folder.path + "/missing"
        try await expectFailure(of: missing, status: 66, "there is no folder \(missing)")
        let empty = try folder.addFolder("empty")
        try await expectFailure(of: empty, status: 66, "\(empty)/report.json")
    }

    @Test(arguments: [
        ("{", "report.json: byte 1"), ("{}", "report.json: schema: missing"),
        ("{\"schema\": 2}", "report.json: device: missing"),
        ("{\"schema\": 9}", "this program reads up to 2; use the ganctl that wrote it"),
        ("", "report.json"), ("[1]", "expected an object"),
    ])
    func aMalformedReportIsNamed(text: String, words: String) async throws {
        let folder = try TemporaryFolder()
        _ = try folder.add("report.json", Array(text.utf8))
        try await expectFailure(of: folder.path, status: 65, words)
    }

    private func expectFailure(
        of folder: String,
        status: Int32,
        _ words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let result = try await ganctl(["report", folder])
        let isRight = result.status == .exited(status) && result.errors.contains(words)
        #expect(isRight, "\(result)", sourceLocation: sourceLocation)
        #expect(result.output.isEmpty, sourceLocation: sourceLocation)
    }
}
