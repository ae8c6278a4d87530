package import AcceleratorISA
import CDatapathKernels
package import FirmwareCore

/// The emulated chip's datapath: commands run as vector kernels over a pool of threads.
///
/// Results are the same bits for every kernel variant and thread count. Transfers are counted
/// where a tile moves them, operations where they are launched.
package final class EmulatedDatapath: DatapathPort {
    /// What this chip is said to have.
    package let capabilities: DeviceCapabilities
    /// What tiles moved and kernels did so far.
    package internal(set) var counters = DeviceCounters()
    /// Name of the kernel variant in use.
    package let kernelName: String
    let memory: EmulatedMemory
    let kernels: UnsafePointer<dk_kernels>
    let pool: WorkerPool
    let scratch = Scratch()

    /// A datapath over DRAM.
    ///
    /// - Throws: ``EmulatorError`` for a kernel variant that this processor does not have.
    package init(
        memory: EmulatedMemory,
        capabilities: DeviceCapabilities,
        configuration: EmulatorConfiguration
    ) throws(EmulatorError) {
        self.memory = memory
        self.capabilities = capabilities
        kernels = try KernelVariants.find(configuration.kernelName)
        kernelName = String(cString: kernels.pointee.name)
        pool = WorkerPool(threadCount: configuration.threadCount)
    }

    deinit { pool.stop() }

    /// Whether a range was written, by commands or by the host.
    package func isInitialized(address: UInt64, byteCount: UInt64) -> Bool {
        memory.isInitialized(address: address, byteCount: byteCount)
    }

    /// Runs a valid command, tile by tile.
    package func run(_ command: Command, tiles: TilePlan) {
        scratch.reset()
        switch command.opcode {
        case .convolution: runConvolution(command, tiles)
        case .convolutionBackward: runConvolutionBackward(command, tiles)
        case .elementwise: runElementwise(command)
        case .compose: runCompose(command)
        case .interpolate: runInterpolate(command)
        case .loss: runLoss(command)
        case .optimizer: runOptimizer(command)
        case .reduce: runReduce(command)
        case .fill: runFill(command)
        case .fence: break
        }
        for role in Self.writtenRoles {
            guard let tensor = command.operands[role] else { continue }
            memory.markInitialized(address: tensor.address, byteCount: tensor.allocatedByteCount)
        }
        counters.commandCount += 1
    }

    /// Roles whose operands a command may write.
    private static let writtenRoles: [OperandRole] = [
        .sourceSum, .destination, .destinationStatistics, .weightGradient, .biasGradient,
        .parameter, .firstMoment, .secondMoment, .workingCopy, .lossValue,
    ]

    // MARK: Transfers

    /// Counts a transfer of a whole tensor.
    func transfer(_ tensor: Tensor?, _ stage: Stage, _ direction: DeviceCounters.Direction) {
        guard let tensor else { return }
        transfer(tensor.byteCount, tensor.kind, stage, direction)
    }

    /// Counts a transfer of bytes.
    func transfer(
        _ byteCount: UInt64,
        _ kind: TensorKind,
        _ stage: Stage,
        _ direction: DeviceCounters.Direction
    ) {
        counters.count(byteCount: byteCount, kind: kind, stage: stage, direction: direction)
    }

    // MARK: Operands

    /// Bytes of an operand.
    func pointer(_ tensor: Tensor) -> UnsafeMutableRawPointer {
        memory.base + Int(tensor.address)
    }

    /// Float values of a vector, statistics or masterWeights operand.
    func floats(_ tensor: Tensor) -> Floats {
        pointer(tensor).assumingMemoryBound(to: Float.self)
    }

    /// The forward read side of a command.
    func sourceReader(_ command: Command, _ source: Tensor) -> SourceReader {
        SourceReader(
            kernels: kernels,
            map: MapView(source, in: memory),
            normalization: NormalizationView(
                statistics: command.operands[.sourceStatistics],
                scale: command.operands[.sourceScale],
                shift: command.operands[.sourceShift],
                in: memory
            ),
            activation: command.sourceActivation,
            skip: command.operands[.sourceSkip].map {
                SourceReader.Skip(
                    map: MapView($0, in: memory),
                    normalization: NormalizationView(
                        statistics: command.operands[.skipStatistics],
                        scale: command.operands[.skipScale],
                        shift: command.operands[.skipShift],
                        in: memory
                    ),
                    activation: command.skipActivation
                )
            },
            sum: command.operands[.sourceSum].map { MapView($0, in: memory) }
        )
    }

    /// The backward read side of a command.
    func errorReader(_ command: Command, _ error: Tensor) -> ErrorReader {
        ErrorReader(
            kernels: kernels,
            map: MapView(error, in: memory),
            activation: command.errorActivation,
            output: command.operands[.errorOutput].map { MapView($0, in: memory) },
            norm: errorNorm(command, error)
        )
    }

    private func errorNorm(_ command: Command, _ error: Tensor) -> ErrorReader.Norm? {
        guard let sums = command.operands[.errorSums],
            let normalization = NormalizationView(
                statistics: command.operands[.errorStatistics],
                scale: command.operands[.errorScale],
                shift: command.operands[.errorShift],
                in: memory
            )
        else { return nil }
        let valueCount = Int(sums.byteCount / 4)
        let means = scratch.takeFloats(valueCount)
        let count = Float(error.height * error.width)
        let values = floats(sums)
        for index in 0..<valueCount { means[index] = values[index] / count }
        return ErrorReader.Norm(normalization: normalization, means: means)
    }

    /// The write side of a command.
    func epilogueWriter(_ command: Command, shape: Tensor) -> EpilogueWriter {
        EpilogueWriter(command, shape: shape, kernels: kernels, memory: memory, scratch: scratch)
    }

    /// Counts what an epilogue moves for the whole of its map.
    func transferEpilogue(_ command: Command, _ stage: Stage) {
        let operands = command.operands
        transfer(operands[.bias], stage, .read)
        transfer(operands[.destinationSkip], stage, .read)
        transfer(operands[.mask], stage, .read)
        transfer(operands[.maskStatistics], stage, .read)
        transfer(operands[.maskScale], stage, .read)
        transfer(operands[.maskShift], stage, .read)
        transfer(operands[.destination], stage, .write)
        transfer(operands[.destinationStatistics], stage, .write)
    }

    /// Counts the small operands of a prologue: statistics, scales and shifts.
    func transferPrologueVectors(_ command: Command, _ stage: Stage) {
        let operands = command.operands
        transfer(operands[.sourceStatistics], stage, .read)
        transfer(operands[.sourceScale], stage, .read)
        transfer(operands[.sourceShift], stage, .read)
        transfer(operands[.skipStatistics], stage, .read)
        transfer(operands[.skipScale], stage, .read)
        transfer(operands[.skipShift], stage, .read)
    }

    /// Counts the small operands of an error prologue.
    func transferErrorVectors(_ command: Command, _ stage: Stage) {
        let operands = command.operands
        transfer(operands[.errorStatistics], stage, .read)
        transfer(operands[.errorScale], stage, .read)
        transfer(operands[.errorShift], stage, .read)
        transfer(operands[.errorSums], stage, .read)
    }
}
