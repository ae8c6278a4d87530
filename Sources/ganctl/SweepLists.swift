import ArgumentParser

/// Lists of numbers with commas between them, as options of a sweep take them.
enum SweepLists {
    /// Whole numbers within bounds.
    static func integers(
        _ text: String,
        in range: ClosedRange<Int>,
        _ option: String
    ) throws -> [Int] {
        let rule =
            "give whole numbers from \(range.lowerBound) to \(range.upperBound), with "
            + "commas between them"
        return try list(text, option, rule) { Int($0).flatMap { range.contains($0) ? $0 : nil } }
    }

    /// Bytes a second out of gigabytes a second.
    static func bandwidths(_ text: String, _ option: String) throws -> [Double] {
        let rule = "give GB/s from 0.001 to 10000, with commas between them: 1.6,3.2,6.4"
        return try list(text, option, rule) { part in
            guard let number = Double(part), (0.001...10_000).contains(number) else { return nil }
            return number * 1e9
        }
    }

    /// Bytes, with K or M for KiB or MiB.
    static func byteCounts(_ text: String, _ option: String) throws -> [UInt64] {
        let rule = "give 4K to 4096M, with commas between them: 256K,512K,1M"
        return try list(text, option, rule) { part in
            let units: [Character: UInt64] = ["K": 1 << 10, "M": 1 << 20]
            let unit = part.last.flatMap { units[$0] }
            let digits = unit == nil ? part : part.dropLast()
            guard let number = UInt64(digits) else { return nil }
            let (bytes, overflows) = number.multipliedReportingOverflow(by: unit ?? 1)
            return !overflows && (4096...(1 << 32)).contains(bytes) ? bytes : nil
        }
    }

    /// Shares of a whole.
    static func shares(_ text: String, _ option: String) throws -> [Double] {
        let rule = "give shares above 0, up to 1, with commas between them: 0.31,0.6,1"
        return try list(text, option, rule) { part in
            guard let share = Double(part), share > 0, share <= 1 else { return nil }
            return share
        }
    }

    /// Cases by name.
    static func names<Name: RawRepresentable<String> & CaseIterable & Equatable>(
        _ text: String,
        _ option: String
    ) throws -> [Name] {
        let names = Name.allCases.map(\.rawValue).joined(separator: ", ")
        let rule = "choose from \(names), with commas between them"
        return try list(text, option, rule) { Name(rawValue: String($0)) }
    }

    /// Elements of a list, none of them twice.
    private static func list<Element: Equatable>(
        _ text: String,
        _ option: String,
        _ rule: String,
        _ parse: (Substring) -> Element?
    ) throws -> [Element] {
        var elements: [Element] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let element = parse(part) else {
                throw ValidationError("\(option) has '\(part)'; \(rule)")
            }
            guard !elements.contains(element) else {
                throw ValidationError("\(option) has '\(part)' twice; leave one out")
            }
            elements.append(element)
        }
        return elements
    }
}
