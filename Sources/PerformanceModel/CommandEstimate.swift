package import AcceleratorISA

/// What a command, or the sum of many, takes of a chip.
package struct CommandEstimate: Equatable, Sendable {
    /// Bytes and multiply-accumulates: what the device will count.
    package var counters: DeviceCounters
    /// Cycles from the first fetch to the last store.
    package var cycles: StageCounts
    /// Cycles in which the array multiplies; part of ``cycles``, behind other work or not.
    package var arrayCycles: StageCounts
    /// Cycles in which the vector unit is busy.
    package var vectorCycles: StageCounts
    /// Cycles in which DRAM moves data.
    package var dramCycles: StageCounts
    /// Bytes read from and written to SRAM, by DRAM transfers, array and vector unit.
    package var sramByteCount: StageCounts
    /// fp32 operations of the vector unit.
    package var vectorOperations: StageCounts

    /// Nothing.
    package init() {
        counters = DeviceCounters()
        cycles = StageCounts()
        arrayCycles = StageCounts()
        vectorCycles = StageCounts()
        dramCycles = StageCounts()
        sramByteCount = StageCounts()
        vectorOperations = StageCounts()
    }

    /// Adds what other commands take; commands do not overlap.
    package static func += (sum: inout CommandEstimate, other: CommandEstimate) {
        sum.counters += other.counters
        sum.cycles += other.cycles
        sum.arrayCycles += other.arrayCycles
        sum.vectorCycles += other.vectorCycles
        sum.dramCycles += other.dramCycles
        sum.sramByteCount += other.sramByteCount
        sum.vectorOperations += other.vectorOperations
    }
}
