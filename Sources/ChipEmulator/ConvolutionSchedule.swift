import AcceleratorISA

/// Which input pixels and weights make up a row of output, in the order in which the contract sums
/// them.
///
/// A schedule sees every convolution as a list of taps on an input tile: forward or adjoint,
/// stride 1 or 2. A stride-2 adjoint has two column phases a row, each with its own taps.
struct ConvolutionSchedule {
    /// One tap: input row relative to ``rowBase(_:)``, tile column of output pixel 0, and the
    /// kernel place (`ky * kernel + kx`) of its weight.
    struct Tap {
        let row: Int
        let column: Int
        let weight: Int
    }

    /// Output pixels `start, start + step, ...` and the taps they share.
    struct Phase {
        let start: Int
        let step: Int
        let taps: [Tap]
        /// Place of the phase's first weight tile among all taps of all phases.
        let weightOffset: Int
    }

    /// Phases by parity of the output row; both the same at output step 1.
    let phases: [[Phase]]
    /// Columns of padding left of the input's first pixel in the tile.
    let leftPadding: Int
    /// Pixels of a tile row.
    let paddedWidth: Int
    /// Tile pixels between the inputs of consecutive output pixels of a phase.
    let pixelStep: Int
    /// All taps of all phases: weight tiles of one (output vector, input block).
    let tapCount: Int
    let minimumRow: Int
    let maximumRow: Int
    private let rowStep: (multiplier: Int, divisor: Int, offset: Int)

    /// Reads the large map, writes the small one.
    static func gather(_ geometry: ConvolutionGeometry, inputWidth: Int, outputWidth: Int) -> Self {
        let kernel = geometry.kernel
        var taps: [Tap] = []
        for ky in 0..<kernel {
            for kx in 0..<kernel {
                taps.append(Tap(row: ky, column: kx, weight: ky * kernel + kx))
            }
        }
        let reach = (outputWidth - 1) * geometry.stride + kernel
        let phase = Phase(start: 0, step: 1, taps: taps, weightOffset: 0)
        return ConvolutionSchedule(
            phases: [[phase], [phase]],
            leftPadding: geometry.padding,
            paddedWidth: max(inputWidth + 2 * geometry.padding, reach),
            pixelStep: geometry.stride,
            rowStep: (geometry.stride, 1, -geometry.padding)
        )
    }

    /// Reads the small map, writes the large one, with `padding` in place of the geometry's.
    static func scatter(
        _ geometry: ConvolutionGeometry,
        padding: Int,
        inputWidth: Int,
        outputWidth: Int
    ) -> Self {
        geometry.stride == 1
            ? scatterUnstrided(geometry.kernel, padding, inputWidth, outputWidth)
            : scatterPhased(geometry.kernel, padding, inputWidth, outputWidth)
    }

    private static func scatterUnstrided(
        _ kernel: Int,
        _ padding: Int,
        _ inputWidth: Int,
        _ outputWidth: Int
    ) -> Self {
        let left = kernel - 1 - padding
        var taps: [Tap] = []
        for row in 0..<kernel {
            for column in 0..<kernel {
                let weight = (kernel - 1 - row) * kernel + (kernel - 1 - column)
                taps.append(Tap(row: row, column: column, weight: weight))
            }
        }
        let phase = Phase(start: 0, step: 1, taps: taps, weightOffset: 0)
        return ConvolutionSchedule(
            phases: [[phase], [phase]],
            leftPadding: left,
            paddedWidth: max(inputWidth + left, outputWidth - 1 + kernel),
            pixelStep: 1,
            rowStep: (1, 1, -left)
        )
    }

    private static func scatterPhased(
        _ kernel: Int,
        _ padding: Int,
        _ inputWidth: Int,
        _ outputWidth: Int
    ) -> Self {
        let left = max(0, (kernel - padding) / 2)
        var offset = 0
        let phases = (0..<2).map { rowParity in
            (0..<2).map { start in
                var taps: [Tap] = []
                for ky in 0..<kernel where (rowParity + padding - ky) % 2 == 0 {
                    for kx in 0..<kernel where (start + padding - kx) % 2 == 0 {
                        let row = (rowParity + padding - ky) / 2
                        let column = (start + padding - kx) / 2 + left
                        taps.append(Tap(row: row, column: column, weight: ky * kernel + kx))
                    }
                }
                defer { offset += taps.count }
                return Phase(start: start, step: 2, taps: taps, weightOffset: offset)
            }
        }
        return ConvolutionSchedule(
            phases: phases,
            leftPadding: left,
            paddedWidth: left + max(inputWidth, (outputWidth + padding) / 2 + 1),
            pixelStep: 1,
            rowStep: (1, 2, 0)
        )
    }

    private init(
        phases: [[Phase]],
        leftPadding: Int,
        paddedWidth: Int,
        pixelStep: Int,
        rowStep: (multiplier: Int, divisor: Int, offset: Int)
    ) {
        self.phases = phases
        self.leftPadding = leftPadding
        self.paddedWidth = paddedWidth
        self.pixelStep = pixelStep
        self.rowStep = rowStep
        let distinct = rowStep.divisor == 2 ? phases.flatMap { $0 } : phases[0]
        tapCount = distinct.reduce(0) { $0 + $1.taps.count }
        let rows = distinct.flatMap { $0.taps.map(\.row) }
        minimumRow = rows.min() ?? 0
        maximumRow = rows.max() ?? 0
    }

    /// The input row that tap row 0 of output row `y` reads.
    @inline(__always)
    func rowBase(_ y: Int) -> Int { y * rowStep.multiplier / rowStep.divisor + rowStep.offset }

    /// Input rows between the inputs of output rows that have the same taps, and output rows
    /// between those.
    var rowStride: (input: Int, output: Int) {
        rowStep.divisor == 2 ? (1, 2) : (rowStep.multiplier, 1)
    }

    /// Input rows that output rows `rows` read, outside the map included.
    func inputRows(for rows: Range<Int>) -> Range<Int> {
        let first = rowBase(rows.lowerBound) + minimumRow
        return first..<rowBase(rows.upperBound - 1) + maximumRow + 1
    }
}
