/// The rows of a study, and what they say together.
package struct StudyTable: Sendable, Equatable {
    /// The rows in their order.
    package private(set) var rows: [StudyRow] = []
    private var places: [StudyRow.Key: Int] = [:]

    /// Conditions that cost less than this many decibels leave nothing to win back.
    package static let leastCost = 1.0

    /// No rows.
    package init() {}

    /// Adds a row; one of the same user and way is replaced.
    package mutating func add(_ row: StudyRow) {
        if let place = places[row.key] {
            rows[place] = row
        } else {
            places[row.key] = rows.count
            rows.append(row)
        }
    }

    /// The row of a user and a way; nil where it is not there yet.
    package subscript(key: StudyRow.Key) -> StudyRow? { places[key].map { rows[$0] } }

    /// Puts the rows into the order of a study's cases.
    ///
    /// - Throws: `.configuration` naming the first row that is none of them.
    package mutating func arrange(as cases: StudyCases) throws(RetrainingError) {
        let order = Dictionary(uniqueKeysWithValues: zip(cases.keys, cases.keys.indices))
        if let stray = rows.first(where: { order[$0.key] == nil })?.key {
            throw .configuration(
                "failed to resume: the rows so far have \(stray.condition), user \(stray.seed), "
                    + "\(stray.way), which this study has not; give at least the conditions, "
                    + "seeds and ways that it began with"
            )
        }
        rows.sort { (order[$0.key] ?? 0) < (order[$1.key] ?? 0) }
        places = Dictionary(uniqueKeysWithValues: zip(rows.map(\.key), rows.indices))
    }

    // MARK: Against no condition, and no retraining

    /// Decibels of a row's user under no condition, by the model as it is.
    package func reference(for row: StudyRow) -> Double? {
        decibels(StudyCases.none, row.key.seed)
    }

    /// Decibels that a row's condition costs the model as it is; nil while that is not known.
    package func cost(for row: StudyRow) -> Double? {
        guard let reference = reference(for: row), let none = untrained(for: row) else {
            return nil
        }
        return StudyRow.rounded(reference - none)
    }

    /// Decibels that a row has more than the model as it is.
    package func gain(of row: StudyRow) -> Double? {
        untrained(for: row).map { StudyRow.rounded(row.decibels - $0) }
    }

    /// The share of the cost that a row's way won back: 1 for all of it, more for more.
    ///
    /// Nil where nothing was retrained, and where the cost is below ``leastCost``.
    package func regained(by row: StudyRow) -> Double? {
        guard row.key.way != StudyCases.none, let cost = cost(for: row), cost >= Self.leastCost,
            let gain = gain(of: row)
        else { return nil }
        return StudyRow.rounded(gain / cost)
    }

    private func untrained(for row: StudyRow) -> Double? {
        decibels(row.key.condition, row.key.seed)
    }

    private func decibels(_ condition: String, _ seed: UInt64) -> Double? {
        self[StudyRow.Key(condition: condition, seed: seed, way: StudyCases.none)]?.decibels
    }

    // MARK: Over users

    /// Conditions in their order, without ``StudyCases/none``.
    package var conditions: [String] {
        Self.unique(rows.map(\.key.condition)).filter { $0 != StudyCases.none }
    }

    /// Ways in their order, ``StudyCases/none`` among them.
    package var ways: [String] { Self.unique(rows.map(\.key.way)) }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    /// The means of a way over the users of a condition; nil without rows.
    ///
    /// Where no condition is given they are over all but ``StudyCases/none``.
    package func means(condition: String? = nil, way: String) -> StudyMeans? {
        let wanted = rows.filter { row in
            row.key.way == way
                && (condition.map { $0 == row.key.condition }
                    ?? (row.key.condition != StudyCases.none))
        }
        return StudyMeans(wanted, of: self)
    }
}

/// What rows of a study say on average.
package struct StudyMeans: Sendable, Equatable {
    /// Decibels against the truth.
    package let decibels: Range
    /// Decibels of the same users under no condition.
    package let reference: Range?
    /// Decibels that conditions cost.
    package let cost: Range?
    /// Decibels more than without retraining.
    package let gain: Range?
    /// Share of the cost that was won back, of rows that have one.
    package let regained: Range?
    /// Share of all of full retraining's multiply-accumulates that was saved.
    package let savedTotal: Double?
    /// Share of those of error propagation and weight gradients.
    package let savedErrorAndWeightGradient: Double?
    /// Predicted seconds on the chip.
    package let chipSeconds: Double?
    /// Predicted joules of the chip.
    package let chipJoules: Double?
    /// Seconds here.
    package let wallSeconds: Double?

    /// A mean and the ends of what it is of.
    package struct Range: Sendable, Equatable {
        /// The mean.
        package let mean: Double
        /// The smallest.
        package let least: Double
        /// The largest.
        package let most: Double

        /// Nil for no values.
        init?(_ values: [Double]) {
            guard let least = values.min(), let most = values.max() else { return nil }
            mean = values.reduce(0, +) / Double(values.count)
            self.least = least
            self.most = most
        }
    }

    init?(_ rows: [StudyRow], of table: StudyTable) {
        guard let decibels = Range(rows.map(\.decibels)) else { return nil }
        self.decibels = decibels
        reference = Range(rows.compactMap(table.reference))
        cost = Range(rows.compactMap(table.cost))
        gain = Range(rows.compactMap(table.gain))
        regained = Range(rows.compactMap(table.regained))
        let efforts = rows.compactMap(\.effort)
        func mean(_ value: (StudyRow.Effort) -> Double) -> Double? {
            Range(efforts.map(value))?.mean
        }
        savedTotal = mean(\.savedTotal)
        savedErrorAndWeightGradient = mean(\.savedErrorAndWeightGradient)
        chipSeconds = mean(\.chipSeconds)
        chipJoules = mean(\.chipJoules)
        wallSeconds = mean(\.wallSeconds)
    }
}
