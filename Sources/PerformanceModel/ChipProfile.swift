/// What a chip is to the performance model: sizes, rates, overheads and energy.
///
/// The published text fixes the multipliers, the clock and the peak power; everything else is this
/// project's choice and says so.
package struct ChipProfile: Equatable, Sendable {
    /// What reports call it.
    package var name: String
    /// Multiply-accumulate units of the array.
    package var multiplierCount: Int
    /// Clock in hertz.
    package var clockHertz: Double
    /// DRAM bandwidth in bytes a second, both directions together: what is sustained, not the
    /// interface's peak.
    package var dramBytesPerSecond: Double
    /// Bytes of on-chip SRAM for tiles.
    package var sramByteCount: UInt64
    /// Channels that the array can be grouped into, each with the other side that fills it: 16
    /// means 16 channels x 16 pixels of 256 units.
    package var channelWidths: [Int]
    /// Values that pass the vector unit in a cycle.
    package var vectorLanes: Int
    /// Cycles of a command outside its tiles: fetch, check, set up, report.
    package var commandCycles: Int
    /// Cycles of a tile in which the array fills and drains.
    package var tileCycles: Int
    /// Feature size of the process, for reports: the coefficients are those of that process.
    package var processNanometers: Int
    /// What operations cost.
    package var energy: EnergyCoefficients

    /// Most operations a second, two a multiply-accumulate.
    package var peakOperationsPerSecond: Double { 2 * Double(multiplierCount) * clockHertz }

    /// Bytes that DRAM moves in a cycle.
    package var dramBytesPerCycle: Double { dramBytesPerSecond / clockHertz }

    /// Bytes of operands that the array takes in a cycle, grouped for as many channels as it can.
    package var peakOperandBytesPerCycle: Double {
        let width = channelWidths.first ?? 1
        return 2 * (Double(width) + Double(multiplierCount) / Double(width))
    }

    /// Power in watts while every unit multiplies and nothing else moves.
    package var peakWatts: Double {
        let perCycle =
            Double(multiplierCount) * energy.multiplyAccumulatePicojoules.value
            + peakOperandBytesPerCycle * energy.sramPicojoulesPerByte.value
            + energy.controlPicojoulesPerCycle.value
        return perCycle * 1e-12 * clockHertz + energy.leakageMilliwatts.value * 1e-3
    }

    /// The same chip with another array or another SRAM.
    ///
    /// Clock, control and interconnect grow with the array; of the leakage one half grows with the
    /// array and the other with SRAM, as each takes about half of the chip. Both are this
    /// project's assumptions; coefficients of single operations stay.
    package func scaled(multiplierCount: Int, sramByteCount: UInt64) -> ChipProfile {
        let array = Double(multiplierCount) / Double(self.multiplierCount)
        let memory = Double(sramByteCount) / Double(self.sramByteCount)
        var profile = self
        profile.multiplierCount = multiplierCount
        profile.sramByteCount = sramByteCount
        if array != 1 {
            profile.energy.controlPicojoulesPerCycle.scale(by: array, "the array's size")
        }
        if array != 1 || memory != 1 {
            let factor = (array + memory) / 2
            profile.energy.leakageMilliwatts.scale(by: factor, "the sizes of array and SRAM")
        }
        return profile
    }
}

/// A number of the energy model with where it comes from; the property's name has the unit.
package struct EnergyCoefficient: Equatable, Sendable {
    /// The number.
    package var value: Double
    /// Publication, calibration or assumption.
    package var source: String

    /// A number and its source.
    package init(_ value: Double, _ source: String) {
        self.value = value
        self.source = source
    }

    mutating func scale(by factor: Double, _ reason: String) {
        value *= factor
        source += "; scaled with \(reason)"
    }
}

/// What operations of a chip cost.
package struct EnergyCoefficients: Equatable, Sendable {
    /// A bf16 product added to an fp32 sum, in picojoules.
    package var multiplyAccumulatePicojoules: EnergyCoefficient
    /// A byte read from or written to on-chip SRAM, in picojoules.
    package var sramPicojoulesPerByte: EnergyCoefficient
    /// An fp32 operation of the vector unit, in picojoules.
    package var vectorOperationPicojoules: EnergyCoefficient
    /// Control, clock and interconnect, in picojoules a cycle whether or not anything multiplies.
    package var controlPicojoulesPerCycle: EnergyCoefficient
    /// Leakage in milliwatts, always.
    package var leakageMilliwatts: EnergyCoefficient
    /// A bit moved to or from DRAM, outside the chip, in picojoules.
    package var dramPicojoulesPerBit: EnergyCoefficient

    /// All coefficients with the names that profile files and reports use.
    package var named: [(name: String, coefficient: EnergyCoefficient)] {
        Self.paths.map { ($0.name, self[keyPath: $0.path]) }
    }

    /// Coefficients by name, in the order of reports.
    package static var paths:
        [(name: String, path: WritableKeyPath<EnergyCoefficients, EnergyCoefficient>)]
    {
        [
            ("multiplyAccumulatePicojoules", \.multiplyAccumulatePicojoules),
            ("sramPicojoulesPerByte", \.sramPicojoulesPerByte),
            ("vectorOperationPicojoules", \.vectorOperationPicojoules),
            ("controlPicojoulesPerCycle", \.controlPicojoulesPerCycle),
            ("leakageMilliwatts", \.leakageMilliwatts),
            ("dramPicojoulesPerBit", \.dramPicojoulesPerBit),
        ]
    }
}
