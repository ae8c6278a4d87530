/// A table of text with aligned columns: words to the left, numbers to the right.
package struct TextTable {
    /// A column.
    package struct Column: Sendable {
        let title: String
        let isNumber: Bool

        /// A column of words.
        package static func words(_ title: String) -> Column {
            Column(title: title, isNumber: false)
        }

        /// A column of numbers.
        package static func number(_ title: String) -> Column {
            Column(title: title, isNumber: true)
        }
    }

    /// The columns, from the left.
    package let columns: [Column]
    /// One cell a column in each row.
    package let rows: [[String]]

    /// A table of rows with as many cells as there are columns.
    package init(columns: [Column], rows: [[String]]) {
        (self.columns, self.rows) = (columns, rows)
    }

    private static let gap = "  "
    private static let indent = "  "

    /// The lines: titles, a rule, the rows; indented by two, without blanks at their ends.
    package var lines: [String] {
        let cells = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        var lines = cells.map { line($0, widths) }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: Self.gap)
        lines.insert(rule, at: 1)
        return lines.map { Self.indent + $0 }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let parts = columns.indices.map { column in
            let blanks = String(repeating: " ", count: widths[column] - cells[column].count)
            return columns[column].isNumber ? blanks + cells[column] : cells[column] + blanks
        }
        let line = parts.joined(separator: Self.gap)
        return String(line.reversed().drop { $0 == " " }.reversed())
    }
}

/// Words in lines of a width.
enum TextLines {
    /// Breaks a text at blanks; each line begins with `indent`, and words too long stand alone.
    static func wrapped(_ text: String, width: Int, indent: String = "") -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: { $0 == " " || $0.isNewline }) {
            if !line.isEmpty, indent.count + line.count + 1 + word.count > width {
                lines.append(indent + line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        if !line.isEmpty { lines.append(indent + line) }
        return lines
    }
}
