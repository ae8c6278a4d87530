import AcceleratorISA
import FirmwareCore

/// The tiles of a convolution: a plan laid over all rows of all images.
struct ConvolutionTiling {
    /// Rows of the map that tiles divide.
    let rowCount: Int
    /// Rows of a tile, at most ``rowCount``.
    let rowsPerTile: Int
    /// Images.
    let batch: Int
    /// Images that share a tile where it holds all rows.
    let imagesPerTile: Int
    /// Tiles as a device counts weights and gradients that do not stay: images apart in a backward
    /// pass.
    let planTileCount: Int
    /// Rows of a weight gradient's band.
    let bandRows: Int
    /// Pixels of the small map, all images.
    let smallPixelCount: Int

    /// Bytes of map that images share a tile up to: the emulated device's figure.
    private static let sharedTileByteCount = 1 << 20

    /// The tiles of a forward pass: rows of the written map.
    init(forward command: Command, _ plan: TilePlan) {
        let source = command.operands[.source] ?? .none
        let destination = command.operands[.destination] ?? .none
        let small = command.geometry.direction == .gather ? destination : source
        self.init(rowCount: destination.height, plan, sharing: source, small: small)
    }

    /// The tiles of a backward pass: rows of the small map.
    init(backward command: Command, _ plan: TilePlan) {
        let error = command.operands[.error] ?? .none
        let other = command.operands[.source] ?? command.operands[.destination]
        let small = command.geometry.direction == .gather ? error : other ?? error
        self.init(rowCount: small.height, plan, sharing: error, small: small)
    }

    private init(rowCount: Int, _ plan: TilePlan, sharing map: Tensor, small: Tensor) {
        self.rowCount = rowCount
        batch = map.batch
        rowsPerTile = max(1, min(plan.rowsPerTile, rowCount))
        let fitting = Self.sharedTileByteCount / max(1, Int(map.imageByteCount))
        imagesPerTile = rowsPerTile == rowCount ? max(1, min(map.batch, fitting)) : 1
        planTileCount = ceilingQuotient(rowCount, max(1, plan.rowsPerTile)) * map.batch
        bandRows = max(1, Limits.weightGradientBandPixels / max(1, small.width))
        smallPixelCount = small.pixelCount
    }

    /// Tiles of the whole command.
    var tileCount: Int {
        ceilingQuotient(rowCount, rowsPerTile) * ceilingQuotient(batch, imagesPerTile)
    }

    /// Runs of source rows that the emulated device loads for the weight gradient of an image.
    var bandTileCount: Int { ceilingQuotient(rowCount, min(bandRows, rowCount)) }

    /// Bands that are summed apart, over all images.
    var bandCount: Int { bandTileCount * batch }
}

/// `numerator / denominator` rounded up, for numbers above zero.
@inline(__always)
func ceilingQuotient(_ numerator: Int, _ denominator: Int) -> Int {
    (numerator + denominator - 1) / denominator
}

extension Tensor {
    /// What stands for an operand that a valid command has.
    static let none = Tensor(address: 0, batch: 1, channels: 1, layout: .map, kind: .featureMap)
}
