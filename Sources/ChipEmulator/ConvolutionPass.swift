import AcceleratorISA
import CDatapathKernels
import Glibc

/// What each worker thread needs to itself during a launch.
struct WorkerScratch {
    /// fp32 sums of one output row of a group of vectors.
    let sums: Floats
    /// fp32 sums of one padded row, where reflected padding folds.
    let folded: Floats?
    /// Loaded weights of one group of vectors, where weights do not stay.
    let weights: UnsafeMutableRawPointer?
    /// One row of bf16 values.
    let row: Lanes
    /// One padded row of bf16 values.
    let padded: Lanes
    /// Tap offsets of one output row.
    let offsets: UnsafeMutablePointer<Int32>
}

/// One direction of a convolution over a tile: sums of rows, then their epilogue.
struct ConvolutionPass {
    let kernels: UnsafePointer<dk_kernels>
    let schedule: ConvolutionSchedule
    let tile: ConvolutionTile
    let weights: WeightTiles
    let writer: EpilogueWriter
    /// Columns and rows by which reflected padding folds back onto the output; 0 without.
    let fold: Int
    let lastInputChannels: Int
    /// Weights that stay for the whole command, unless they are used in place.
    let residentWeights: UnsafeMutableRawPointer?
    let vectorsPerGroup: Int
    /// Real channels of the output.
    let outputChannels: Int

    /// An image's number in the maps, and in the tile.
    typealias ImagePlace = (image: Int, tile: Int)

    /// Whether a group's weights are loaded into a worker's scratch before it is computed.
    var streamsWeights: Bool { residentWeights == nil && !weights.areDirect }

    /// Groups of output vectors that are computed together.
    var groupCount: Int { (weights.outputBlocks + vectorsPerGroup - 1) / vectorsPerGroup }

    /// Vectors of a group.
    func vectors(of group: Int) -> Range<Int> {
        let first = group * vectorsPerGroup
        return first..<min(first + vectorsPerGroup, weights.outputBlocks)
    }

    /// Computes row `y` of the vectors of a group and writes it.
    func computeRow(
        _ y: Int,
        _ place: ImagePlace,
        group: Int,
        scratch: WorkerScratch
    ) {
        let vectors = vectors(of: group)
        let width = writer.map.width
        if fold == 0 {
            sum(y, vectors, width, place.tile, scratch, into: scratch.sums)
        } else {
            sumFolded(y, vectors, place.tile, scratch)
        }
        write(y..<y + 1, vectors, place.image, scratch)
    }

    /// Whether ``computeMap(_:group:scratch:)`` may be used: a map small
    /// enough for its sums to stay in cache, and the whole of it in the tile.
    var isSmall: Bool {
        fold == 0 && !tile.isThin && writer.map.width * writer.map.height <= Self.smallMapPixels
            && tile.slots >= schedule.inputRows(for: 0..<writer.map.height).count
    }

    /// Pixels up to which a map is summed as a whole, each weight once for all rows.
    static let smallMapPixels = 256

    /// Computes all rows of the vectors of a group and writes them.
    func computeMap(_ place: ImagePlace, group: Int, scratch: WorkerScratch) {
        let vectors = vectors(of: group)
        let (width, height) = (writer.map.width, writer.map.height)
        let (_, outputStep) = schedule.rowStride
        for parity in 0..<min(outputStep, height) {
            sum(
                parity,
                vectors,
                width,
                place.tile,
                scratch,
                into: scratch.sums + parity * width * 16,
                rows: height
            )
        }
        write(0..<height, vectors, place.image, scratch)
    }

    private func write(
        _ rows: Range<Int>,
        _ vectors: Range<Int>,
        _ image: Int,
        _ scratch: WorkerScratch
    ) {
        let width = writer.map.width
        for (index, vector) in vectors.enumerated() {
            for y in rows {
                let row = index * rows.count + y - rows.lowerBound
                writer.write(
                    sums: scratch.sums + row * width * 16,
                    values: nil,
                    image: image,
                    block: vector,
                    y: y,
                    spare: scratch.row
                )
            }
        }
    }

