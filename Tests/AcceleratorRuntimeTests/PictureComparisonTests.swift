import AcceleratorRuntime
import Testing

@Suite struct PictureComparisonTests {
    private static let comparison = PictureComparison(
        words: "Drawn by <us>; ran on emulator.",
        rows: [
            PictureComparison.Row(
                title: "shot 10000: no glasses & hat",
                pictures: [
                    .init(role: "input", note: "", png: Array("f".utf8)),
                    .init(role: "after", note: "PSNR 25.1 dB", png: Array("fo".utf8)),
                ]
            )
        ]
    )

    private func page() throws -> String {
        RetrainingReportPage(try SampleReport.report, comparison: Self.comparison).html
    }

    @Test func isPartOfAWellFormedPage() throws {
        let page = try page()
        let check = MarkupCheck(page)
        #expect(check.complaints == [])
        #expect(check.counts["figure"] == 2)
        #expect(check.counts["figcaption"] == 2)
        #expect(check.counts["div"] == check.attributes["div aria-label"]?.count)
        #expect(page.contains("Drawn by &lt;us&gt;; ran on emulator."))
        #expect(page.contains("<figcaption>after: PSNR 25.1 dB</figcaption>"))
        #expect(page.contains("<figcaption>input</figcaption>"))
    }

    @Test func everyPictureIsDataWithWords() throws {
        let check = MarkupCheck(try page())
        #expect(
            check.attributes["img src"] == [
                "data:image/png;base64,Zg==", "data:image/png;base64,Zm8=",
            ]
        )
        #expect(check.attributes["img alt"]?.last?.contains("after: PSNR 25.1 dB") == true)
    }
}
