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
///
/// For passes with few output channels a row lies the other way round, pixels in the lanes:
/// `[channel or pair of channels][pixel]`, as the thin kernels want it.
struct ConvolutionTile {
    let kernels: UnsafePointer<dk_kernels>
    let base: UnsafeMutableRawPointer
    let slots: Int
    let width: Int
    let leftPadding: Int
    let paddedWidth: Int
    let reflects: Bool
    let isThin: Bool
    /// First row that is ever placed; it has slot 0.
    let firstRow: Int
    /// Bytes between the columns of neighbouring pixels.
    let pixelByteCount: Int
    /// Bytes between the planes of a thin row.
    let planeByteCount: Int
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
        reflects: Bool,
        isThin: Bool
    ) {
        self.kernels = kernels
        self.slots = slots
        width = map.width
        leftPadding = schedule.leftPadding
        paddedWidth = schedule.paddedWidth
        self.reflects = reflects
        self.isThin = isThin
        firstRow = schedule.inputRows(for: 0..<1).lowerBound
        let elementByteCount = Int(kernels.pointee.tile_element_bytes)
        pixelByteCount = isThin ? 4 : 16 * elementByteCount
        planeByteCount = isThin ? kernels.pointee.thin_plane_bytes(Int32(paddedWidth)) : 0
        rowByteCount = isThin ? 4 * elementByteCount * planeByteCount : paddedWidth * pixelByteCount
        blockByteCount = slots * rowByteCount
        imageByteCount = map.blocks * blockByteCount
        base = scratch.take(images * imageByteCount)
        memset(base, 0, images * imageByteCount)
    }

    /// Bytes from a block's first slot to a row's.
    @inline(__always)
    func slotOffset(_ y: Int) -> Int { ((y - firstRow) % slots) * rowByteCount }

    /// Puts a row of `width` pixels into its slot, with its padding.
    ///
    /// `spare` has room for a padded row and is used by thin tiles.
    func place(_ row: UnsafePointer<UInt16>, image: Int, block: Int, y: Int, spare: Lanes) {
        let start =
            base + image * imageByteCount + block * blockByteCount + slotOffset(y)
        if isThin {
            placeThin(row, at: start, spare)
            return
        }
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

    private func placeThin(
        _ row: UnsafePointer<UInt16>,
        at start: UnsafeMutableRawPointer,
        _ spare: Lanes
    ) {
        let right = paddedWidth - leftPadding - width
        memset(spare, 0, leftPadding * 32)
        memcpy(spare + leftPadding * 16, row, width * 32)
        memset(spare + (leftPadding + width) * 16, 0, right * 32)
        if reflects {
            for distance in 1..<leftPadding + 1 {
                memcpy(spare + (leftPadding - distance) * 16, row + distance * 16, 32)
            }
            for distance in 0..<min(right, width - 1) {
                let to = spare + (leftPadding + width + distance) * 16
                memcpy(to, row + (width - 2 - distance) * 16, 32)
            }
        }
        kernels.pointee.place_row_thin(start, spare, Int32(paddedWidth))
    }

    private func copyPixel(_ row: UnsafeMutableRawPointer, from: Int, to: Int) {
        memcpy(row + to * pixelByteCount, row + from * pixelByteCount, pixelByteCount)
    }
}
