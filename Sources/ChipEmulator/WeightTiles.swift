import AcceleratorISA
import CDatapathKernels

/// The weights of a pass, as the convolution kernel wants them.
///
/// Where the kernel reads stored tiles as they stand (forward direction, bf16 kernels) they are
/// used in place; otherwise tiles are loaded, and transposed for an adjoint pass, into SRAM:
/// `[phase][output vector][input block][tap of the phase]`.
struct WeightTiles {
    let kernels: UnsafePointer<dk_kernels>
    let stored: UnsafePointer<UInt16>
    let schedule: ConvolutionSchedule
    /// Channel blocks of the pass's input and output.
    let inputBlocks: Int
    let outputBlocks: Int
    /// Whether the pass sums over O (adjoint) and writes I.
    let isTransposed: Bool
    let kernelArea: Int

    init(
        kernels: UnsafePointer<dk_kernels>,
        weights: Tensor,
        memory: EmulatedMemory,
        schedule: ConvolutionSchedule,
        isTransposed: Bool
    ) {
        self.kernels = kernels
        let base = memory.base + Int(weights.address)
        stored = UnsafePointer(base.assumingMemoryBound(to: UInt16.self))
        self.schedule = schedule
        self.isTransposed = isTransposed
        inputBlocks = isTransposed ? weights.outputBlocks : weights.channelBlocks
        outputBlocks = isTransposed ? weights.channelBlocks : weights.outputBlocks
        kernelArea = weights.height * weights.width
    }

    /// Whether the kernel reads the stored tiles in place.
    var areDirect: Bool { !isTransposed && kernels.pointee.uses_stored_weights != 0 }

    var tileByteCount: Int {
        areDirect ? 512 : Int(kernels.pointee.weight_tile_bytes)
    }

    /// Bytes that `vectors` output vectors take in SRAM.
    func byteCount(vectors: Int) -> Int {
        vectors * inputBlocks * schedule.tapCount * tileByteCount
    }

    /// Loads the tiles of `vectors` output vectors, from `first` on, to `destination`.
    func load(first: Int, vectors: Int, to destination: UnsafeMutableRawPointer) {
        forEachPhase { phase in
            let count = phase.taps.count
            var tile = destination + phase.weightOffset * vectors * inputBlocks * tileByteCount
            for vector in first..<first + vectors {
                for block in 0..<inputBlocks {
                    for tap in 0..<count {
                        let source = storedTile(vector, block, phase.taps[tap].weight)
                        kernels.pointee.load_weight_tile(tile, source, isTransposed ? 1 : 0)
                        tile += tileByteCount
                    }
                }
            }
        }
    }

    /// First tile of `vector` (counted from the loaded group's first) of a phase, for tiles that
    /// ``load(first:vectors:to:)`` put at `base`, or in place.
    func tile(
        _ vector: Int,
        _ phase: ConvolutionSchedule.Phase,
        base: UnsafeMutableRawPointer?,
        vectors: Int
    ) -> UnsafeRawPointer {
        let perVector = inputBlocks * phase.taps.count
        guard let base else {
            return UnsafeRawPointer(stored) + vector * perVector * tileByteCount
        }
        let offset = phase.weightOffset * vectors * inputBlocks + vector * perVector
        return UnsafeRawPointer(base + offset * tileByteCount)
    }

    /// Bytes between the tiles of consecutive output vectors of a phase.
    func vectorStride(_ phase: ConvolutionSchedule.Phase) -> Int {
        inputBlocks * phase.taps.count * tileByteCount
    }

    private func storedTile(_ vector: Int, _ block: Int, _ tap: Int) -> UnsafePointer<UInt16> {
        let (o, i) = isTransposed ? (block, vector) : (vector, block)
        let blocks = isTransposed ? outputBlocks : inputBlocks
        return stored + ((o * blocks + i) * kernelArea + tap) * 256
    }

    private func forEachPhase(_ body: (ConvolutionSchedule.Phase) -> Void) {
        var last = -1
        for row in schedule.phases {
            for phase in row where phase.weightOffset > last && !phase.taps.isEmpty {
                body(phase)
                last = phase.weightOffset
            }
        }
    }
}
