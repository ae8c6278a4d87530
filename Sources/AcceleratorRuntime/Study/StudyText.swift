/// What a study comes to, as a page of Markdown that reads as plain text too.
package struct StudyText: Sendable {
    private let table: StudyTable
    private let record: StudyRecord
    private let seeds: [UInt64]

    /// A page about a study's rows.
    package init(_ table: StudyTable, _ record: StudyRecord) {
        self.table = table
        self.record = record
        seeds = Array(Set(table.rows.map(\.key.seed))).sorted()
    }

    /// The page; `plot` is the file that pictures of it are in.
    package func document(plot: String) -> String {
        """
        # Study

        \(settings)

        ```sh
        \(record.command)
        ```

        \(tables)
        ![PSNR by condition and way, and by share of the operations](\(plot))

        """
    }

    /// The tables alone.
    package var tables: String {
        """
        PSNR against the truth in dB: the mean over \(count(seeds.count, "user")), and the worst \
        of them in brackets. *In domain* is the same users under no condition, by the model as it \
        is; *cost* is what the condition takes of it.

        \(decibels)
        Share of the cost that each way wins back, the mean and the worst in brackets; empty where \
        the cost is below \(Readable.decimal(StudyTable.leastCost, places: 0)) dB.

        \(regained)
        What each way takes, on average. Saved is the share of full retraining's \
        multiply-accumulates: of error propagation and weight gradients (EP+WG), and of forward, \
        error propagation and weight gradients together (all). Seconds and joules are those of \
        profile `\(record.profile)`, DRAM's energy apart; wall seconds were measured \
        here. An automatic way's probe is counted in all of them.

        \(efforts)
        """
    }

    private var settings: String {
        "\(count(record.pictures, "picture")) of a user to retrain on, seen "
            + "\(count(record.epochs, "time")) each with \(stepSize); "
            + "\(count(record.judged, "other picture")) of the same user to judge by. Device "
            + "\(record.device), kernels \(record.kernels), \(count(record.threads, "thread")). "
            + "Model `\(record.model)`, weights `\(record.weightsHash)`."
    }

    private var stepSize: String {
        record.learningRate.map { "step size \($0)" }
            ?? "step size \(RetrainingOptions.modelLearningRate), or "
            + "\(RetrainingOptions.generatorLearningRate) where the discriminator is left as it is"
    }

    private func count(_ number: Int, _ what: String) -> String {
        "\(number) \(what)\(number == 1 ? "" : "s")"
    }

    // MARK: Tables

    private var decibels: String {
        let ways = table.ways
        var text = MarkdownTable(["condition", "in domain", "cost"] + ways)
        for condition in table.conditions + [nil] {
            let none = table.means(condition: condition, way: StudyCases.none)
            text.add(
                [
                    condition ?? "all", Self.decimal(none?.reference?.mean, 1),
                    Self.decimal(none?.cost?.mean, 1),
                ]
                    + ways.map { way in
                        Self.both(table.means(condition: condition, way: way)?.decibels) {
                            Self.decimal($0, 1)
                        }
                    }
            )
        }
        return text.document
    }

    private var regained: String {
        let ways = table.ways.filter { $0 != StudyCases.none }
        var text = MarkdownTable(["condition"] + ways)
        for condition in table.conditions + [nil] {
            text.add(
                [condition ?? "all"]
                    + ways.map { way in
                        Self.both(table.means(condition: condition, way: way)?.regained) {
                            Self.percent($0)
                        }
                    }
            )
        }
        return text.document
    }

    private var efforts: String {
        var text = MarkdownTable([
            "way", "dB over none", "dB over full", "saved EP+WG", "saved all", "chip s", "chip J",
            "wall s",
        ])
        let full = table.means(way: Self.full)?.decibels.mean
        for way in table.ways {
            guard way != StudyCases.none, let means = table.means(way: way) else { continue }
            text.add([
                way, Self.signed(means.gain?.mean),
                Self.signed(full.map { means.decibels.mean - $0 }),
                Self.percent(means.savedErrorAndWeightGradient), Self.percent(means.savedTotal),
                Self.decimal(means.chipSeconds, 1), Self.decimal(means.chipJoules, 2),
                Self.decimal(means.wallSeconds, 1),
            ])
        }
        return text.document
    }

    private static let full = "full"

    // MARK: Cells

    private static func decimal(_ value: Double?, _ places: Int) -> String {
        value.map { Readable.decimal($0, places: places) } ?? ""
    }

    private static func signed(_ value: Double?) -> String {
        guard let value else { return "" }
        let text = Readable.decimal(value, places: 2)
        return value > 0 ? "+\(text)" : text
    }

    private static func percent(_ value: Double?) -> String {
        value.map { Readable.decimal($0 * 100, places: 0) + " %" } ?? ""
    }

    /// A mean, and the least in brackets.
    private static func both(
        _ range: StudyMeans.Range?,
        _ text: (Double) -> String
    ) -> String {
        range.map { "\(text($0.mean)) (\(text($0.least)))" } ?? ""
    }
}

/// A table in Markdown whose columns stand below one another in plain text as well; the first holds
/// words, the others numbers.
struct MarkdownTable {
    private var rows: [[String]]

    init(_ titles: [String]) { rows = [titles] }

    /// Adds a row; cells beyond the titles are left out.
    mutating func add(_ cells: [String]) {
        let count = rows[0].count
        let padding = repeatElement("", count: max(0, count - cells.count))
        rows.append(Array((cells + padding).prefix(count)))
    }

    /// The table, a newline at the end of every line.
    var document: String {
        let cells = rows.map { $0.map(Self.escaped) }
        let widths = cells[0].indices.map { column in
            max(3, cells.map { $0[column].count }.max() ?? 0)
        }
        var lines = cells.map { row in
            "| "
                + row.indices.map { column in
                    let blanks = String(repeating: " ", count: widths[column] - row[column].count)
                    return column == 0 ? row[column] + blanks : blanks + row[column]
                }.joined(separator: " | ") + " |"
        }
        let rule = widths.indices.map { column in
            let dashes = String(repeating: "-", count: widths[column] - (column == 0 ? 0 : 1))
            return column == 0 ? dashes : dashes + ":"
        }
        lines.insert("| " + rule.joined(separator: " | ") + " |", at: 1)
        return lines.map { $0 + "\n" }.joined()
    }

    /// A cell in which nothing ends the cell or the line.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "|": result += "\\|"
            case _ where character.isNewline: result += " "
            default: result.append(character)
            }
        }
        return result
    }
}
