import AcceleratorISA
import CDatapathKernels
import Glibc

/// Input rows of a convolution in emulated SRAM, padded, in the kernels' element format.
///
/// ```
/// [image][channel block][row slot][left padding | pixels | right padding][16 channels]
/// ```
/// Rows live in `slots` places by row number modulo `slots`: rows that later output rows still
/// need stay where they are while new ones overwrite the oldest.
struct ConvolutionTile {
    let kernels: UnsafePointer<dk_kernels>
    let base: UnsafeMutableRawPointer
    let slots: Int
    let width: Int
    let leftPadding: Int
    let paddedWidth: Int
    let reflects: Bool
    let pixelByteCount: Int
    let rowByteCount: Int
    let blockByteCount: Int
    let imageByteCount: Int

    /// A tile with zero padding, or mirrored padding as wide as the row allows.
    init(
        kernels: UnsafePointer<dk_kernels>,
        scratch: Scratch,
        images: Int,
        map: MapView,
        slots: Int,
        schedule: ConvolutionSchedule,
        reflects: Bool
    ) {
        self.kernels = kernels
        self.slots = slots
        width = map.width
        leftPadding = schedule.leftPadding
        paddedWidth = schedule.paddedWidth
        self.reflects = reflects
        pixelByteCount = 16 * Int(kernels.pointee.tile_element_bytes)
        rowByteCount = paddedWidth * pixelByteCount
        blockByteCount = slots * rowByteCount
        imageByteCount = map.blocks * blockByteCount
        base = scratch.take(images * imageByteCount)
        memset(base, 0, images * imageByteCount)
    }

    /// Bytes from a block's first slot to a row's.
    @inline(__always)
    func slotOffset(_ y: Int) -> Int {
        // Rows start at no less than -7: the bias keeps the remainder positive.
        ((y + 64 * slots) % slots) * rowByteCount
    }

    /// Puts a row of `width` pixels into its slot, with its padding.
    func place(_ row: UnsafePointer<UInt16>, image: Int, block: Int, y: Int) {
        let start =
            base + image * imageByteCount + block * blockByteCount + slotOffset(y)
        let pixels = start + leftPadding * pixelByteCount
        kernels.pointee.place_row(pixels, row, Int32(width))
        guard reflects else { return }
        for distance in 0..<leftPadding {
            copyPixel(pixels, from: distance + 1, to: -1 - distance)
        }
        for distance in 0..<max(0, min(paddedWidth - leftPadding - width, width - 1)) {
            copyPixel(pixels, from: width - 2 - distance, to: width + distance)
        }
    }

    /// Makes a row outside the map: zeros.
    func placeZeros(image: Int, block: Int, y: Int) {
        let start = base + image * imageByteCount + block * blockByteCount + slotOffset(y)
        memset(start, 0, rowByteCount)
    }

    private func copyPixel(_ row: UnsafeMutableRawPointer, from: Int, to: Int) {
        memcpy(row + to * pixelByteCount, row + from * pixelByteCount, pixelByteCount)
    }
}