    /// Sums row `y`, or with `rows` that and every further row of its phase below `rows`, into
    /// `[vector][row][pixel]`; `out` is row `y`'s place.
    private func sum(
        _ y: Int,
        _ vectors: Range<Int>,
        _ width: Int,
        _ tileImage: Int,
        _ scratch: WorkerScratch,
        into out: Floats,
        rows: Int = 1
    ) {
        let base = schedule.rowBase(y)
        for phase in schedule.phases[y & 1] {
            let count = (width - phase.start + phase.step - 1) / phase.step
            guard count > 0 else { continue }
            guard !phase.taps.isEmpty else {
                clear(out, phase, vectors.count, width, from: rows == 1 ? 0 : y, rows)
                continue
            }
            for (index, tap) in phase.taps.enumerated() {
                let offset =
                    tile.slotOffset(base + tap.row) + tap.column * tile.pixelByteCount
                scratch.offsets[index] = Int32(offset)
            }
            let groupWeights = streamsWeights ? scratch.weights : nil
            let first = groupWeights == nil ? vectors.lowerBound : 0
            let loaded = groupWeights ?? residentWeights
            let loadedVectors = groupWeights == nil ? weights.outputBlocks : vectors.count
            var row = dk_convolution_row()
            row.tile = UnsafeRawPointer(tile.base + tileImage * tile.imageByteCount)
            row.block_stride = tile.blockByteCount
            row.tap_offset = UnsafePointer(scratch.offsets)
            row.taps = Int32(phase.taps.count)
            row.blocks = Int32(weights.inputBlocks)
            row.last_channels = Int32(lastInputChannels)
            row.weights = weights.tile(first, phase, base: loaded, vectors: loadedVectors)
            row.vector_stride = weights.vectorStride(phase)
            row.count = Int32(count)
            row.out = out + phase.start * 16
            row.out_pixel_stride = phase.step * 16
            if tile.isThin {
                row.pixel_stride = tile.planeByteCount
                row.vectors = Int32(outputChannels)
                kernels.pointee.convolution_row_thin(&row)
                continue
            }
            row.pixel_stride = schedule.pixelStep * tile.pixelByteCount
            row.vectors = Int32(vectors.count)
            row.out_vector_stride = rows * width * 16
            let (inputStep, outputStep) = schedule.rowStride
            kernels.pointee.convolution_rows(
                &row,
                rows == 1 ? 1 : Int32((rows - y + outputStep - 1) / outputStep),
                inputStep * tile.rowByteCount,
                outputStep * width * 16
            )
        }
    }

    /// Output pixels that no tap reaches are sums of nothing: +0.
    private func clear(
        _ out: Floats,
        _ phase: ConvolutionSchedule.Phase,
        _ vectors: Int,
        _ width: Int,
        from y: Int,
        _ rows: Int
    ) {
        for vector in 0..<vectors {
            for row in stride(from: 0, to: rows - y, by: schedule.rowStride.output) {
                for x in stride(from: phase.start, to: width, by: phase.step) {
                    memset(out + ((vector * rows + row) * width + x) * 16, 0, 64)
                }
            }
        }
    }

    /// Positions of the padded map, ascending, that reflect onto a position of the map.
    static func preimages(of position: Int, side: Int, fold: Int) -> [Int] {
        guard fold > 0 else { return [position] }
        var result: [Int] = []
        if position >= 1, position <= fold { result.append(fold - position) }
        result.append(position + fold)
        let mirrored = 2 * (side - 1) - position + fold
        if position <= side - 2, mirrored < side + 2 * fold { result.append(mirrored) }
        return result
    }

    private func sumFolded(
        _ y: Int,
        _ vectors: Range<Int>,
        _ tileImage: Int,
        _ scratch: WorkerScratch
    ) {
        guard let padded = scratch.folded else { return }
        let width = writer.map.width
        let paddedWidth = width + 2 * fold
        for (index, row) in Self.preimages(of: y, side: writer.map.height, fold: fold).enumerated()
        {
            sum(row, vectors, paddedWidth, tileImage, scratch, into: padded)
            for vector in 0..<vectors.count {
                for x in 0..<width {
                    let out = UnsafeMutableRawPointer(scratch.sums + (vector * width + x) * 16)
                    var value = SIMD16<Float>(repeating: 0)
                    if index > 0 { value = out.loadUnaligned(as: SIMD16<Float>.self) }
                    for column in Self.preimages(of: x, side: width, fold: fold) {
                        let term = UnsafeRawPointer(padded + (vector * paddedWidth + column) * 16)
                        value += term.loadUnaligned(as: SIMD16<Float>.self)
                    }
                    out.storeBytes(of: value, as: SIMD16<Float>.self)
                }
            }
        }
    }
}
