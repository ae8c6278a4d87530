/// What the parameters of a profile may be.
extension ChipProfile {
    /// Bounds of every number; within them no estimate overflows.
    package enum Limits {
        /// Multiply-accumulate units.
        package static let multiplierCount = 1...65_536
        /// Hertz.
        package static let clockHertz = 1e6...1e10
        /// Bytes a second.
        package static let dramBytesPerSecond = 1e6...1e13
        /// Bytes.
        package static let sramByteCount = 4096...(1 << 32)
        /// How many ways of grouping the array.
        package static let channelWidthCount = 1...16
        /// Values a cycle.
        package static let vectorLanes = 1...4096
        /// Cycles.
        package static let commandCycles = 0...1_000_000_000
        /// Cycles.
        package static let tileCycles = 0...1_000_000
        /// Nanometers.
        package static let processNanometers = 1...1000
        /// Any coefficient, in its unit.
        package static let coefficient = 0...1e9
    }

    /// A parameter out of its bounds.
    package struct LimitError: Error, Equatable, Sendable, CustomStringConvertible {
        /// The parameter, as profile files name it.
        package let parameter: String
        /// What was expected and what was found.
        package let fact: String

        /// One line.
        package var description: String { "\(parameter): \(fact)" }
    }

    /// Checks every parameter.
    ///
    /// - Throws: The first that is out of its bounds.
    package func check() throws(LimitError) {
        try Self.require(multiplierCount, in: Limits.multiplierCount, "multiplierCount")
        try Self.require(clockHertz, in: Limits.clockHertz, "clockHertz")
        try Self.require(dramBytesPerSecond, in: Limits.dramBytesPerSecond, "dramBytesPerSecond")
        try Self.require(Int(clamping: sramByteCount), in: Limits.sramByteCount, "sramByteCount")
        try Self.require(channelWidths.count, in: Limits.channelWidthCount, "channelWidths")
        for width in channelWidths where width < 1 || multiplierCount % width != 0 {
            throw LimitError(
                parameter: "channelWidths",
                fact: "\(width) does not divide the \(multiplierCount) multipliers"
            )
        }
        try Self.require(vectorLanes, in: Limits.vectorLanes, "vectorLanes")
        try Self.require(commandCycles, in: Limits.commandCycles, "commandCycles")
        try Self.require(tileCycles, in: Limits.tileCycles, "tileCycles")
        try Self.require(processNanometers, in: Limits.processNanometers, "processNanometers")
        for (name, coefficient) in energy.named {
            try Self.require(coefficient.value, in: Limits.coefficient, "energy.\(name)")
        }
    }

    private static func require<Number: Comparable>(
        _ number: Number,
        in range: ClosedRange<Number>,
        _ parameter: String
    ) throws(LimitError) {
        // A number that is none compares false.
        guard range.contains(number) else {
            throw LimitError(
                parameter: parameter,
                fact: "expected \(range.lowerBound)...\(range.upperBound), found \(number)"
            )
        }
    }
}
