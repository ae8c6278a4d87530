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

    /// What as many repetitions take.
    package static func * (estimate: CommandEstimate, count: Int) -> CommandEstimate {
        let factor = UInt64(max(0, count))
        var product = CommandEstimate()
        for stage in Stage.allCases {
            product.cycles[stage] = estimate.cycles[stage] &* factor
            product.arrayCycles[stage] = estimate.arrayCycles[stage] &* factor
            product.vectorCycles[stage] = estimate.vectorCycles[stage] &* factor
            product.dramCycles[stage] = estimate.dramCycles[stage] &* factor
            product.sramByteCount[stage] = estimate.sramByteCount[stage] &* factor
            product.vectorOperations[stage] = estimate.vectorOperations[stage] &* factor
        }
        product.counters = estimate.counters.repeated(factor)
        return product
    }
}

extension DeviceCounters {
    fileprivate func repeated(_ factor: UInt64) -> DeviceCounters {
        var product = DeviceCounters()
        product.commandCount = commandCount &* factor
        for stage in Stage.allCases {
            product.count(
                multiplyAccumulates: multiplyAccumulates(stage: stage) &* factor,
                stage: stage
            )
            for kind in TensorKind.allCases {
                for direction in Direction.allCases {
                    let bytes = byteCount(kind: kind, stage: stage, direction: direction)
                    product.count(
                        byteCount: bytes &* factor,
                        kind: kind,
                        stage: stage,
                        direction: direction
                    )
                }
            }
        }
        return product
    }
}
