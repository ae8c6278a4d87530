@testable import AcceleratorRuntime
import Testing

@Suite struct StudyTextTests {
    private static var text: String {
        StudyText(StudyRows.table, StudyRecordTests.record).document(plot: "study.svg")
    }

    /// The cells of the rows that begin with a name.
    private static func rows(_ name: String) -> [[String]] {
        text.split(separator: "\n").map { line in
            line.split(separator: "|").map { $0.trimming(while: { $0 == " " }) }
        }.filter { $0.first == name }
    }

    @Test func aPageTellsWhatMadeIt() {
        for part in [
            "# Study\n", StudyRecordTests.record.command, StudyRecordTests.record.weightsHash,
            "kernels generic", "7 pictures", "100 times", "step size 0.0002", "4 other pictures",
            "(study.svg)",
        ] {
            #expect(Self.text.contains(part), "\(part)")
        }
    }

    @Test func conditionsHaveMeansAndTheWorst() {
        #expect(
            Self.rows("fog") == [
                ["fog", "22.5", "9.0", "13.5 (13.0)", "18.0 (16.0)", "23.5 (22.0)", "13.5 (12.0)"],
                ["fog", "53 % (30 %)", "110 % (100 %)", "-2 % (-25 %)"],
            ]
        )
        // What costs nothing cannot be won back.
        #expect(Self.rows("hat").last == ["hat", "", "", ""])
        #expect(Self.rows("all").count == 2)
    }

    @Test func waysHaveWhatTheyTake() {
        #expect(
            Self.rows("auto=0.2") == [
                ["auto=0.2", "+5.50", "+2.88", "80 %", "80 %", "20.0", "23.46", "3.0"]
            ]
        )
        #expect(Self.rows("full").first?[2] == "0.00")
        #expect(Self.rows("none").isEmpty)
    }

    @Test func tablesHaveStraightColumns() {
        var table = MarkdownTable(["a", "b"])
        table.add(["one|two", "1"])
        table.add(["x\ny"])
        #expect(
            table.document == """
                | a        |   b |
                | -------- | --: |
                | one\\|two |   1 |
                | x y      |     |

                """
        )
    }

    // MARK: Plots

    @Test func plotsAreWellFormed() {
        let names = ["<fog>&\"", "hat"]
        var strange = StudyTable()
        for row in StudyRows.table.rows {
            let condition = row.key.condition == "fog" ? names[0] : row.key.condition
            strange.add(StudyRows.row(condition, row.key.seed, row.key.way, row.decibels))
        }
        for table in [StudyRows.table, strange, StudyTable()] {
            let svg = StudyPlot(table).document()
            let check = MarkupCheck("<!DOCTYPE html>\n" + svg)
            #expect(check.complaints.isEmpty, "\(check.complaints)")
            #expect(!svg.contains("nan") && !svg.contains("<fog>"))
        }
    }

    @Test func plotsShowEveryWayAndCondition() {
        let svg = StudyPlot(StudyRows.table).document()
        let lines = svg.split(separator: "\n")
        // Four ways of two conditions, and four boxes in the legend.
        #expect(lines.filter { $0.hasPrefix("<rect ") }.count == 4 * 2 + 4)
        #expect(lines.filter { $0.contains("class=\"plot-mark\"") }.count == 2)
        #expect(lines.filter { $0.hasPrefix("<circle ") }.count == 3)
        #expect(svg.contains("<title>fog, auto=0.2: 23.5</title>"))
        #expect(svg.contains("<title>full: 1, 2.625</title>"))
        #expect(svg.contains("<title>SELRET, by budget: 0.2, 5.5</title>"))
    }
}

extension Substring {
    /// Without characters at both ends.
    fileprivate func trimming(while isLeftOut: (Character) -> Bool) -> String {
        let start = drop(while: isLeftOut)
        return String(String(start.reversed().drop(while: isLeftOut)).reversed())
    }
}
