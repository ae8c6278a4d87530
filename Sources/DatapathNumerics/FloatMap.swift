package import AcceleratorISA

/// One image of a map in fp32, what the passes of the reference work on: `[block][y][x][16]`.
package struct FloatMap: ~Copyable {
    /// Channels, without the padding of the last block.
    package let channels: Int
    /// Blocks of 16 channels.
    package let blocks: Int
    /// Rows.
    package let height: Int
    /// Pixels of a row.
    package let width: Int
    /// What ``pixel(_:_:_:)`` returns outside the map.
    package let paddingMode: PaddingMode
    private let values: UnsafeMutablePointer<Float>
    private let zeroPixel: UnsafeMutablePointer<Float>

    /// A map of zeros.
    package init(channels: Int, height: Int, width: Int, paddingMode: PaddingMode = .zeros) {
        self.channels = channels
        self.height = height
        self.width = width
        self.paddingMode = paddingMode
        blocks = (channels + laneCount - 1) / laneCount
        let count = (blocks * height * width + 1) * laneCount
        values = .allocate(capacity: count)
        values.initialize(repeating: 0, count: count)
        zeroPixel = values + (count - laneCount)
    }

    /// A map of the shape of `map` with the given value at every place and lane of one image.
    init(
        image: Int,
        of map: MapView,
        paddingMode: PaddingMode = .zeros,
        value: (Place, _ lane: Int) -> Float
    ) {
        self.init(
            channels: map.channels,
            height: map.height,
            width: map.width,
            paddingMode: paddingMode
        )
        for block in 0..<blocks {
            for y in 0..<height {
                for x in 0..<width {
                    let place = Place(image: image, block: block, y: y, x: x)
                    let lanes = pixel(block, y, x)
                    for lane in 0..<laneCount { lanes[lane] = value(place, lane) }
                }
            }
        }
    }

    deinit { values.deallocate() }

    /// Channels that a block holds, 1 to 16.
    func channels(inBlock block: Int) -> Int { min(laneCount, channels - block * laneCount) }

    /// The 16 lanes of a pixel, which may lie in the padding.
    package func pixel(_ block: Int, _ y: Int, _ x: Int) -> UnsafeMutablePointer<Float> {
        var row = y
        var column = x
        switch paddingMode {
        case .zeros:
            guard row >= 0, row < height, column >= 0, column < width else { return zeroPixel }
        case .reflect:
            row = Self.reflected(row, side: height)
            column = Self.reflected(column, side: width)
        }
        return values + ((block * height + row) * width + column) * laneCount
    }

    /// The position mirrored into 0..<side without repeating the border.
    static func reflected(_ position: Int, side: Int) -> Int {
        if position < 0 { return -position }
        return position < side ? position : 2 * (side - 1) - position
    }
}
