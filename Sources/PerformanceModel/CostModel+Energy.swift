package import AcceleratorISA

/// From cycles and counts to seconds, joules and watts.
extension CostModel {
    /// Seconds of all stages, or of one.
    package func seconds(of estimate: CommandEstimate, stage: Stage? = nil) -> Double {
        Double(stage.map { estimate.cycles[$0] } ?? estimate.cycles.total) / profile.clockHertz
    }

    /// Joules of the chip over all stages, or of one; the stages add up to the whole.
    package func chipEnergyJoules(of estimate: CommandEstimate, stage: Stage? = nil) -> Double {
        func count(_ counts: StageCounts) -> Double {
            Double(stage.map { counts[$0] } ?? counts.total)
        }
        let energy = profile.energy
        let picojoules =
            count(estimate.counters.multiplyAccumulates)
            * energy.multiplyAccumulatePicojoules.value
            + count(estimate.sramByteCount) * energy.sramPicojoulesPerByte.value
            + count(estimate.vectorOperations) * energy.vectorOperationPicojoules.value
            + count(estimate.cycles) * energy.controlPicojoulesPerCycle.value
        let leakage = energy.leakageMilliwatts.value * 1e-3
        return picojoules * 1e-12 + leakage * seconds(of: estimate, stage: stage)
    }

    /// Joules of DRAM and its interface, outside the chip, over all stages or of one.
    package func dramEnergyJoules(of estimate: CommandEstimate, stage: Stage? = nil) -> Double {
        let counts = estimate.counters.byteCounts
        let byteCount = stage.map { counts[$0] } ?? counts.total
        return Double(byteCount) * 8 * profile.energy.dramPicojoulesPerBit.value * 1e-12
    }

    /// Mean power of the chip in watts; zero for nothing.
    package func averagePowerWatts(of estimate: CommandEstimate) -> Double {
        let seconds = seconds(of: estimate)
        return seconds > 0 ? chipEnergyJoules(of: estimate) / seconds : 0
    }

    /// Useful multiply-accumulates over what the array could have done in all the cycles, 0 to 1.
    ///
    /// A layer whose padding makes its small map larger than its large one counts products that
    /// no pixel needs; it is at 1 at most all the same.
    package func utilization(of estimate: CommandEstimate) -> Double {
        let places = Double(estimate.cycles.total) * Double(profile.multiplierCount)
        let done = Double(estimate.counters.multiplyAccumulates.total)
        return places > 0 ? min(1, done / places) : 0
    }
}
