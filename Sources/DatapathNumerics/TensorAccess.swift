public import AcceleratorISA

/// Conversion between plain Float arrays and the layouts of device DRAM.
///
/// Plain order is PyTorch's: (N, C, H, W) for maps and images, (N, C) for vectors, (N, 2, C) for
/// statistics, (O, I, kernel, kernel) for weights. The PyTorch weight of a transposed convolution,
/// (in, out, k, k), is (O, I, k, k) as it stands: see `ConvolutionDirection.scatter`.
/// bf16 layouts are written through ``quantized(_:)``; places past the channels become zero.
public enum TensorAccess {
    /// Number of values a tensor has in plain order, its padding not counted.
    public static func plainCount(of tensor: Tensor) -> Int {
        switch tensor.layout {
        case .vector: tensor.batch * tensor.channels
        case .statistics: tensor.batch * 2 * tensor.channels
        case .map, .image, .weights, .masterWeights:
            tensor.batch * tensor.channels * tensor.height * tensor.width
        }
    }

    /// Whether the layout's elements are bf16; the others are fp32.
    public static func isBFloat16(_ layout: TensorLayout) -> Bool {
        switch layout {
        case .map, .image, .weights: true
        case .vector, .statistics, .masterWeights: false
        }
    }

    /// Where an element stands, counted in elements from the tensor's first.
    ///
    /// `image` and `channel` are O and I for weights; `row` is the half (0 or 1) of statistics.
    public static func elementIndex(
        in tensor: Tensor,
        image: Int,
        channel: Int,
        row: Int,
        column: Int
    ) -> Int {
        let lanes = Limits.channelsPerBlock
        let blocks = tensor.channelBlocks
        let block = channel / lanes
        let lane = channel % lanes
        switch tensor.layout {
        case .map:
            return (((image * blocks + block) * tensor.height + row) * tensor.width + column)
                * lanes + lane
        case .image:
            return ((image * tensor.channels + channel) * tensor.height + row) * tensor.width
                + column
        case .vector:
            return image * blocks * lanes + channel
        case .statistics:
            return (image * 2 + row) * blocks * lanes + channel
        case .weights, .masterWeights:
            let tile =
                ((image / lanes * blocks + block) * tensor.height + row) * tensor.width + column
            let output = image % lanes
            let place =
                tensor.layout == .weights
                ? (lane / 2 * lanes + output) * 2 + lane % 2
                : lane * lanes + output
            return tile * lanes * lanes + place
        }
    }

    /// Writes plain values in the tensor's layout, padding included.
    ///
    /// `memory` is the tensor's own bytes, at least `Tensor.byteCount` of them, aligned to 4; the
    /// tensor's address is not looked at. `values` has ``plainCount(of:)`` values.
    public static func pack(
        _ values: [Float],
        as tensor: Tensor,
        into memory: UnsafeMutableRawBufferPointer
    ) {
        precondition(values.count == plainCount(of: tensor), "the values do not fill the tensor")
        let byteCount = Int(tensor.byteCount)
        precondition(memory.count >= byteCount, "the memory is smaller than the tensor")
        guard let base = memory.baseAddress, byteCount > 0 else { return }
        base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        let isHalf = isBFloat16(tensor.layout)
        forEachElement(of: tensor) { plainIndex, elementIndex in
            if isHalf {
                let bits = quantized(values[plainIndex]).bitPattern
                base.storeBytes(of: bits, toByteOffset: elementIndex * 2, as: UInt16.self)
            } else {
                let value = values[plainIndex]
                base.storeBytes(of: value, toByteOffset: elementIndex * 4, as: Float.self)
            }
        }
    }

    /// Reads the tensor's values into plain order; padding is left out.
    ///
    /// `memory` is as in ``pack(_:as:into:)``. Exact.
    public static func unpack(_ tensor: Tensor, from memory: UnsafeRawBufferPointer) -> [Float] {
        precondition(
            memory.count >= Int(tensor.byteCount),
            "the memory is smaller than the tensor"
        )
        var values = [Float](repeating: 0, count: plainCount(of: tensor))
        guard let base = memory.baseAddress else { return values }
        let isHalf = isBFloat16(tensor.layout)
        values.withUnsafeMutableBufferPointer { values in
            forEachElement(of: tensor) { plainIndex, elementIndex in
                if isHalf {
                    let bits = base.load(fromByteOffset: elementIndex * 2, as: UInt16.self)
                    values[plainIndex] = BFloat16(bitPattern: bits).float
                } else {
                    values[plainIndex] = base.load(
                        fromByteOffset: elementIndex * 4,
                        as: Float.self
                    )
                }
            }
        }
        return values
    }

    /// The bytes of ``pack(_:as:into:)`` as an array.
    public static func packed(_ values: [Float], as tensor: Tensor) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(tensor.byteCount))
        bytes.withUnsafeMutableBytes { pack(values, as: tensor, into: $0) }
        return bytes
    }

    /// Every value's plain index, ascending, and element index.
    private static func forEachElement(of tensor: Tensor, _ body: (Int, Int) -> Void) {
        let isPicture =
            switch tensor.layout {
            case .vector, .statistics: false
            case .map, .image, .weights, .masterWeights: true
            }
        let columns = isPicture ? tensor.width : 1
        let rows = isPicture ? tensor.height : 1
        let halves = tensor.layout == .statistics ? 2 : 1
        var plainIndex = 0
        for image in 0..<tensor.batch {
            for half in 0..<halves {
                for channel in 0..<tensor.channels {
                    for row in 0..<rows {
                        for column in 0..<columns {
                            let index = elementIndex(
                                in: tensor,
                                image: image,
                                channel: channel,
                                row: half + row,
                                column: column
                            )
                            body(plainIndex, index)
                            plainIndex += 1
                        }
                    }
                }
            }
        }
    }
}
