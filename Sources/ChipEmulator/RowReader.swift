import AcceleratorISA
import CDatapathKernels

typealias Lanes = UnsafeMutablePointer<UInt16>
typealias Floats = UnsafeMutablePointer<Float>

/// A map in emulated DRAM, addressed by rows of one channel block.
struct MapView {
    let base: Lanes
    let blocks: Int
    let height: Int
    let width: Int

    init(_ tensor: Tensor, in memory: EmulatedMemory) {
        base = (memory.base + Int(tensor.address)).assumingMemoryBound(to: UInt16.self)
        blocks = tensor.channelBlocks
        height = tensor.height
        width = tensor.width
    }

    /// First value of row `y` of a channel block of an image.
    @inline(__always)
    func row(_ image: Int, _ block: Int, _ y: Int) -> Lanes {
        base + (((image * blocks + block) * height + y) * width) * 16
    }

    /// Bytes of one row of all channel blocks.
    var rowByteCount: UInt64 { UInt64(blocks * width * 32) }
}

/// A vector or statistics tensor: 16 values of a block, for one image.
struct VectorView {
    let base: Floats
    let blocks: Int
    /// Floats between images; zero for a tensor that all images share.
    let imageStride: Int

    init(_ tensor: Tensor, in memory: EmulatedMemory) {
        base = (memory.base + Int(tensor.address)).assumingMemoryBound(to: Float.self)
        blocks = tensor.channelBlocks
        let perImage = tensor.layout == .statistics ? 2 : 1
        imageStride = tensor.batch > 1 ? blocks * 16 * perImage : 0
    }

    /// The values of a block; `half` 1 is the second half of a statistics tensor.
    @inline(__always)
    func block(_ block: Int, image: Int = 0, half: Int = 0) -> Floats {
        base + image * imageStride + (half * blocks + block) * 16
    }
}

/// Normalisation operands of a prologue, or of a mask.
struct NormalizationView {
    let statistics: VectorView
    let scale: VectorView?
    let shift: VectorView?

    /// The norm of the given operands; nil without statistics.
    init?(statistics: Tensor?, scale: Tensor?, shift: Tensor?, in memory: EmulatedMemory) {
        guard let statistics else { return nil }
        self.statistics = VectorView(statistics, in: memory)
        self.scale = scale.map { VectorView($0, in: memory) }
        self.shift = shift.map { VectorView($0, in: memory) }
    }

    func kernelArgument(image: Int, block: Int) -> dk_normalization {
        dk_normalization(
            mean: statistics.block(block, image: image),
            inverse_deviation: statistics.block(block, image: image, half: 1),
            scale: scale?.block(block),
            shift: shift?.block(block)
        )
    }
}

extension Activation {
    /// The kernels' number of the activation.
    var kernelValue: Int32 { Int32(kind.rawValue) }
}

/// The read side of a command: rows of the tensor that the datapath works on, after the prologue.
protocol RowReader {
    /// The map whose shape the rows have.
    var map: MapView { get }

    /// A row after the prologue: in `scratch`, in DRAM as it stands, or where the sum was written.
    ///
    /// `spare`, another row's room, is used on the way.
    func row(
        _ image: Int,
        _ block: Int,
        _ y: Int,
        scratch: Lanes,
        spare: Lanes
    ) -> UnsafePointer<UInt16>
}

/// Reads a source through normalisation, activation and skip.
struct SourceReader: RowReader {
    let kernels: UnsafePointer<dk_kernels>
    let map: MapView
    let normalization: NormalizationView?
    let activation: Activation
    let skip: Skip?
    let sum: MapView?

    /// The map that is added, and what it is read through.
    struct Skip {
        let map: MapView
        let normalization: NormalizationView?
        let activation: Activation
    }

    func row(
        _ image: Int,
        _ block: Int,
        _ y: Int,
        scratch: Lanes,
        spare: Lanes
    ) -> UnsafePointer<UInt16> {
        let source = map.row(image, block, y)
        if normalization == nil, activation.kind == .identity, skip == nil, sum == nil {
            return UnsafePointer(source)
        }
        var prologue = Self.prologue(normalization, activation, image, block)
        let out = sum?.row(image, block, y) ?? scratch
        let added = skip.map { self.row(of: $0, image, block, y, scratch: spare) }
        kernels.pointee.prologue_row(out, source, added, Int32(map.width), &prologue)
        return UnsafePointer(out)
    }

    private func row(
        of skip: Skip,
        _ image: Int,
        _ block: Int,
        _ y: Int,
        scratch: Lanes
    ) -> UnsafePointer<UInt16> {
        let row = skip.map.row(image, block, y)
        if skip.normalization == nil, skip.activation.kind == .identity {
            return UnsafePointer(row)
        }
        var prologue = Self.prologue(skip.normalization, skip.activation, image, block)
        kernels.pointee.prologue_row(scratch, row, nil, Int32(map.width), &prologue)
        return UnsafePointer(scratch)
    }

    private static func prologue(
        _ normalization: NormalizationView?,
        _ activation: Activation,
        _ image: Int,
        _ block: Int
    ) -> dk_prologue {
        var prologue = dk_prologue()
        if let normalization {
            prologue.normalization = normalization.kernelArgument(image: image, block: block)
        }
        prologue.activation = activation.kernelValue
        prologue.slope = activation.slope
        return prologue
    }
}

/// Reads an error through an activation's derivative and the backward half of an instance norm.
struct ErrorReader: RowReader {
    let kernels: UnsafePointer<dk_kernels>
    let map: MapView
    let activation: Activation
    /// The activation's output, or, with a norm, the norm's input.
    let output: MapView?
    let norm: Norm?

    /// What the backward half needs beside the error and the norm's input.
    struct Norm {
        let normalization: NormalizationView
        /// S1 / n and S2 / n, as a statistics tensor is laid out.
        let means: Floats
    }

    func row(
        _ image: Int,
        _ block: Int,
        _ y: Int,
        scratch: Lanes,
        spare: Lanes
    ) -> UnsafePointer<UInt16> {
        var error = UnsafePointer(map.row(image, block, y))
        guard let output = output.map({ UnsafePointer($0.row(image, block, y)) }) else {
            return error
        }
        guard let norm else {
            mask(error, output, dk_normalization(), into: scratch)
            return UnsafePointer(scratch)
        }
        let normalization = norm.normalization.kernelArgument(image: image, block: block)
        if activation.kind != .identity {
            mask(error, output, normalization, into: spare)
            error = UnsafePointer(spare)
        }
        let means = norm.means + (image * 2 * map.blocks + block) * 16
        var prologue = dk_error_prologue(
            mean: normalization.mean,
            inverse_deviation: normalization.inverse_deviation,
            scale: normalization.scale,
            mean_error: means,
            mean_product: means + map.blocks * 16
        )
        kernels.pointee.error_row(scratch, error, output, Int32(map.width), &prologue)
        return UnsafePointer(scratch)
    }

    /// The error times the activation's derivative: what an epilogue does with its mask.
    private func mask(
        _ error: UnsafePointer<UInt16>,
        _ output: UnsafePointer<UInt16>,
        _ normalization: dk_normalization,
        into row: Lanes
    ) {
        var epilogue = dk_epilogue()
        epilogue.normalization = normalization
        epilogue.mask_activation = activation.kernelValue
        epilogue.mask_slope = activation.slope
        kernels.pointee.epilogue_row(
            row,
            nil,
            error,
            nil,
            output,
            Int32(map.width),
            &epilogue,
            nil
        )
    }
}
