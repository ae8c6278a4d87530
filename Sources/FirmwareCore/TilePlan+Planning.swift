public import AcceleratorISA

/// Planning: what of a command must be in SRAM at once, and the largest tile for which it fits.
///
/// ```
/// forward    | input rows of the tile, all channels, bf16 | weights | sums |
/// backward   | small rows | large rows | weights | weight gradient | band sums | sums |
/// ```
/// - Map rows: those the tile touches, halo included, at most the map's height. In a backward pass
///   a side counts only where it is read: the error always, with its halo for `destination`; the
///   layer's input for `weightGradient`. What meets a map value for value (skips, masks, a norm's
///   output) streams through the pipeline's registers and takes no SRAM.
/// - Sums: two rows of one 32-channel group of the written map, fp32.
/// - Weights: all of them; or two buffers of one 16-channel output group (one is used, one is
///   filled); or, for layers too deep for that, two buffers of the taps of one 16 x 16 block, and
///   then the sums of the whole tile's 32-channel group stay, since input blocks come one by one.
/// - Weight gradient: all of it; or one 16 x 16 block. The band sums of one block are extra.
///   What stays for the whole command (weights, gradient) takes at most half of SRAM.
///
/// Of these choices the first that lets a tile fit is taken: all resident, then the gradient
/// alone (a tile costs a read and a write of it), then the weights alone, then neither. Tiles are
/// the largest that fit, up to 8192 pixels of a forward pass's map or 4096 of a backward pass's
/// small map. With a weight gradient they are whole bands. Where not even one band fits, the rows
/// of a band stream through SRAM past the sums of the current block and `rowsPerTile` is the rows
/// resident at a time, fewer than a band: sums run over the same rows in the same order, so the
/// bits do not depend on the plan. All other commands work row by row and always fit.
extension TilePlan {
    /// Most pixels of the written map in a tile of a forward pass, if a row has no more.
    public static let maximumForwardPixels = 8192
    /// Most pixels of the small map in a tile of a backward pass, if a band has no more.
    public static let maximumBackwardPixels = 4096

    /// Plans a command whose operands and shapes are valid.
    ///
    /// - Throws: `.sramOverflow` when one row does not fit.
    public init(planning command: Command, sramByteCount: UInt64) throws(CommandFault) {
        let budget: SRAMBudget?
        switch command.opcode {
        case .convolution: budget = SRAMBudget(forward: command)
        case .convolutionBackward: budget = SRAMBudget(backward: command)
        case .elementwise, .compose, .interpolate, .loss, .optimizer, .reduce, .fill, .fence:
            budget = nil
        }
        guard let budget else {
            self.init(rowsPerTile: 1, keepsWeights: true, keepsGradient: true)
            return
        }
        self = try budget.plan(sramByteCount: sramByteCount)
    }
}

/// What a convolution needs in SRAM, as a function of rows and of what stays.
struct SRAMBudget {
    /// Where weights are while they are used.
    private enum WeightStorage {
        case resident
        case outputGroups
        case blocks
    }

    /// Rows of the map that tiles divide, and the unit tiles are whole numbers of.
    private let rowCount: Int
    private let rowUnit: Int
    private let maximumRows: Int
    /// Side whose rows equal the tile's: the written map forward, the small map backward.
    private var inputs: (tile: RowDemand, other: RowDemand)
    /// Bytes of two rows, and of one row, of the written map's sums; 0 when no map is written.
    private var sumByteCountPerRow: UInt64
    private var weightByteCount: UInt64
    private var weightGroupByteCount: UInt64
    private var weightBlockByteCount: UInt64
    private var gradientByteCount: UInt64
    private var gradientBlockByteCount: UInt64
    private var sumRowsPerTileRow: Int

    /// Rows of one map that a tile of `rows` rows reads: `(rows * scale + extra) / divisor + 1`.
    private struct RowDemand {
        var byteCountPerRow: UInt64 = 0
        var scale = 1
        var extra = -1
        var divisor = 1
        var height = 1

