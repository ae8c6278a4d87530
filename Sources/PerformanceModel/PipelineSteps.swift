import AcceleratorISA
import FirmwareCore

/// Into how many steps a command's work falls.
struct PipelineSteps {
    /// Steps, at least 1.
    let count: Int
    /// Steps whose loads come before the first work.
    let leadingCount: Int
    /// Times the array fills and drains.
    let fillCount: Int

    /// The steps of a valid command.
    init(_ command: Command, _ plan: TilePlan, _ tiling: ConvolutionTiling) {
        switch command.opcode {
        case .convolution, .convolutionBackward:
            fillCount = tiling.tileCount
            if !plan.keepsWeights || !plan.keepsGradient {
                (count, leadingCount) = (tiling.tileCount, 1)
            } else if command.operands[.weightGradient] != nil {
                (count, leadingCount) = (tiling.bandCount, 1)
            } else {
                let reach = ceilingQuotient(command.geometry.kernel, command.geometry.stride)
                (count, leadingCount) = (tiling.rowCount * tiling.batch, reach)
            }
        case .fence: (count, leadingCount, fillCount) = (1, 1, 0)
        case .elementwise, .compose, .interpolate, .loss, .optimizer, .reduce, .fill:
            (count, leadingCount, fillCount) = (Self.rowCount(command), 1, 1)
        }
    }

    /// Rows, or blocks, in which a command without a convolution streams its operands.
    private static func rowCount(_ command: Command) -> Int {
        var largest: Tensor?
        for role in OperandRole.allCases {
            guard let tensor = command.operands[role] else { continue }
            if tensor.byteCount > largest?.byteCount ?? 0 { largest = tensor }
        }
        guard let largest else { return 1 }
        switch largest.layout {
        case .map, .image: return largest.batch * largest.height
        case .vector, .statistics: return largest.batch
        case .weights, .masterWeights:
            return largest.outputBlocks * largest.channelBlocks * largest.height * largest.width
        }
    }
}
