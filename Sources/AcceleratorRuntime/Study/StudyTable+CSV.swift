/// A study as comma-separated values: one row a user and way, units in the names of the columns.
extension StudyTable {
    /// Names of all columns, in order.
    package static let columns = [
        "condition", "seed", "way", "psnr_db", "cost_db", "regained", "reconstruction_l1", "ssim",
        "sliced_wasserstein", "class_accuracy", "saved_total", "saved_error_and_weight_gradient",
        "chip_seconds", "chip_joules", "wall_seconds", "cycle", "trained",
    ]

    private static let header = columns.joined(separator: ",")

    /// The text, a header line first, lines ended by a newline.
    package var text: String {
        ([Self.header] + rows.map(line)).map { $0 + "\n" }.joined()
    }

    private func line(_ row: StudyRow) -> String {
        let effort = row.effort
        func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        let fields: [String] = [
            row.key.condition, "\(row.key.seed)", row.key.way, number(row.decibels),
            number(cost(for: row)), number(regained(by: row)), number(row.reconstructionL1),
            number(row.ssim), number(row.slicedWasserstein), number(row.classAccuracy),
            number(effort?.savedTotal), number(effort?.savedErrorAndWeightGradient),
            number(effort?.chipSeconds), number(effort?.chipJoules), number(effort?.wallSeconds),
            effort?.cycle ?? "", effort?.trained ?? "",
        ]
        return fields.joined(separator: ",")
    }

    /// Reads back what ``text`` wrote, and nothing else: what is reckoned from other rows has to
    /// agree with them, to the last digit.
    ///
    /// - Throws: `.badFile` naming the document and the line.
    package init(parsing bytes: [UInt8], document: String) throws(RetrainingError) {
        func failure(_ line: Int, _ fact: String) -> RetrainingError {
            .badFile("failed to read \(document): line \(line): \(fact); start anew with --force")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure(1, "the file is not UTF-8")
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.popLast()?.isEmpty == true else {
            throw failure(lines.count + 1, "the last line does not end")
        }
        guard lines.first == Self.header else {
            throw failure(1, "expected the names of the columns")
        }
        self.init()
        for (index, line) in lines.enumerated().dropFirst() {
            guard let row = Self.row(line) else {
                throw failure(index + 1, "expected \(Self.columns.count) fields of a row")
            }
            guard self[row.key] == nil else {
                throw failure(index + 1, "the user and way are there twice")
            }
            add(row)
        }
        for (index, (line, row)) in zip(lines.dropFirst(), rows).enumerated() {
            let expected = self.line(row)
            guard line == expected else {
                throw failure(index + 2, "expected '\(expected)'")
            }
        }
    }

    /// A row without what is reckoned from others.
    private static func row(_ line: String) -> StudyRow? {
        let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == columns.count, let seed = UInt64(fields[1]), !fields[0].isEmpty,
            !fields[2].isEmpty
        else { return nil }
        let effort: StudyRow.Effort?
        if fields[10...].allSatisfy(\.isEmpty) {
            effort = nil
        } else {
            guard let figures = numbers(fields[10..<15]) else { return nil }
            effort = StudyRow.Effort(
                savedTotal: figures[0],
                savedErrorAndWeightGradient: figures[1],
                chipSeconds: figures[2],
                chipJoules: figures[3],
                wallSeconds: figures[4],
                cycle: fields[15],
                trained: fields[16]
            )
        }
        guard let scores = numbers([fields[3]] + fields[6..<10]) else { return nil }
        return StudyRow(
            StudyRow.Key(condition: fields[0], seed: seed, way: fields[2]),
            decibels: scores[0],
            reconstructionL1: scores[1],
            ssim: scores[2],
            slicedWasserstein: scores[3],
            classAccuracy: scores[4],
            effort: effort
        )
    }

    /// Finite numbers, or nil.
    private static func numbers(_ fields: some Sequence<String>) -> [Double]? {
        var numbers: [Double] = []
        for field in fields {
            guard let number = Double(field), number.isFinite else { return nil }
            numbers.append(number)
        }
        return numbers
    }
}