        func byteCount(rows: Int) -> UInt64 {
            let touched = (rows * scale + extra) / divisor + 1
            return byteCountPerRow * UInt64(min(touched, height))
        }
    }

    private static func rowByteCount(_ map: Tensor) -> UInt64 {
        UInt64(map.channelBlocks) * UInt64(map.width) * 32
    }

    private static func sumByteCountPerRow(_ map: Tensor) -> UInt64 {
        UInt64(min(map.channelBlocks, 2)) * UInt64(map.width) * 64
    }
}

// MARK: - Demands

extension SRAMBudget {
    /// The large map's rows under `rows` rows of the small one.
    private static func large(_ map: Tensor, _ geometry: ConvolutionGeometry) -> RowDemand {
        RowDemand(
            byteCountPerRow: rowByteCount(map),
            scale: geometry.stride,
            extra: geometry.kernel - geometry.stride - 1,
            height: map.height
        )
    }

    /// The small map's rows that meet `rows * scale` rows of the large one.
    private static func small(
        _ map: Tensor,
        _ geometry: ConvolutionGeometry,
        scale: Int
    ) -> RowDemand {
        RowDemand(
            byteCountPerRow: rowByteCount(map),
            scale: scale,
            extra: geometry.kernel - 2,
            divisor: geometry.stride,
            height: map.height
        )
    }

    private static func same(_ map: Tensor) -> RowDemand {
        RowDemand(byteCountPerRow: rowByteCount(map), height: map.height)
    }

    private mutating func use(weights: Tensor, gather: Bool) {
        let taps = UInt64(weights.height * weights.width)
        weightByteCount = weights.byteCount
        weightBlockByteCount = 512 * taps
        let depth = gather ? weights.channelBlocks : weights.outputBlocks
        weightGroupByteCount = weightBlockByteCount * UInt64(depth)
    }

    private init(rowCount: Int, rowUnit: Int, maximumRows: Int) {
        self.rowCount = rowCount
        self.rowUnit = rowUnit
        self.maximumRows = maximumRows
        inputs = (RowDemand(), RowDemand())
        sumByteCountPerRow = 0
        weightByteCount = 0
        weightGroupByteCount = 0
        weightBlockByteCount = 0
        gradientByteCount = 0
        gradientBlockByteCount = 0
        sumRowsPerTileRow = 1
    }

    /// The needs of a forward pass; nil without its maps.
    init?(forward command: Command) {
        guard let source = command.operands[.source],
            let destination = command.operands[.destination],
            let weights = command.operands[.weights]
        else { return nil }
        let isGather = command.geometry.direction == .gather
        self.init(
            rowCount: destination.height,
            rowUnit: 1,
            maximumRows: max(1, TilePlan.maximumForwardPixels / destination.width)
        )
        inputs.other =
            isGather
            ? Self.large(source, command.geometry)
            : Self.small(source, command.geometry, scale: 1)
        sumByteCountPerRow = Self.sumByteCountPerRow(destination)
        use(weights: weights, gather: isGather)
    }

