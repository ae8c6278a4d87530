/// Numbers as people read them: the same text on every host.
package enum Readable {
    /// A number with so many places after the point: `0.0312`.
    package static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite else { return value == .infinity ? "infinite" : "\(value)" }
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let scaled = (value * scale).rounded()
        guard abs(scaled) < 1e15 else { return "\(value)" }
        let whole = Int(abs(scaled))
        let sign = scaled < 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(whole)" }
        let digits = String(whole)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))"
    }

    /// A fraction as a percentage with one place: `38.7 %`.
    package static func percent(_ fraction: Double) -> String {
        "\(decimal(fraction * 100, places: 1)) %"
    }

    /// A number with three to four digits that count: `0.000123`, `12.3`, `1234`.
    package static func number(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return decimal(value, places: 0) }
        let size = abs(value)
        if size >= 1e15 || size < 1e-6 { return "\(value)" }
        var places = 0
        var reach = size
        while reach < 100, places < 9 {
            reach *= 10
            places += 1
        }
        let text = decimal(value, places: places)
        guard text.contains(".") else { return text }
        let trimmed = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
        return String(trimmed.reversed())
    }

    /// A quantity with a prefix before its unit: `1.23 GB`, `274 mW`.
    package static func quantity(_ value: Double, _ unit: String) -> String {
        guard value.isFinite, value != 0 else { return "\(decimal(value, places: 0)) \(unit)" }
        let (prefix, scale) = prefix(for: value)
        let scaled = value / scale
        let size = abs(scaled)
        let places = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2
        return "\(decimal(scaled, places: places)) \(prefix)\(unit)"
    }

    /// The prefix that leaves 1 to 999 of a value, and what one of it is.
    package static func prefix(for value: Double) -> (text: String, scale: Double) {
        let prefixes: [(String, Double)] = [
            ("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3), ("", 1), ("m", 1e-3),
            ("µ", 1e-6), ("n", 1e-9), ("p", 1e-12),
        ]
        guard value != 0 else { return ("", 1) }
        // What rounds up to a thousand gets the next prefix.
        return prefixes.first { abs(value) >= $0.1 * 0.9995 } ?? prefixes[prefixes.count - 1]
    }

    /// A count with a prefix: `1.23 G`, and as it is below a thousand.
    package static func count(_ value: Double) -> String {
        guard value >= 1000 else { return decimal(value, places: 0) }
        return quantity(value, "")
    }
}
