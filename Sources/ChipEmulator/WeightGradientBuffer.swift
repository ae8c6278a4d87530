import AcceleratorISA
import CDatapathKernels
import Glibc

/// Packed rows of one side of a weight gradient in emulated SRAM:
/// `[image][channel block][row]`, rows of a window in order.
///
/// The small side holds the rows of one tile; the large side also the rows that the next tile
/// needs again, which ``advance(by:)`` moves to the front.
struct WeightGradientBuffer {
    let base: UnsafeMutableRawPointer
    let images: Int
    let blocks: Int
    let rowByteCount: Int
    /// Rows of the window.
    let rowCapacity: Int
    /// Row of the (padded) map that stands first in the window.
    var firstRow: Int

    init(
        scratch: Scratch,
        images: Int,
        blocks: Int,
        rowByteCount: Int,
        rowCapacity: Int,
        firstRow: Int
    ) {
        self.images = images
        self.blocks = blocks
        self.rowByteCount = rowByteCount
        self.rowCapacity = rowCapacity
        self.firstRow = firstRow
        base = scratch.take(images * blocks * rowCapacity * rowByteCount)
    }

    /// Where a row of a block is packed.
    func row(_ image: Int, _ block: Int, _ y: Int) -> UnsafeMutableRawPointer {
        base + ((image * blocks + block) * rowCapacity + y - firstRow) * rowByteCount
    }

    /// Bytes between channel blocks.
    var blockByteCount: Int { rowCapacity * rowByteCount }

    /// Makes `row` the window's first, keeping the rows from there to `end`.
    mutating func advance(to row: Int, end: Int, pool: WorkerPool) {
        let kept = max(0, end - row)
        if kept > 0, row > firstRow {
            let (base, bytes) = (self, kept * rowByteCount)
            pool.run(images * blocks) { item, _ in
                let block = base.row(item / base.blocks, item % base.blocks, base.firstRow)
                memmove(block, block + (row - base.firstRow) * base.rowByteCount, bytes)
            }
        }
        firstRow = row
    }
}
