import AcceleratorISA
import CDatapathKernels
import Glibc

/// The weight gradient of a backward pass: packed rows of both sides, and sums over bands.
struct WeightGradientRun {
    let datapath: EmulatedDatapath
    let kernels: UnsafePointer<dk_kernels>
    let gradient: Floats
    let outputBlocks: Int
    let inputBlocks: Int
    let inputChannels: Int
    let kernel: Int
    let stride: Int
    let padding: Int
    let reflects: Bool
    let bandRows: Int
    let smallWidth: Int
    let largeWidth: Int
    /// Pixels of a packed large row: what the taps of a small row reach.
    let largeCount: Int
    let accumulates: Bool
    /// Real channels of the small side.
    let smallChannels: Int
    var small: WeightGradientBuffer
    var large: WeightGradientBuffer
    /// One past the last source row that was packed.
    var sourceEnd: Int
    /// Whether no tile was summed yet: its first band replaces the gradient.
    var isFirstTile = true

    init(
        datapath: EmulatedDatapath,
        gradient: Tensor,
        geometry: ConvolutionGeometry,
        smallMap: MapView,
        largeMap: MapView,
        images: Int,
        rowsPerTile: Int,
        bandRows: Int,
        accumulates: Bool
    ) {
        self.datapath = datapath
        kernels = datapath.kernels
        self.gradient = datapath.floats(gradient)
        outputBlocks = gradient.outputBlocks
        inputBlocks = gradient.channelBlocks
        inputChannels = gradient.channels
        kernel = geometry.kernel
        stride = geometry.stride
        padding = geometry.padding
        reflects = geometry.paddingMode == .reflect
        self.bandRows = bandRows
        smallWidth = smallMap.width
        largeWidth = largeMap.width
        largeCount = (smallMap.width - 1) * geometry.stride + geometry.kernel
        smallChannels = gradient.batch
        self.accumulates = accumulates
        let scratch = datapath.scratch
        small = WeightGradientBuffer(
            scratch: scratch,
            images: images,
            blocks: smallMap.blocks,
            rowByteCount: kernels.pointee.small_row_bytes(Int32(smallMap.width)),
            rowCapacity: rowsPerTile,
            firstRow: 0
        )
        large = WeightGradientBuffer(
            scratch: scratch,
            images: images,
            blocks: largeMap.blocks,
            rowByteCount: kernels.pointee.large_row_bytes(Int32(largeCount), Int32(stride)),
            rowCapacity: (rowsPerTile - 1) * geometry.stride + geometry.kernel,
            firstRow: -geometry.padding
        )
        sourceEnd = 0
        guard !accumulates else { return }
        if isThin {
            memset(self.gradient, 0, Int(gradient.byteCount))
        } else {
            clearUnusedChannels(gradient)
        }
    }

    /// Whether the small side has so few channels that the large side's go into the lanes instead.
    private var isThin: Bool { smallChannels <= 8 }

    /// Places past I are never summed: they hold zero from the start.
    private func clearUnusedChannels(_ tensor: Tensor) {
        let used = inputChannels % 16
        guard used != 0 else { return }
        for o in 0..<outputBlocks {
            for tap in 0..<kernel * kernel {
                let tile = ((o * inputBlocks + inputBlocks - 1) * kernel * kernel + tap) * 256
                memset(gradient + tile + used * 16, 0, (16 - used) * 64)
            }
        }
    }

    /// Starts the next images.
    mutating func reset(_ geometry: ConvolutionGeometry) {
        small.firstRow = 0
        large.firstRow = -geometry.padding
        sourceEnd = Int.min
    }

    /// Moves both windows to a tile of small rows.
    mutating func advance(to rows: Range<Int>, _ geometry: ConvolutionGeometry, pool: WorkerPool) {
        let first = rows.lowerBound * stride - padding
        let previousEnd = (rows.lowerBound - 1) * stride - padding + kernel
        large.advance(to: first, end: rows.lowerBound == 0 ? first : previousEnd, pool: pool)
        small.firstRow = rows.lowerBound
    }

