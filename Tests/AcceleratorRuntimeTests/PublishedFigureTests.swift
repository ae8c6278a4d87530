import AcceleratorRuntime
import Testing

@Suite struct PublishedFigureTests {
    @Test func putsThePapersFiguresBesideOurs() {
        let figures = SampleReport.ledger.publishedFigures(operations: 2e12)
        #expect(
            figures.map { [$0.publishedText, $0.oursText] } == [
                ["38.7 %", "53.4 %"], ["32.2 %", "43.1 %"], ["69.0 %", "55.0 %"],
                ["69.0 %", "82.5 %"], ["69.0 %", "90.0 %"], ["< 30.0 s", "20.0 s"],
                ["274 mW", "250 mW"], ["0.38 TFLOPS/W", "0.4 TFLOPS/W"],
            ]
        )
        #expect(figures.allSatisfy { !$0.accounting.isEmpty })
    }

    @Test func saysWhyThereIsNoneOfOurs() {
        var ledger = SampleReport.ledger
        ledger.chip = .absent(reason: "no profile")
        let figures = ledger.publishedFigures(operations: 1)
        #expect(figures.suffix(3).map(\.oursText) == ["no profile", "no profile", "no profile"])
        ledger.chip = .known(ChipLedger(seconds: 0, energyJoules: 0, accounting: "nothing ran"))
        let last = ledger.publishedFigures(operations: 1).last
        #expect(last?.ours == .absent(reason: "no energy"))
    }
}