    /// The needs of a backward pass; nil without an error.
    init?(backward command: Command) {
        guard let error = command.operands[.error] else { return nil }
        let geometry = command.geometry
        let isGather = geometry.direction == .gather
        let input = command.operands[.source] ?? command.operands[.destination]
        // A bias gradient alone goes over the error's rows.
        let small = isGather ? error : input ?? error
        let trainsWeights = command.has(.weightGradient)
        let band = trainsWeights ? max(1, Limits.weightGradientBandPixels / small.width) : 1
        self.init(
            rowCount: small.height,
            rowUnit: band,
            maximumRows: max(band, TilePlan.maximumBackwardPixels / small.width / band * band)
        )
        let writesMap = command.has(.destination)
        if isGather {
            inputs.tile =
                writesMap ? Self.small(error, geometry, scale: geometry.stride) : Self.same(error)
            if trainsWeights, let input { inputs.other = Self.large(input, geometry) }
            sumRowsPerTileRow = geometry.stride
        } else {
            inputs.other = input == nil ? Self.same(error) : Self.large(error, geometry)
            if trainsWeights, let input { inputs.tile = Self.same(input) }
        }
        if let destination = command.operands[.destination] {
            sumByteCountPerRow = Self.sumByteCountPerRow(destination)
        }
        if let weights = command.operands[.weights] { use(weights: weights, gather: !isGather) }
        if let gradient = command.operands[.weightGradient] {
            gradientByteCount = gradient.byteCount
            gradientBlockByteCount = 1024 * UInt64(gradient.height * gradient.width)
        }
    }
}

// MARK: - Choice

extension SRAMBudget {
    /// Bytes in SRAM while a tile of `rows` rows is worked on.
    private func byteCount(
        rows: Int,
        weights: WeightStorage,
        keepsGradient: Bool
    ) -> UInt64 {
        var sum = inputs.tile.byteCount(rows: rows) + inputs.other.byteCount(rows: rows)
        var sumRows = 2
        switch weights {
        case .resident: sum += weightByteCount
        case .outputGroups: sum += min(2 * weightGroupByteCount, weightByteCount)
        case .blocks:
            sum += min(2 * weightBlockByteCount, weightByteCount)
            sumRows = max(2, rows * sumRowsPerTileRow)
        }
        sum += UInt64(sumRows) * sumByteCountPerRow
        // The gradient of the block at hand, or all of it, and the band sums of one block.
        sum += keepsGradient ? gradientByteCount : min(gradientBlockByteCount, gradientByteCount)
        return sum + gradientBlockByteCount
    }

    /// The most rows that fit, a multiple of `unit`; nil when not even `unit` rows do.
    private func largestRows(
        unit: Int,
        weights: WeightStorage,
        keepsGradient: Bool,
        sramByteCount: UInt64
    ) -> Int? {
        var fitting = 0
        var unitCount = max(1, (min(rowCount, maximumRows) + unit - 1) / unit)
        // Bytes grow with rows: halve the interval between what fits and what does not.
        var failing = unitCount + 1
        while fitting + 1 < failing {
            let needed = byteCount(
                rows: unitCount * unit,
                weights: weights,
                keepsGradient: keepsGradient
            )
            if needed <= sramByteCount { fitting = unitCount } else { failing = unitCount }
            unitCount = (fitting + failing) / 2
        }
        return fitting == 0 ? nil : min(fitting * unit, rowCount)
    }

    /// The first choice of what stays for which whole units fit, or else single rows.
    func plan(sramByteCount: UInt64) throws(CommandFault) -> TilePlan {
        let half = sramByteCount / 2
        var unit = rowUnit
        while true {
            for choice in 0..<5 {
                let weights: WeightStorage
                switch choice {
                case 0, 2: weights = .resident
                case 1, 3: weights = .outputGroups
                default: weights = .blocks
                }
                let keepsGradient = choice < 2 || gradientByteCount == 0
                var residentByteCount = keepsGradient ? gradientByteCount : 0
                if weights == .resident { residentByteCount += weightByteCount }
                guard residentByteCount <= half || residentByteCount == 0 else { continue }
                let rows = largestRows(
                    unit: unit,
                    weights: weights,
                    keepsGradient: keepsGradient,
                    sramByteCount: sramByteCount
                )
                guard let rows else { continue }
                return TilePlan(
                    rowsPerTile: rows,
                    keepsWeights: weights == .resident || weightByteCount == 0,
                    keepsGradient: keepsGradient
                )
            }
            guard unit > 1 else { throw CommandFault(.sramOverflow) }
            unit = 1
        }
    }
}