    /// Source rows that a tile packs anew.
    func sourceRows(
        _ rows: Range<Int>,
        _ geometry: ConvolutionGeometry,
        errorIsSmall: Bool
    ) -> Range<Int> {
        guard errorIsSmall else { return rows }
        let end = (rows.upperBound - 1) * stride - padding + kernel
        return max(rows.lowerBound * stride - padding, sourceEnd)..<end
    }

    /// Packs a row of one side.
    ///
    /// `interior` is where a padded row's own pixels stand in the worker's scratch; the row may
    /// already be there.
    func pack(
        _ row: UnsafePointer<UInt16>,
        isSmall: Bool,
        _ image: Int,
        _ block: Int,
        _ y: Int,
        interior: Lanes
    ) {
        if isSmall {
            guard y >= small.firstRow, y < small.firstRow + small.rowCapacity else { return }
            kernels.pointee.pack_small_row(small.row(image, block, y), row, Int32(smallWidth))
            return
        }
        guard y >= large.firstRow, y < large.firstRow + large.rowCapacity else { return }
        if row != UnsafePointer(interior) { memcpy(interior, row, largeWidth * 32) }
        let start = interior - padding * 16
        let right = max(0, largeCount - padding - largeWidth)
        if reflects {
            for distance in 1...max(1, padding) where distance <= padding {
                memcpy(interior - distance * 16, interior + distance * 16, 32)
            }
            for distance in 0..<min(right, largeWidth - 1) {
                let from = interior + (largeWidth - 2 - distance) * 16
                memcpy(interior + (largeWidth + distance) * 16, from, 32)
            }
        } else {
            memset(start, 0, padding * 32)
            memset(interior + largeWidth * 16, 0, right * 32)
        }
        let out = large.row(image, block, y)
        kernels.pointee.pack_large_row(out, start, Int32(largeCount), Int32(stride))
    }

    /// Makes a large row outside the map: zeros.
    func packZeros(_ image: Int, _ block: Int, _ y: Int) {
        guard y >= large.firstRow, y < large.firstRow + large.rowCapacity else { return }
        memset(large.row(image, block, y), 0, large.rowByteCount)
    }

    // MARK: Summing

    private var vectorGroups: Int { (outputBlocks + 1) / 2 }

    /// Work items of a tile: pairs of output vectors, input blocks, kernel rows.
    var itemCount: Int { vectorGroups * inputBlocks * kernel }

    /// Sums one work item over all bands and images of the tile.
    func run(_ item: Int, _ rows: Range<Int>, _ images: Range<Int>, _ owner: BackwardRun) {
        let ky = item % kernel
        let block = item / kernel % inputBlocks
        let vector = item / kernel / inputBlocks * 2
        let area = kernel * kernel
        var job = dk_weight_gradient()
        job.small_row_stride = small.rowByteCount
        job.small_vector_stride = small.blockByteCount
        job.vectors = Int32(min(2, outputBlocks - vector))
        job.large_row_stride = large.rowByteCount
        job.count = Int32(smallWidth)
        job.large_count = Int32(largeCount)
        job.kernel = Int32(kernel)
        job.stride = Int32(stride)
        job.channels = Int32(min(16, inputChannels - block * 16))
        job.first_kernel_row = Int32(ky)
        job.kernel_rows = 1
        job.gradient = gradient + (vector * inputBlocks + block) * area * 256
        job.gradient_vector_stride = inputBlocks * area * 256
        for image in 0..<images.count {
            for band in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: bandRows) {
                let first = isFirstTile && image == 0 && band == rows.lowerBound && !isThin
                job.replaces = first && !accumulates ? 1 : 0
                job.small = UnsafeRawPointer(small.row(image, vector, band))
                job.large = UnsafeRawPointer(large.row(image, block, band * stride - padding))
                job.rows = Int32(min(bandRows, rows.upperBound - band))
                if isThin {
                    kernels.pointee.weight_gradient_thin(&job, Int32(smallChannels))
                } else {
                    kernels.pointee.weight_gradient(&job)
                }
            }
        }
    }
}
