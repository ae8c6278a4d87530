/// How a convolution is cut into tiles so that what it works on fits into SRAM.
///
/// Maps stay while weights move: a tile is a band of rows with all its channels, so every map row
/// is read from DRAM once, whatever SRAM holds. Weights are read once if they stay resident,
/// otherwise once a tile; likewise weight gradients.
public struct TilePlan: Equatable, Sendable {
    /// Rows of a tile: of the written map in a forward pass, of the small map in a backward one
    /// (then a whole number of weight-gradient bands, if weights are trained).
    public var rowsPerTile: Int
    /// Whether all weights stay in SRAM for the whole command.
    public var keepsWeights: Bool
    /// Whether the weight gradient stays in SRAM until the command ends; otherwise each tile after
    /// the first reads and writes it.
    public var keepsGradient: Bool

    /// A plan.
    public init(rowsPerTile: Int, keepsWeights: Bool, keepsGradient: Bool) {
        self.rowsPerTile = rowsPerTile
        self.keepsWeights = keepsWeights
        self.keepsGradient = keepsGradient
    }
}
