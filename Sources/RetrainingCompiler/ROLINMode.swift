/// How much of an instance norm is done where its map passes through the chip anyway.
///
/// A norm needs statistics of a whole map before its first value can be normalised. ROLIN takes
/// them while the map is written and applies them while it is read, so that neither costs a pass
/// of its own. Maps moved (reads and writes) for one norm, and for the norm at the end of a
/// residual block; a network's first and last layers move a few more:
///
/// ```
///                      forward              error
///                      norm   end of block  norm   end of block
/// off                  5      8             7      10
/// apply-fused          3      5             5      6
/// full                 2      4             4      5
/// ```
/// The passes are those that ``ForwardPass`` and ``BackwardPass`` append. All modes compute the
/// same bits: only what passes through device DRAM on the way differs.
package enum ROLINMode: String, Sendable, CaseIterable {
    /// Statistics, normalisation and residual addition are passes of their own.
    case off
    /// Norm, activation and residual addition happen as the next layer reads; statistics are a pass
    /// of their own.
    case applyFused = "apply-fused"
    /// Besides, statistics are taken as the map is written.
    case full
}
