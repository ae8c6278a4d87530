extension RGBImage {
    /// The largest centred square, resampled to `side` x `side`.
    ///
    /// A side of odd surplus loses its extra pixel on the right or at the bottom. The filter is
    /// a triangle as wide as two target pixels (two source pixels when enlarging), cut at the
    /// edges of the square: free of aliasing downwards, linear upwards. It works on the
    /// sRGB-encoded numbers, as the data sets these networks are trained on were made.
    /// All arithmetic is on integers: the same bytes on every host.
    package func squareCropped(side: Int) -> RGBImage {
        precondition(side > 0, "a picture has at least one pixel")
        let sourceSide = shorterSide
        let left = (width - sourceSide) / 2
        let top = (height - sourceSide) / 2
        guard sourceSide != side else {
            return square(side: side, left: left, top: top)
        }
        let filter = TriangleFilter(sourceCount: sourceSide, targetCount: side)
        let target = [UInt8](unsafeUninitializedCapacity: side * side * 3) { target, count in
            pixels.withUnsafeBufferPointer { source in
                var sums = [UInt32](repeating: 0, count: sourceSide * 3)
                sums.withUnsafeMutableBufferPointer { sums in
                    for y in 0..<side {
                        let origin = ((top + filter.taps[y].start) * width + left) * 3
                        filter.sumRows(
                            source,
                            from: origin,
                            stride: width * 3,
                            target: y,
                            into: sums
                        )
                        let row = UnsafeMutableBufferPointer(
                            rebasing: target[y * side * 3..<(y + 1) * side * 3]
                        )
                        filter.sumColumns(sums, into: row)
                    }
                }
            }
            count = side * side * 3
        }
        return RGBImage(width: side, height: side, pixels: target)
    }

    private func square(side: Int, left: Int, top: Int) -> RGBImage {
        guard width != height else { return self }
        var target: [UInt8] = []
        target.reserveCapacity(side * side * 3)
        for y in top..<top + side {
            let start = (y * width + left) * 3
            target.append(contentsOf: pixels[start..<start + side * 3])
        }
        return RGBImage(width: side, height: side, pixels: target)
    }
}

/// The weights of a triangle filter along one axis, the same for both axes of a square.
///
/// Rows are summed before columns: that loop runs along memory, and what is left of the picture
/// afterwards is small.
private struct TriangleFilter {
    /// The source samples one target sample is made of: a run of them.
    struct Taps {
        var start: Int
        var weights: Range<Int>
    }

    /// One entry for each target sample.
    let taps: [Taps]
    /// Fixed-point weights of all taps; those of one target sample add up to `unity`.
    private let weights: [UInt32]

    /// Weights have 16 fraction bits.
    ///
    /// A byte times unity, times 256 kept, stays below 2^32.
    private static let weightBits: UInt32 = 16
    private static let unity: UInt32 = 1 << weightBits
    /// Fraction bits kept between the two passes.
    private static let keptBits: UInt32 = 8

    init(sourceCount: Int, targetCount: Int) {
        var taps: [Taps] = []
        var weights: [UInt32] = []
        taps.reserveCapacity(targetCount)
        // In units of 1 / (2 * targetCount) source samples, everything is an integer: sample j
        // is centred at (2j + 1) * targetCount, target i at (2i + 1) * sourceCount.
        let reach = 2 * max(sourceCount, targetCount)
        for target in 0..<targetCount {
            let centre = (2 * target + 1) * sourceCount
            let first = max(0, (centre - reach) / (2 * targetCount) - 1)
            let last = min(sourceCount - 1, (centre + reach) / (2 * targetCount) + 1)
            let heights = (first...last).map { sample in
                max(0, reach - abs((2 * sample + 1) * targetCount - centre))
            }
            let leading = heights.prefix { $0 == 0 }.count
            let used = heights[leading...].prefix { $0 > 0 }
            let start = weights.count
            weights += Self.normalised(used)
            taps.append(Taps(start: first + leading, weights: start..<weights.count))
        }
        self.taps = taps
        self.weights = weights
    }

    /// Scales heights so that they add up to exactly `unity`.
    ///
    /// Each weight is the difference of two rounded running sums, so no error piles up.
    private static func normalised(_ heights: ArraySlice<Int>) -> [UInt32] {
        let total = heights.reduce(0, +)
        var running = 0
        var placed = 0
        return heights.map { height in
            running += height
            let upTo = (running * Int(unity) + total / 2) / total
            defer { placed = upTo }
            return UInt32(upTo - placed)
        }
    }

    /// Sums source rows into one row with `keptBits` of fraction, in 0...255 * 256.
    @inline(__always)
    func sumRows(
        _ source: UnsafeBufferPointer<UInt8>,
        from origin: Int,
        stride: Int,
        target: Int,
        into sums: UnsafeMutableBufferPointer<UInt32>
    ) {
        let columnCount = sums.count
        let run = taps[target].weights
        for (tap, weightIndex) in run.enumerated() {
            let weight = weights[weightIndex]
            let row = UnsafeBufferPointer(
                rebasing: source[origin + tap * stride..<origin + tap * stride + columnCount]
            )
            if tap == 0 {
                for index in 0..<columnCount {
                    sums[index] = UInt32(row[index]) &* weight
                }
            } else {
                for index in 0..<columnCount {
                    sums[index] = sums[index] &+ UInt32(row[index]) &* weight
                }
            }
        }
        let shift = Self.weightBits - Self.keptBits
        let half: UInt32 = 1 << (shift - 1)
        for index in 0..<columnCount {
            sums[index] = (sums[index] &+ half) &>> shift
        }
    }

    /// Sums the columns of a summed row into the pixels of one target row.
    @inline(__always)
    func sumColumns(
        _ sums: UnsafeMutableBufferPointer<UInt32>,
        into row: UnsafeMutableBufferPointer<UInt8>
    ) {
        let shift = Self.weightBits + Self.keptBits
        let half: UInt32 = 1 << (shift - 1)
        weights.withUnsafeBufferPointer { weights in
            for (x, tap) in taps.enumerated() {
                var red = half
                var green = half
                var blue = half
                var index = tap.start * 3
                for weightIndex in tap.weights {
                    let weight = weights[weightIndex]
                    red = red &+ sums[index] &* weight
                    green = green &+ sums[index + 1] &* weight
                    blue = blue &+ sums[index + 2] &* weight
                    index += 3
                }
                row[x * 3] = UInt8(truncatingIfNeeded: red &>> shift)
                row[x * 3 + 1] = UInt8(truncatingIfNeeded: green &>> shift)
                row[x * 3 + 2] = UInt8(truncatingIfNeeded: blue &>> shift)
            }
        }
    }
}
