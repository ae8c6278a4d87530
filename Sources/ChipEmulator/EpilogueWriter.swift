import AcceleratorISA
import CDatapathKernels
import DatapathNumerics

/// The write side of a command: rows of fp32 sums (or plain rows) become rows of a map, and their
/// statistics.
struct EpilogueWriter {
    let kernels: UnsafePointer<dk_kernels>
    let memory: EmulatedMemory
    /// Shape of what is written; its rows are stored only if `stores`.
    let map: MapView
    let stores: Bool
    let images: Int
    let bias: VectorView?
    let activation: Activation
    let skip: MapView?
    let mask: MapView?
    let maskNormalization: NormalizationView?
    let maskActivation: Activation
    let mode: StatisticsMode
    let epsilon: Float
    let statistics: Tensor?
    /// `[image][block][row][2][16]`.
    private let rowSums: Floats?

    init(
        _ command: Command,
        shape: Tensor,
        kernels: UnsafePointer<dk_kernels>,
        memory: EmulatedMemory,
        scratch: Scratch
    ) {
        self.kernels = kernels
        self.memory = memory
        map = MapView(command.operands[.destination] ?? shape, in: memory)
        stores = command.operands[.destination] != nil
        images = shape.batch
        bias = command.operands[.bias].map { VectorView($0, in: memory) }
        activation = command.destinationActivation
        skip = command.operands[.destinationSkip].map { MapView($0, in: memory) }
        mask = command.operands[.mask].map { MapView($0, in: memory) }
        maskActivation = command.maskActivation
        maskNormalization = NormalizationView(
            statistics: command.operands[.maskStatistics],
            scale: command.operands[.maskScale],
            shift: command.operands[.maskShift],
            in: memory
        )
        mode = command.statistics
        epsilon = command.scalars[0]
        statistics = command.operands[.destinationStatistics]
        let count = images * map.blocks * map.height * 32
        rowSums = command.statistics == .none ? nil : scratch.takeFloats(count)
    }

    /// Writes one row: from fp32 sums, or from a row of bf16 values when `sums` is nil.
    ///
    /// `spare` receives the row when the command stores no map.
    func write(
        sums: Floats?,
        values: UnsafePointer<UInt16>?,
        image: Int,
        block: Int,
        y: Int,
        spare: Lanes
    ) {
        var epilogue = dk_epilogue()
        epilogue.bias = UnsafePointer(bias?.block(block))
        epilogue.activation = activation.kernelValue
        epilogue.slope = activation.slope
        if let maskNormalization {
            epilogue.normalization = maskNormalization.kernelArgument(image: image, block: block)
        }
        epilogue.mask_activation = maskActivation.kernelValue
        epilogue.mask_slope = maskActivation.slope
        epilogue.statistics = Int32(mode.rawValue)
        kernels.pointee.epilogue_row(
            stores ? map.row(image, block, y) : spare,
            sums,
            values,
            skip.map { UnsafePointer($0.row(image, block, y)) },
            mask.map { UnsafePointer($0.row(image, block, y)) },
            Int32(map.width),
            &epilogue,
            rowSums.map { $0 + ((image * map.blocks + block) * map.height + y) * 32 }
        )
    }

    /// Adds the row sums in order and stores the statistics.
    func finishStatistics() {
        guard let rowSums, let statistics else { return }
        let view = VectorView(statistics, in: memory)
        for image in 0..<images {
            for block in 0..<map.blocks {
                var first = SIMD16<Float>(repeating: 0)
                var second = first
                let rows = rowSums + (image * map.blocks + block) * map.height * 32
                for y in 0..<map.height {
                    let row = UnsafeRawPointer(rows + y * 32)
                    first += row.loadUnaligned(as: SIMD16<Float>.self)
                    second += (row + 64).loadUnaligned(as: SIMD16<Float>.self)
                }
                if mode == .moments {
                    for lane in 0..<16 {
                        (first[lane], second[lane]) = NormArithmetic.moments(
                            sum: first[lane],
                            sumOfSquares: second[lane],
                            count: map.height * map.width,
                            epsilon: epsilon
                        )
                    }
                }
                let out = UnsafeMutableRawPointer(view.block(block, image: image))
                let other = UnsafeMutableRawPointer(view.block(block, image: image, half: 1))
                out.storeBytes(of: first, as: SIMD16<Float>.self)
                other.storeBytes(of: second, as: SIMD16<Float>.self)
            }
        }
    }
}
