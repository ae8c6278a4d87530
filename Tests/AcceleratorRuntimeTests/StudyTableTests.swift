@testable import AcceleratorRuntime
import TestSupport
import Testing

@Suite struct StudyTableTests {
    // MARK: Statistics

    @Test func costsAndWhatIsWonBackAreToldAgainstTheSameUser() throws {
        let table = StudyRows.table
        func row(_ condition: String, _ seed: UInt64, _ way: String) throws -> StudyRow {
            try #require(
                table[StudyRow.Key(condition: condition, seed: seed, way: way)]
            )
        }
        #expect(table.cost(for: try row("none", 1, "none")) == 0)
        #expect(table.cost(for: try row("fog", 1, "none")) == 8)
        #expect(table.cost(for: try row("fog", 1, "full")) == 8)
        #expect(table.cost(for: try row("fog", 2, "full")) == 10)
        #expect(table.gain(of: try row("fog", 1, "full")) == 6)
        #expect(table.regained(by: try row("fog", 1, "full")) == 0.75)
        // More than was lost, and less than there was.
        #expect(table.regained(by: try row("fog", 2, "auto=0.2")) == 1.2)
        #expect(table.regained(by: try row("fog", 1, "norms")) == -0.25)
        // Nothing was retrained, and nothing worth mentioning was lost.
        #expect(table.regained(by: try row("fog", 1, "none")) == nil)
        #expect(table.cost(for: try row("hat", 1, "full")) == 0.5)
        #expect(table.regained(by: try row("hat", 1, "full")) == nil)
        #expect(table.cost(for: try row("hat", 2, "full")) == -1)
        #expect(table.regained(by: try row("hat", 2, "full")) == nil)
    }

    @Test func nothingIsToldAgainstARowThatIsNotThere() {
        var table = StudyTable()
        let row = StudyRows.row("fog", 1, "full", 18)
        table.add(row)
        #expect(table.cost(for: row) == nil && table.gain(of: row) == nil)
        table.add(StudyRows.row("fog", 1, "none", 14))
        #expect(table.cost(for: row) == nil && table.gain(of: row) == 4)
        #expect(table.regained(by: row) == nil)
        // The reference is another user's.
        table.add(StudyRows.row("none", 2, "none", 22))
        #expect(table.cost(for: row) == nil)
    }

    @Test func meansAreOverTheUsersOfACondition() throws {
        let table = StudyRows.table
        #expect(table.conditions == ["fog", "hat"])
        #expect(table.ways == ["none", "full", "auto=0.2", "norms"])
        let full = try #require(table.means(condition: "fog", way: "full"))
        #expect(full.decibels == StudyMeans.Range([20, 16]))
        #expect(full.decibels.mean == 18 && full.decibels.least == 16 && full.decibels.most == 20)
        #expect(full.reference?.mean == 22.5)
        #expect(full.cost?.mean == 9)
        #expect(full.regained == StudyMeans.Range([0.75, 0.3]))
        #expect(full.savedTotal == 0 && full.chipSeconds == 100 && full.wallSeconds == 3)
        let none = try #require(table.means(condition: "fog", way: "none"))
        #expect(none.regained == nil && none.savedTotal == nil && none.gain?.most == 0)
        #expect(table.means(condition: "snow", way: "full") == nil)
    }

    @Test func meansOverAllConditionsLeaveOutNoCondition() throws {
        let table = StudyRows.table
        let none = try #require(table.means(way: "none"))
        #expect(none.decibels == StudyMeans.Range([14, 13, 21.5, 24]))
        // Users of a condition that costs nothing have no share of it.
        let automatic = try #require(table.means(way: "auto=0.2"))
        #expect(automatic.regained == StudyMeans.Range([1, 1.2]))
        #expect(automatic.gain == StudyMeans.Range([8, 12, 1, 1]))
    }

    // MARK: Cases

    @Test func everyStudyHasWhatItIsToldAgainst() {
        let cases = StudyCases(conditions: ["fog"], seeds: [3, 1], ways: ["full", "none"])
        #expect(
            cases.keys
                == [
                    ("none", 3, "none"), ("none", 1, "none"), ("fog", 3, "none"),
                    ("fog", 3, "full"),
                    ("fog", 1, "none"), ("fog", 1, "full"),
                ].map { StudyRow.Key(condition: $0.0, seed: $0.1, way: $0.2) }
        )
        let asked = StudyCases(conditions: ["fog", "none"], seeds: [1], ways: ["full"])
        #expect(
            asked.keys
                == [
                    ("none", 1, "none"), ("none", 1, "full"), ("fog", 1, "none"),
                    ("fog", 1, "full"),
                ].map { StudyRow.Key(condition: $0.0, seed: $0.1, way: $0.2) }
        )
    }

    @Test func rowsFollowTheCasesAndStrangeOnesAreRefused() throws {
        var table = StudyTable()
        for row in StudyRows.table.rows.reversed() { table.add(row) }
        #expect(table != StudyRows.table)
        try table.arrange(as: StudyRows.cases)
        #expect(table == StudyRows.table)
        let fewer = StudyCases(
            conditions: ["fog", "hat"],
            seeds: [1, 2],
            ways: ["full", "norms"]
        )
        #expect {
            try table.arrange(as: fewer)
        } throws: { error in
            "\(error)".contains("fog, user 1, auto=0.2")
        }
    }

    // MARK: Files

    @Test func aTableIsReadAsItWasWritten() throws {
        let text = StudyRows.table.text
        let read = try StudyTable(parsing: Array(text.utf8), document: "study.csv")
        #expect(read == StudyRows.table)
        #expect(read.text == text)
        #expect(text.split(separator: "\n").count == 1 + StudyRows.table.rows.count)
        #expect(try StudyTable(parsing: Array(StudyTable().text.utf8), document: "x").rows.isEmpty)
    }

    @Test func figuresSurviveTheirRounding() throws {
        var generator = SeededGenerator(seed: 4)
        var table = StudyTable()
        for seed in 0..<200 {
            let decibels = Double.random(in: -5...50, using: &generator)
            table.add(StudyRows.row("none", UInt64(seed), "none", decibels))
            table.add(StudyRows.row("fog", UInt64(seed), "none", decibels / 2))
            table.add(StudyRows.row("fog", UInt64(seed), "full", decibels / 1.3))
        }
        #expect(try StudyTable(parsing: Array(table.text.utf8), document: "x") == table)
    }

    @Test(arguments: [
        ("fog,1,full,20.0,8.0", "fog,1,full,20.0", 5),
        ("fog,1,full,20.0,8.0", "fog,1,full,20.00,8.0", 5),
        ("fog,1,full,20.0,8.0", "fog,1,full,20.1,8.0", 5),
        ("fog,1,full,20.0,8.0", "fog,1,full,nan,8.0", 5),
        ("fog,1,full,20.0,8.0", "fog,-1,full,20.0,8.0", 5),
        ("fog,1,full,20.0,8.0", "fog,1,none,20.0,8.0", 5),
        ("fog,1,full,20.0,8.0", ",1,full,20.0,8.0", 5),
        ("fog,2,none,13.0,10.0", "fog,2,none,13.0,9.0", 8),
        ("fog,2,none,13.0,10.0", "\nfog,2,none,13.0,10.0", 8),
        ("condition,seed", "condition,person", 1),
        ("none,1,none,22.0", "none,1,none,22.0001", 4),
    ])
    func badRowsAreRefusedByLine(good: String, bad: String, line: Int) {
        let text = StudyRows.table.text
        #expect(text.contains(good))
        let broken = text.replacing(good, with: bad)
        #expect {
            try StudyTable(parsing: Array(broken.utf8), document: "study.csv")
        } throws: { error in
            "\(error)".contains("study.csv: line \(line): ")
        }
    }

    @Test func aTableThatWasCutIsRefused() {
        let bytes = Array(StudyRows.table.text.utf8)
        for count in stride(from: 0, to: bytes.count, by: 7)
        where count == 0 || bytes[count - 1] != UInt8(ascii: "\n") {
            #expect(throws: RetrainingError.self) {
                try StudyTable(parsing: Array(bytes.prefix(count)), document: "study.csv")
            }
        }
    }
}

