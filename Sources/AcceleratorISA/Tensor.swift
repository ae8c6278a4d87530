/// How a tensor lies in device DRAM; the element type follows from it.
public enum TensorLayout: UInt8, Sendable, CaseIterable {
    /// bf16 feature map or error map, NCHW16c: element (n, c, y, x) stands at
    /// `(((n * blocks + c / 16) * height + y) * width + x) * 16 + c % 16`. Lanes past the channel
    /// count hold zero.
    case map = 0
    /// bf16 image in plain NCHW order, as the host exchanges it.
    case image = 1
    /// fp32 rows of `blocks * 16` values, one row an image: labels, biases, scales, shifts, losses.
    case vector = 2
    /// fp32 `[batch][2][blocks * 16]`: mean and inverse deviation, or the two error sums.
    case statistics = 3
    /// bf16 working weights. `batch` is O, `channels` is I, `height` and `width` the kernel. Tiles
    /// `[O / 16][I / 16][ky][kx]` of 512 bytes, each `[8 pairs][16 o][2]`: element (i, o) of a tile
    /// stands at `((i / 2) * 16 + o) * 2 + i % 2`. Places past O or I hold zero.
    case weights = 4
    /// fp32 master weights, gradients and moments of the same shape: tiles of 1024 bytes,
    /// `[16 i][16 o]`.
    case masterWeights = 5
}

/// What a tensor is to the training, the key by which traffic is counted.
public enum TensorKind: UInt8, Sendable, CaseIterable {
    case featureMap = 0
    case error = 1
    case weight = 2
    case gradient = 3
    case optimizerState = 4
    case statistics = 5
    case image = 6
}

/// A tensor in device DRAM: where it is, its shape, and how it lies there.
public struct Tensor: Equatable, Hashable, Sendable {
    /// First byte in device DRAM, a multiple of ``alignment``.
    public var address: UInt64
    /// Images; O for weights.
    public var batch: Int
    /// Channels; I for weights.
    public var channels: Int
    /// Rows; the kernel side for weights.
    public var height: Int
    /// Pixels of a row; the kernel side for weights.
    public var width: Int
    /// How it lies there.
    public var layout: TensorLayout
    /// What its transfers are counted as.
    public var kind: TensorKind

    /// A tensor of the given shape; nothing is checked before a device validates it.
    public init(
        address: UInt64,
        batch: Int,
        channels: Int,
        height: Int = 1,
        width: Int = 1,
        layout: TensorLayout,
        kind: TensorKind
    ) {
        self.address = address
        self.batch = batch
        self.channels = channels
        self.height = height
        self.width = width
        self.layout = layout
        self.kind = kind
    }

    /// Blocks of 16 channels (of I for weights).
    public var channelBlocks: Int { (channels + 15) / 16 }

    /// Blocks of 16 of O, for weights.
    public var outputBlocks: Int { (batch + 15) / 16 }

    /// Bytes of one image's part.
    ///
    /// For weights, of one block of O.
    public var imageByteCount: UInt64 {
        let pixels = UInt64(height) * UInt64(width)
        let blocks = UInt64(channelBlocks)
        switch layout {
        case .map: return blocks * pixels * 32
        case .image: return UInt64(channels) * pixels * 2
        case .vector: return blocks * 64
        case .statistics: return blocks * 128
        case .weights: return blocks * pixels * 512
        case .masterWeights: return blocks * pixels * 1024
        }
    }

    /// Bytes of the whole tensor.
    public var byteCount: UInt64 {
        switch layout {
        case .weights, .masterWeights: imageByteCount * UInt64(outputBlocks)
        case .map, .image, .vector, .statistics: imageByteCount * UInt64(batch)
        }
    }

    /// Bytes the tensor occupies: ``byteCount`` rounded up to ``Limits/memoryGrain``.
    public var allocatedByteCount: UInt64 {
        (byteCount + Limits.memoryGrain - 1) / Limits.memoryGrain * Limits.memoryGrain
    }

    /// Of what its address must be a multiple.
    ///
    /// Images of a map are maps: hence the smaller one.
    public var alignment: UInt64 {
        switch layout {
        case .map, .image: Limits.memoryGrain
        case .vector, .statistics, .weights, .masterWeights: Limits.tensorAlignment
        }
    }
}
