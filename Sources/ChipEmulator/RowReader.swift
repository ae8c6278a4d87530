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
    func row(_ image: Int, _ block: Int, _ y: Int, scratch: Lanes) -> UnsafePointer<UInt16>
}

/// Reads a source through normalisation, activation and skip.
struct SourceReader: RowReader {
    let kernels: UnsafePointer<dk_kernels>
    let map: MapView
    let normalization: NormalizationView?
    let activation: Activation
    let skip: MapView?
    let sum: MapView?

    func row(_ image: Int, _ block: Int, _ y: Int, scratch: Lanes) -> UnsafePointer<UInt16> {
        let source = map.row(image, block, y)
        if normalization == nil, activation.kind == .identity, skip == nil, sum == nil {
            return UnsafePointer(source)
        }
        var prologue = dk_prologue()
        if let normalization {
            prologue.normalization = normalization.kernelArgument(image: image, block: block)
        }
        prologue.activation = activation.kernelValue
        prologue.slope = activation.slope
        let out = sum?.row(image, block, y) ?? scratch
        let added = skip.map { UnsafePointer($0.row(image, block, y)) }
        kernels.pointee.prologue_row(out, source, added, Int32(map.width), &prologue)
        return UnsafePointer(out)
    }
}

/// Reads an error through the backward half of an instance norm.
struct ErrorReader: RowReader {
    let kernels: UnsafePointer<dk_kernels>
    let map: MapView
    let norm: Norm?

    /// What the backward half needs beside the error.
    struct Norm {
        let output: MapView
        let statistics: VectorView
        let scale: VectorView?
        /// S1 / n and S2 / n, as a statistics tensor is laid out.
        let means: Floats
    }

    func row(_ image: Int, _ block: Int, _ y: Int, scratch: Lanes) -> UnsafePointer<UInt16> {
        let error = map.row(image, block, y)
        guard let norm else { return UnsafePointer(error) }
        let means = norm.means + (image * 2 * map.blocks + block) * 16
        var prologue = dk_error_prologue(
            mean: norm.statistics.block(block, image: image),
            inverse_deviation: norm.statistics.block(block, image: image, half: 1),
            scale: norm.scale?.block(block),
            mean_error: means,
            mean_product: means + map.blocks * 16
        )
        let output = norm.output.row(image, block, y)
        kernels.pointee.error_row(scratch, error, output, Int32(map.width), &prologue)
        return UnsafePointer(scratch)
    }
}
