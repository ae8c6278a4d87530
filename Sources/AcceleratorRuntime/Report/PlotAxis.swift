import Glibc

/// An axis of a chart: what it shows, and how numbers become places.
package struct PlotAxis: Sendable {
    /// How numbers are spread.
    package enum Scale: Sendable {
        /// From zero, or from below it where a number is.
        case linear
        /// By ratio; numbers that are not above zero have no place.
        case logarithmic
    }

    /// What is shown, with its unit.
    package var title: String
    /// How numbers are spread.
    package var scale: Scale

    /// An axis.
    package init(_ title: String, _ scale: Scale = .linear) {
        self.title = title
        self.scale = scale
    }

    /// The axis over some numbers; those without a place do not count.
    func fitted(to numbers: [Double]) -> FittedAxis { FittedAxis(scale, numbers) }
}

/// An axis over known numbers.
struct FittedAxis {
    /// Marked numbers, ascending, with their texts.
    let ticks: [(number: Double, text: String)]
    private let scale: PlotAxis.Scale
    private let lower: Double
    private let upper: Double

    /// At least this many steps between ticks, if numbers differ.
    private static let wantedSteps = 4.0

    init(_ scale: PlotAxis.Scale, _ numbers: [Double]) {
        self.scale = scale
        let placed = numbers.filter { $0.isFinite && (scale == .linear || $0 > 0) }
        switch scale {
        case .linear:
            // Bounds that keep every step a number, whatever is plotted.
            let low = max(min(placed.min() ?? 0, 0), -1e300)
            var high = min(max(placed.max() ?? 1, 0), 1e300)
            if high - low < 1e-300 { high = low + 1 }
            let step = Self.step(high - low)
            lower = (low / step).rounded(.down) * step
            upper = (high / step).rounded(.up) * step
            let decimals = max(0, Int((-log10(step)).rounded(.up)))
            let count = Int(((upper - lower) / step).rounded())
            let first = lower
            ticks = (0...max(1, count)).map { index in
                let number = first + Double(index) * step
                return (number, PlotNumber.text(number, decimals: min(decimals, 12)))
            }
        case .logarithmic:
            let low = placed.min() ?? 1
            let high = max(placed.max() ?? 10, low)
            (lower, upper) = low < high ? (low, high) : (low / 2, high * 2)
            ticks = Self.ratioTicks(lower, upper)
        }
    }

    /// 1, 2 or 5 times a power of ten: the largest with enough steps.
    private static func step(_ span: Double) -> Double {
        let power = pow(10, (log10(span / wantedSteps)).rounded(.down))
        for factor in [5.0, 2.0] where span / (power * factor) >= wantedSteps {
            return power * factor
        }
        return power
    }

    /// Powers of ten, and over less than three of them 2 and 5 times those too.
    private static func ratioTicks(
        _ low: Double,
        _ high: Double
    ) -> [(number: Double, text: String)] {
        let first = Int(log10(low).rounded(.down))
        let last = Int(log10(high).rounded(.up))
        let factors: [Double] = last - first <= 3 ? [1, 2, 5] : [1]
        let every = max(1, (last - first) / 8)
        var ticks: [(number: Double, text: String)] = []
        for exponent in stride(from: first, through: last, by: every) {
            for factor in factors {
                let number = factor * pow(10, Double(exponent))
                guard number >= low * (1 - 1e-9), number <= high * (1 + 1e-9) else { continue }
                ticks.append((number, PlotNumber.text(number)))
            }
        }
        return ticks
    }

    /// Where a number stands between the ends, 0 to 1; nil where it has no place.
    func fraction(_ number: Double) -> Double? {
        guard number.isFinite else { return nil }
        switch scale {
        case .linear:
            return (number - lower) / (upper - lower)
        case .logarithmic:
            guard number > 0 else { return nil }
            return log(number / lower) / log(upper / lower)
        }
    }
}

/// Numbers as people read them.
package enum PlotNumber {
    /// A number with at most so many decimals, without trailing zeros.
    package static func text(_ number: Double, decimals: Int) -> String {
        guard number.isFinite else { return "0" }
        let scale = pow(10, Double(decimals))
        let scaled = (number.magnitude * scale).rounded()
        guard scaled < 9e15 else { return "\(number)" }
        let digits = UInt64(scaled)
        let whole = digits / UInt64(scale)
        var fraction = String(digits % UInt64(scale))
        fraction = String(repeating: "0", count: max(0, decimals - fraction.count)) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        let sign = number < 0 && digits > 0 ? "-" : ""
        return fraction.isEmpty || decimals == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(fraction)"
    }

    /// A number with four digits that count, or an exponent where those would be far from the
    /// point.
    package static func text(_ number: Double) -> String {
        guard number.isFinite else { return "\(number)" }
        guard number != 0 else { return "0" }
        let exponent = Int(log10(number.magnitude).rounded(.down))
        guard (-5..<15).contains(exponent) else {
            let mantissa = text(number / pow(10, Double(exponent)), decimals: 3)
            return "\(mantissa)e\(exponent)"
        }
        guard exponent > 3 else { return text(number, decimals: 3 - exponent) }
        let unit = pow(10, Double(exponent - 3))
        return text((number / unit).rounded() * unit, decimals: 0)
    }
}
