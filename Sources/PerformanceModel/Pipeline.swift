/// A command as its tiles pass through the chip: load, work, store, one behind the other.
///
/// ```
/// DRAM    resident load 1 | load 2       | load 3, store 1 | ...     | store N-1 | store N  rest
/// array                   | work 1       | work 2          | ...     | work N    |
/// ```
/// Rows that are done with make room for those of the next tile while it is worked on. A tile's
/// work is the longer of what array and vector unit do for it. Tiles are taken as equal.
struct Pipeline {
    /// Tiles, at least 1.
    var tileCount: Double
    /// Cycles of all loads but the resident ones.
    var loadCycles: Double
    /// Cycles of loads before the first tile.
    var residentLoadCycles: Double
    /// Cycles of all stores but the resident ones.
    var storeCycles: Double
    /// Cycles of stores behind the last tile.
    var residentStoreCycles: Double
    /// Cycles of the array or the vector unit, whichever takes longer.
    var workCycles: Double

    /// Cycles from the first load to the last store.
    var cycles: Double {
        let load = loadCycles / tileCount
        let store = storeCycles / tileCount
        let work = workCycles / tileCount
        let exposed = residentLoadCycles + load + store + residentStoreCycles
        guard tileCount > 1 else { return exposed + work }
        return exposed + max(work, load) + (tileCount - 2) * max(work, load + store)
            + max(work, store)
    }
}
