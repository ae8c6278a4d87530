import AcceleratorRuntime
import Testing

@Suite struct ReportTextTests {
    private func lines(_ report: RetrainingReport) -> [String] {
        ReportText(report).text.split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    @Test func saysWhatEveryFigureIsAndHowItIsCounted() throws {
        let text = ReportText(try SampleReport.report).text
        for words in [
            "retrained on emulator (kernels generic, 2 threads): 3 epochs, 6 steps, 12.5 s",
            "  20.0 s, 5.00 J, 250 mW on average", "  cycles of the model", "1.50 J at 20 pJ/bit",
            "mode auto", "budget: 40 % of the cycles", "importance: nothing was measured",
            "cycle gradient: cut", "both worked out by the planner", "mode full",
            "verdict: the plan lost nothing", "truth not known", SampleReport.awkwardName,
            "skipped note & more.txt: it is no picture but <text>", "other",
        ] {
            #expect(text.contains(words), "\(words)")
        }
    }

    @Test func fitsATerminal() throws {
        for line in lines(try SampleReport.report) {
            #expect(line.count <= 100, "\(line)")
            #expect(line.last != " ", "\(line)")
        }
    }

    @Test func numbersEndInOneColumn() throws {
        let lines = lines(try SampleReport.report)
        let first = try #require(lines.firstIndex { $0.contains("saved  of") })
        let ends = lines[first...].prefix(7).filter { $0.contains(" %") }
            .map { $0.distance(from: $0.startIndex, to: $0.firstIndex(of: "%") ?? $0.endIndex) }
        #expect(ends.count == 5 && Set(ends).count == 1)
    }

    @Test func saysWhatIsAbsent() throws {
        var report = try SampleReport.report
        report.ledger = .notComputed
        let text = ReportText(report).text
        for words in [
            "chip: not computed", "DRAM: not computed", "layers: not computed",
            "SELRET: not computed", "ROLIN: not computed", "quality: not computed",
            "chip profile: not computed",
        ] {
            #expect(text.contains("\n\(words)"), "\(words)")
        }
    }
}
