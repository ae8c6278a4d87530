package import ModelGraph

/// How two models differ, tensor by tensor.
package struct ModelDifference: Sendable, Equatable {
    /// A tensor of either model.
    package struct Row: Sendable, Equatable {
        /// Its name, without what training scripts wrap around it.
        package let name: String
        /// How the second model's differs from the first one's.
        package let change: Change
    }

    /// How a tensor differs.
    package enum Change: Sendable, Equatable {
        /// The same numbers, of the same type.
        case equal
        /// Other numbers: the 2-norm of the difference over that of the first model's, and the
        /// largest difference of one element.
        case relative(Double, largest: Double)
        /// Other numbers that are no floating-point ones.
        case different
        /// Another type or another shape; both in words.
        case reshaped(String)
        /// Only the first model has it.
        case onlyInFirst
        /// Only the second model has it.
        case onlyInSecond
    }

    /// The rows in the first model's order, then what only the second one has.
    package let rows: [Row]

    /// Compares two models by their names.
    ///
    /// - Throws: `.badFile` for numbers beyond single precision.
    package init(_ first: Checkpoint, _ second: Checkpoint) throws(RetrainingError) {
        let (first, second) = (first.withNetworkNames(), second.withNetworkNames())
        var rows: [Row] = []
        do {
            for tensor in first.tensors {
                let change: Change
                if let other = second[tensor.name] {
                    change = try Self.change(from: tensor, to: other)
                } else {
                    change = .onlyInFirst
                }
                rows.append(Row(name: tensor.name, change: change))
            }
        } catch {
            throw .badFile("failed to compare models: \(error)")
        }
        for tensor in second.tensors where first[tensor.name] == nil {
            rows.append(Row(name: tensor.name, change: .onlyInSecond))
        }
        self.rows = rows
    }

    /// Whether anything differs.
    package var differs: Bool { rows.contains { $0.change != .equal } }

    private static func change(
        from first: CheckpointTensor,
        to second: CheckpointTensor
    ) throws(CheckpointError) -> Change {
        let words = [first, second].map { "\($0.elementType.rawValue) \($0.shape)" }
        guard first.shape == second.shape else { return .reshaped(words.joined(separator: ", ")) }
        if first.elementType == second.elementType,
            first.contiguousBytes == second.contiguousBytes
        {
            return .equal
        }
        guard first.elementType.isFloatingPoint, second.elementType.isFloatingPoint else {
            let isSameType = first.elementType == second.elementType
            return isSameType ? .different : .reshaped(words.joined(separator: ", "))
        }
        var (sum, square, largest) = (0.0, 0.0, 0.0)
        for (a, b) in zip(try first.values(), try second.values()) {
            let difference = Double(b) - Double(a)
            sum += difference * difference
            square += Double(a) * Double(a)
            largest = max(largest, abs(difference))
        }
        guard sum > 0 else { return .reshaped(words.joined(separator: ", ")) }
        return .relative((sum / square).squareRoot(), largest: largest)
    }
}

extension ModelDifference {
    /// The table for people.
    package var lines: [String] {
        guard differs else { return ["no difference"] }
        let counts = [
            ("equal", rows.count { $0.change == .equal }),
            ("only in the first", rows.count { $0.change == .onlyInFirst }),
            ("only in the second", rows.count { $0.change == .onlyInSecond }),
        ]
        let others = rows.count - counts.reduce(0) { $0 + $1.1 }
        let table = TextTable(
            columns: [
                .words("tensor"), .number("relative change"), .number("largest"),
                .words(""),
            ],
            rows: rows.filter { $0.change != .equal }.map(\.cells)
        )
        let summary = counts.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
        return table.lines + ["  \(others) changed, \(summary)"]
    }

    /// The same as JSON.
    package var document: StrictJSON {
        let tensors = rows.map { row -> StrictJSON in
            var members: [String: StrictJSON] = ["name": .string(row.name)]
            switch row.change {
            case .equal: members["change"] = "equal"
            case .relative(let relative, let largest):
                members["change"] = "values"
                members["relative"] = relative.isFinite ? .number(relative) : .null
                members["largest"] = .number(largest)
            case .different: members["change"] = "values"
            case .reshaped(let words):
                members["change"] = "shape"
                members["words"] = .string(words)
            case .onlyInFirst: members["change"] = "onlyInFirst"
            case .onlyInSecond: members["change"] = "onlyInSecond"
            }
            return .object(members)
        }
        return ["differs": .bool(differs), "tensors": .array(tensors)]
    }
}

extension ModelDifference.Row {
    fileprivate var cells: [String] {
        switch change {
        case .equal: [name, "0", "0", ""]
        case .relative(let relative, let largest):
            [name, Readable.number(relative), Readable.number(largest), ""]
        case .different: [name, "", "", "other numbers"]
        case .reshaped(let words): [name, "", "", words]
        case .onlyInFirst: [name, "", "", "only in the first"]
        case .onlyInSecond: [name, "", "", "only in the second"]
        }
    }
}
