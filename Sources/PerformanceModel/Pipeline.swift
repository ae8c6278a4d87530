/// A command as its parts pass through the chip: load, work, store, one behind the other.
///
/// ```
/// DRAM    resident, load 1 | load 2 | load 3, store 1 | ...      | store N-1 | store N, resident
/// array                    | work 1 | work 2          | ...      | work N    |
/// ```
/// A step is the least that work can begin on: a row where weights stay, a band of rows where
/// weight gradients are summed, a tile where weights come group by group. Rows that are done with
/// make room for later ones. What streams past a tile (weights, gradients that do not stay) moves
/// while the step is worked on. Steps of a command are taken as equal.
struct Pipeline {
    /// Steps, at least 1.
    var stepCount: Int
    /// Steps whose loads come before the first work: a row needs the rows its kernel reaches.
    var leadingStepCount = 1
    /// Cycles of DRAM for loads before the first step.
    var residentLoadCycles = 0.0
    /// Cycles of DRAM for the loads of all steps.
    var loadCycles = 0.0
    /// Cycles of DRAM for what streams past.
    var streamCycles = 0.0
    /// Cycles of DRAM for the stores of all steps.
    var storeCycles = 0.0
    /// Cycles of DRAM for stores behind the last step.
    var residentStoreCycles = 0.0
    /// Cycles of the array or the vector unit, whichever takes longer.
    var workCycles = 0.0

    /// Cycles from the first load to the last store.
    ///
    /// Never below the sum of all DRAM cycles, nor below the work's.
    var cycles: Double {
        let count = Double(stepCount)
        let load = loadCycles / count
        let store = storeCycles / count
        let stream = streamCycles / count
        let work = workCycles / count
        let lead = min(max(1, leadingStepCount), stepCount)
        var sum = residentLoadCycles + Double(lead) * load
        // With the first step no store runs, with the last `lead` steps no load.
        sum += max(work, stream + (lead < stepCount ? load : 0))
        let both = max(0, stepCount - lead - 1)
        sum += Double(both) * max(work, load + store + stream)
        sum += Double(stepCount - 1 - both) * max(work, store + stream)
        return sum + store + residentStoreCycles
    }
}
