/// Which output rows of an adjoint pass can be computed once input rows up to some row are there,
/// and how many input rows must stay for those that cannot.
struct OutputProgress {
    private let lower: [Int]
    private let upper: [Int]
    /// First input row that any output row needs, padding included.
    let firstInputRow: Int
    /// One past the last input row that any output row needs.
    let lastInputRow: Int
    private var next = 0

    /// `fold` is the reflected padding that folds back onto the output.
    init(schedule: ConvolutionSchedule, height: Int, fold: Int) {
        let ranges = (0..<height).map { y in
            ConvolutionPass.preimages(of: y, side: height, fold: fold)
                .map { schedule.inputRows(for: $0..<$0 + 1) }
                .reduce(schedule.inputRows(for: y + fold..<y + fold + 1)) {
                    min($0.lowerBound, $1.lowerBound)..<max($0.upperBound, $1.upperBound)
                }
        }
        // Rows that stay: what any later output needs; rows that must be there: what any earlier
        // one needed, so that outputs are computed in order.
        var least = Int.max
        lower = ranges.reversed().map { range in
            least = min(least, range.lowerBound)
            return least
        }.reversed()
        var most = Int.min
        upper = ranges.map { range in
            most = max(most, range.upperBound)
            return most
        }
        firstInputRow = lower.first ?? 0
        lastInputRow = upper.last ?? 0
    }

    /// Starts over, for the next image.
    mutating func reset() { next = 0 }

    /// Output rows that input rows below `inputEnd` complete.
    mutating func advance(inputEnd: Int) -> Range<Int> {
        let first = next
        while next < upper.count, upper[next] <= inputEnd { next += 1 }
        return first..<next
    }

    /// Row slots needed when input rows arrive up to each of `inputEnds` in turn.
    mutating func slotCount(inputEnds: [Int]) -> Int {
        reset()
        var most = 1
        for end in inputEnds {
            if next < lower.count { most = max(most, end - lower[next]) }
            _ = advance(inputEnd: end)
        }
        return most
    }
}
