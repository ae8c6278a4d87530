import AcceleratorISA
import FirmwareCore

/// What the multiplier array does for a command.
///
/// In a forward pass and in EP the array holds `pixels x channels` output values and takes one
/// input channel of one tap a cycle: pixels of a tile and output channels are rounded up to the
/// array's shape, input channels and taps are not. In WG it holds `outputs x inputs x taps`
/// gradient values and takes one pixel a cycle: channels and taps are rounded up, pixels are not.
/// Of the shapes that the array can be grouped into, a command takes the one of fewest cycles.
struct ArrayWork {
    /// Cycles in which the array multiplies.
    private(set) var cycles = StageCounts()
    /// Bytes of operands that it takes from SRAM: bf16, no reuse between cycles.
    private(set) var operandByteCount = StageCounts()

    private let multiplierCount: Int
    private let channelWidths: [Int]

    /// The work of a valid command, on an array that can be grouped into any of the widths.
    init(_ command: Command, _ tiling: ConvolutionTiling, _ profile: ChipProfile) {
        multiplierCount = profile.multiplierCount
        channelWidths = profile.channelWidths
        switch command.opcode {
        case .convolution: addForward(command, tiling)
        case .convolutionBackward: addBackward(command, tiling)
        case .elementwise, .compose, .interpolate, .loss, .optimizer, .reduce, .fill, .fence: break
        }
    }

    // MARK: Passes

    private mutating func addForward(_ command: Command, _ tiling: ConvolutionTiling) {
        guard let source = command.operands[.source],
            let destination = command.operands[.destination]
        else { return }
        let pass = MapPass(
            geometry: command.geometry,
            padding: command.geometry.padding,
            isPhased: command.geometry.direction == .scatter && command.geometry.stride == 2,
            inputChannels: source.channels,
            outputChannels: destination.channels,
            height: destination.height,
            width: destination.width,
            rowsPerTile: tiling.rowsPerTile,
            tiling: tiling
        )
        add(pass, command.stage)
    }

    private mutating func addBackward(_ command: Command, _ tiling: ConvolutionTiling) {
        guard let error = command.operands[.error] else { return }
        let geometry = command.geometry
        if let destination = command.operands[.destination] {
            // Gather layers scatter their error. What reflection folds back is summed apart.
            let scatters = geometry.direction == .gather
            let fold = geometry.paddingMode == .reflect ? geometry.padding : 0
            let pass = MapPass(
                geometry: geometry,
                padding: geometry.padding - fold,
                isPhased: scatters && geometry.stride == 2,
                inputChannels: error.channels,
                outputChannels: destination.channels,
                height: destination.height + 2 * fold,
                width: destination.width + 2 * fold,
                rowsPerTile: tiling.rowsPerTile * (scatters ? geometry.stride : 1),
                tiling: tiling
            )
            add(pass, .error)
        }
        if let gradient = command.operands[.weightGradient] {
            addWeightGradient(gradient, taps: geometry.tapCount, pixels: tiling.smallPixelCount)
        }
    }

    private mutating func add(_ pass: MapPass, _ stage: Stage) {
        var best = (cycles: Int.max, width: 1)
        for width in channelWidths {
            let cycles = pass.cycles(pixels: multiplierCount / width, channels: width)
            if cycles < best.cycles { best = (cycles, width) }
        }
        guard best.cycles < Int.max else { return }
        cycles[stage] &+= UInt64(best.cycles)
        let operands = multiplierCount / best.width + best.width
        operandByteCount[stage] &+= UInt64(best.cycles) &* UInt64(operands * 2)
    }

    private mutating func addWeightGradient(_ gradient: Tensor, taps: Int, pixels: Int) {
        var best = (cycles: Int.max, operands: 0)
        for outputs in channelWidths {
            for inputs in channelWidths where outputs * inputs <= multiplierCount {
                let group = multiplierCount / (outputs * inputs)
                let blocks =
                    ceilingQuotient(gradient.batch, outputs)
                    * ceilingQuotient(gradient.channels, inputs) * ceilingQuotient(taps, group)
                if pixels * blocks < best.cycles {
                    best = (pixels * blocks, outputs + inputs * group)
                }
            }
        }
        guard best.cycles < Int.max else { return }
        cycles.weightGradient &+= UInt64(best.cycles)
        operandByteCount.weightGradient &+= UInt64(best.cycles) &* UInt64(best.operands * 2)
    }
}

/// One pass that writes a map, cut into tiles.
private struct MapPass {
    let geometry: ConvolutionGeometry
    /// Padding of the pass: the geometry's, or 0 where the padded map is summed.
    let padding: Int
    /// Whether output pixels come in four phases by the parity of row and column, each with its
    /// own taps.
    let isPhased: Bool
    let inputChannels: Int
    let outputChannels: Int
    let height: Int
    let width: Int
    let rowsPerTile: Int
    let tiling: ConvolutionTiling

    /// Cycles of an array that holds `pixels x channels` values.
    func cycles(pixels: Int, channels: Int) -> Int {
        let whole = min(height / rowsPerTile, ceilingQuotient(height, rowsPerTile))
        let rest = height - whole * rowsPerTile
        var sum = whole * groupCycles(rows: rowsPerTile, pixels: pixels)
        if rest > 0 { sum += groupCycles(rows: rest, pixels: pixels) }
        return sum * ceilingQuotient(outputChannels, channels) * inputChannels
    }

    /// Cycles of a tile's rows over all images, for one channel group and one input channel.
    private func groupCycles(rows: Int, pixels: Int) -> Int {
        let images = tiling.imagesPerTile
        let rest = tiling.batch % images
        var sum = tiling.batch / images * tileCycles(rows, images, pixels)
        if rest > 0 { sum += tileCycles(rows, rest, pixels) }
        return sum
    }

    private func tileCycles(_ rows: Int, _ images: Int, _ pixels: Int) -> Int {
        guard isPhased else {
            return ceilingQuotient(rows * width * images, pixels) * geometry.tapCount
        }
        var sum = 0
        for row in 0..<2 {
            for column in 0..<2 {
                let count = Self.places(rows, parity: row) * Self.places(width, parity: column)
                let taps = taps(parity: row) * taps(parity: column)
                sum += ceilingQuotient(count * images, pixels) * taps
            }
        }
        return sum
    }

    /// How many of `0..<count` have a parity.
    private static func places(_ count: Int, parity: Int) -> Int { (count + 1 - parity) / 2 }

    /// Kernel rows, or columns, that meet output rows of a parity.
    private func taps(parity: Int) -> Int {
        Self.places(geometry.kernel, parity: (parity + padding) % 2)
    }
}