/// A study made by hand.
enum StudyRows {
    static let cases = StudyCases(
        conditions: ["fog", "hat"],
        seeds: [1, 2],
        ways: ["full", "auto=0.2", "norms"]
    )

    /// Two users: fog costs them 8 and 10 dB, a hat 0.5 and -1.
    static var table: StudyTable {
        let decibels: [Double] = [
            22, 23, 14, 20, 22, 12, 13, 16, 25, 15, 21.5, 22, 22.5, 22, 24, 25, 25, 24,
        ]
        var table = StudyTable()
        for (key, decibels) in zip(cases.keys, decibels) {
            table.add(row(key.condition, key.seed, key.way, decibels))
        }
        return table
    }

    static func row(
        _ condition: String,
        _ seed: UInt64,
        _ way: String,
        _ decibels: Double
    ) -> StudyRow {
        let shares: [String: Double] = ["full": 0, "auto=0.2": 0.8, "norms": 0.3]
        let saved = shares[way] ?? 0
        return StudyRow(
            StudyRow.Key(condition: condition, seed: seed, way: way),
            decibels: decibels,
            reconstructionL1: 0.123_456,
            ssim: 0.7,
            slicedWasserstein: 99.123_45,
            classAccuracy: 0.75,
            effort: way == "none"
                ? nil
                : StudyRow.Effort(
                    savedTotal: saved,
                    savedErrorAndWeightGradient: saved,
                    chipSeconds: 100 * (1 - saved),
                    chipJoules: 23.456_78,
                    wallSeconds: 3,
                    cycle: "own",
                    trained: "generator.main.15+generator.main.18"
                )
        )
    }
}
