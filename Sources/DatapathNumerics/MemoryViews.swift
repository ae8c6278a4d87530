import AcceleratorISA

/// Lanes of a channel block.
let laneCount = Limits.channelsPerBlock

/// One pixel of one channel block.
struct Place {
    var image: Int
    var block: Int
    var y: Int
    var x: Int
}

/// A tensor of layout `map` in memory.
struct MapView {
    let batch: Int
    let channels: Int
    let blocks: Int
    let height: Int
    let width: Int
    private let elements: UnsafeMutablePointer<UInt16>

    init(_ tensor: Tensor, _ memory: UnsafeMutableRawPointer) {
        batch = tensor.batch
        channels = tensor.channels
        blocks = tensor.channelBlocks
        height = tensor.height
        width = tensor.width
        elements = (memory + Int(tensor.address)).assumingMemoryBound(to: UInt16.self)
    }

    /// A view of an operand that a command may do without.
    init?(_ tensor: Tensor?, _ memory: UnsafeMutableRawPointer) {
        guard let tensor else { return nil }
        self.init(tensor, memory)
    }

    /// Channels that a block holds, 1 to 16.
    func channels(inBlock block: Int) -> Int { min(laneCount, channels - block * laneCount) }

    /// The 16 lanes of a pixel; the row's next pixels follow.
    func lanes(at place: Place) -> UnsafeMutablePointer<UInt16> {
        let row = (place.image * blocks + place.block) * height + place.y
        return elements + (row * width + place.x) * laneCount
    }

    /// The value at a place and lane.
    func value(at place: Place, lane: Int) -> Float {
        BFloat16(bitPattern: lanes(at: place)[lane]).float
    }

    /// Stores Q(value).
    func store(_ value: Float, at place: Place, lane: Int) {
        lanes(at: place)[lane] = quantized(value).bitPattern
    }
}

/// A tensor of layout `vector` in memory.
struct VectorView {
    let batch: Int
    let channels: Int
    let blocks: Int
    private let elements: UnsafeMutablePointer<Float>

    init(_ tensor: Tensor, _ memory: UnsafeMutableRawPointer) {
        batch = tensor.batch
        channels = tensor.channels
        blocks = tensor.channelBlocks
        elements = (memory + Int(tensor.address)).assumingMemoryBound(to: Float.self)
    }

    /// A view of an operand that a command may do without.
    init?(_ tensor: Tensor?, _ memory: UnsafeMutableRawPointer) {
        guard let tensor else { return nil }
        self.init(tensor, memory)
    }

    /// The values of an image's row, padding included.
    func row(_ image: Int) -> UnsafeMutablePointer<Float> {
        elements + image * blocks * laneCount
    }

    /// The 16 values of a channel block; parameters have the one row 0.
    func lanes(image: Int = 0, block: Int) -> UnsafeMutablePointer<Float> {
        row(image) + block * laneCount
    }
}

/// A tensor of layout `statistics` in memory: mean and inverse deviation, or S1 and S2.
struct StatisticsView {
    let batch: Int
    let blocks: Int
    private let elements: UnsafeMutablePointer<Float>

    init(_ tensor: Tensor, _ memory: UnsafeMutableRawPointer) {
        batch = tensor.batch
        blocks = tensor.channelBlocks
        elements = (memory + Int(tensor.address)).assumingMemoryBound(to: Float.self)
    }

    /// A view of an operand that a command may do without.
    init?(_ tensor: Tensor?, _ memory: UnsafeMutableRawPointer) {
        guard let tensor else { return nil }
        self.init(tensor, memory)
    }

    /// A half's values of an image, padding included.
    func row(_ image: Int, half: Int) -> UnsafeMutablePointer<Float> {
        elements + (image * 2 + half) * blocks * laneCount
    }

    /// Means, or S1, of a channel block.
    func first(_ place: Place) -> UnsafeMutablePointer<Float> {
        row(place.image, half: 0) + place.block * laneCount
    }

    /// Inverse deviations, or S2, of a channel block.
    func second(_ place: Place) -> UnsafeMutablePointer<Float> {
        row(place.image, half: 1) + place.block * laneCount
    }
}
