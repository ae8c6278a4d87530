import ModelGraph

/// The sliced Wasserstein distance between two sets of pictures (Karras, Aila, Laine and Lehtinen,
/// ICLR 2018, section 5).
///
/// On each level of a Laplacian pyramid, patches of 7 x 7 pixels are taken at random places of
/// every picture, and their values normalised, channel by channel over the set, to mean 0 and
/// deviation 1.
/// Both sets are projected onto random directions; the distance is the mean over the directions of
/// the one-dimensional Wasserstein distance, times 1000 as in the paper.
///
/// The counts are smaller than the paper's (16384 pictures, 512 directions), for sets of a few
/// pictures: see ``Counts``. Picture `k` of one set and of the other give patches from the same
/// places, so that equal sets are at distance 0, and a set of changed pictures is best put beside
/// its originals in the same order. Everything random comes from ``Counts/seed``: equal pictures
/// give equal bits.
package struct SlicedWasserstein: Sendable {
    /// How much is sampled.
    package struct Counts: Sendable, Hashable {
        /// Patches of a picture on each level.
        package var patches = 128
        /// Directions of each level.
        package var directions = 128
        /// Seed of places and directions.
        package var seed: UInt64 = 1

        /// The default: 128 patches a picture and level (the paper's), 128 directions, seed 1.
        package init() {}
    }

    /// The distance of one level.
    package struct LevelDistance: Sendable, Hashable {
        /// The shorter side of the level, in pixels.
        package let side: Int
        /// The distance, times 1000.
        package let distance: Double
    }

    /// What came out.
    package struct Result: Sendable, Hashable {
        /// The levels, the finest first.
        package let levels: [LevelDistance]

        /// The mean of the levels' distances, times 1000.
        package var average: Double {
            levels.map(\.distance).reduce(0, +) / Double(levels.count)
        }
    }

    /// The factor of every distance given out.
    package static let scale = 1000.0
    /// Pixels of a patch's side.
    package static let patchSide = 7

    private let size: PictureSize
    private let counts: Counts

    /// A measure for pictures of a size, at least 7 pixels a side.
    package init(size: PictureSize, counts: Counts = Counts()) {
        precondition(
            min(size.width, size.height) >= Self.patchSide,
            "a picture is at least as large as a patch"
        )
        precondition(counts.patches > 0 && counts.directions > 0, "nothing would be sampled")
        self.size = size
        self.counts = counts
    }

    /// The distance between two sets, each of at least one picture: `3 * height * width` values in
    /// planes.
    package func distance(_ one: [[Float]], _ other: [[Float]]) -> Result {
        precondition(!one.isEmpty && !other.isEmpty, "a set has at least one picture")
        let sizes = LaplacianPyramid.sizes(of: size)
        let first = one.map { LaplacianPyramid($0, size: size).levels }
        let second = other.map { LaplacianPyramid($0, size: size).levels }
        let levels = sizes.enumerated().map { index, size in
            let directions = Directions(counts, level: index)
            var left = PatchSet(first.map { $0[index] }, counts, level: index)
            var right = PatchSet(second.map { $0[index] }, counts, level: index)
            var sum = 0.0
            for direction in 0..<counts.directions {
                let vector = directions.vector(direction)
                sum += Self.distance(
                    left.sortedProjections(vector),
                    right.sortedProjections(vector)
                )
            }
            return LevelDistance(
                side: min(size.width, size.height),
                distance: sum / Double(counts.directions) * Self.scale
            )
        }
        return Result(levels: levels)
    }

    /// The Wasserstein distance of two sorted samples: the area between their quantile functions.
    static func distance(_ one: [Float], _ other: [Float]) -> Double {
        let (countOne, countOther) = (one.count, other.count)
        var (i, j, done, sum) = (0, 0, 0, 0.0)
        // The axis is 0...countOne * countOther; a value of one set spans the other's count.
        while i < countOne, j < countOther {
            let end = min((i + 1) * countOther, (j + 1) * countOne)
            sum += Double(end - done) * abs(Double(one[i]) - Double(other[j]))
            done = end
            if end == (i + 1) * countOther { i += 1 }
            if end == (j + 1) * countOne { j += 1 }
        }
        return sum / (Double(countOne) * Double(countOther))
    }
}

/// Random directions of unit length in the space of patches.
private struct Directions {
    private let values: [Float]

    init(_ counts: SlicedWasserstein.Counts, level: Int) {
        var random = CounterRandom(seed: counts.seed, stream: "directions of level \(level)")
        var values: [Float] = []
        values.reserveCapacity(counts.directions * PatchSet.spacing)
        for _ in 0..<counts.directions {
            var vector = [Float](repeating: 0, count: PatchSet.spacing)
            var square: Float = 0
            for place in 0..<PatchSet.valueCount {
                // Twelve uniform numbers have deviation 1; their sum is near enough to normal for
                // the directions to favour no axis, and exact on every host.
                var sum: Float = -6
                for _ in 0..<12 { sum += random.uniform() }
                vector[place] = sum
                square += sum * sum
            }
            let length = square.squareRoot()
            values += vector.map { $0 / length }
        }
        self.values = values
    }

    func vector(_ index: Int) -> ArraySlice<Float> {
        values[index * PatchSet.spacing..<(index + 1) * PatchSet.spacing]
    }
}

/// The normalised patches of one level of a set of pictures.
private struct PatchSet {
    /// Values of a patch.
    static let valueCount =
        PictureSize.planes * SlicedWasserstein.patchSide * SlicedWasserstein.patchSide
    /// Values from one patch to the next: whole fours, the last values zero.
    static let spacing = (valueCount + 3) / 4 * 4

    private var values: [Float]
    private let count: Int
    private var sorting: RadixSort

    init(_ pictures: [LaplacianPyramid.Level], _ counts: SlicedWasserstein.Counts, level: Int) {
        count = pictures.count * counts.patches
        sorting = RadixSort(count: count)
        values = [Float](repeating: 0, count: count * Self.spacing)
        for (index, picture) in pictures.enumerated() {
            var random = CounterRandom(
                seed: counts.seed,
                stream: "patches of level \(level), picture \(index)"
            )
            for patch in 0..<counts.patches {
                let left = random.bounded(picture.size.width - SlicedWasserstein.patchSide + 1)
                let top = random.bounded(picture.size.height - SlicedWasserstein.patchSide + 1)
                copy(picture, left: left, top: top, to: index * counts.patches + patch)
            }
        }
        for plane in 0..<PictureSize.planes { normalize(plane) }
    }

    private mutating func copy(
        _ picture: LaplacianPyramid.Level,
        left: Int,
        top: Int,
        to patch: Int
    ) {
        let side = SlicedWasserstein.patchSide
        var target = patch * Self.spacing
        for plane in 0..<PictureSize.planes {
            for y in top..<top + side {
                let source = plane * picture.size.planeCount + y * picture.size.width + left
                for x in 0..<side { values[target + x] = picture.values[source + x] }
                target += side
            }
        }
    }

    /// Brings a channel to mean 0 and deviation 1; one without any variation to 0.
    private mutating func normalize(_ plane: Int) {
        let area = SlicedWasserstein.patchSide * SlicedWasserstein.patchSide
        let places = (0..<count).map { $0 * Self.spacing + plane * area }
        var (sum, square) = (0.0, 0.0)
        for start in places {
            for index in start..<start + area { sum += Double(values[index]) }
        }
        let mean = sum / Double(count * area)
        for start in places {
            for index in start..<start + area {
                let difference = Double(values[index]) - mean
                square += difference * difference
            }
        }
        let deviation = (square / Double(count * area)).squareRoot()
        let factor = deviation > 0 ? 1 / deviation : 0
        for start in places {
            for index in start..<start + area {
                values[index] = Float((Double(values[index]) - mean) * factor)
            }
        }
    }

    /// The patches along a direction, in ascending order.
    ///
    /// Four sums a patch, added up at the end: the same order on every host. Plain pointers keep
    /// this fast without optimisation too, where vectors are calls.
    mutating func sortedProjections(_ direction: ArraySlice<Float>) -> [Float] {
        var projections = [Float](repeating: 0, count: count)
        values.withUnsafeBufferPointer { values in
            direction.withUnsafeBufferPointer { direction in
                guard let values = values.baseAddress, let direction = direction.baseAddress
                else { return }
                for patch in 0..<count {
                    let row = values + patch * Self.spacing
                    var (a, b, c, d): (Float, Float, Float, Float) = (0, 0, 0, 0)
                    var place = 0
                    while place < Self.spacing {
                        a += row[place] * direction[place]
                        b += row[place + 1] * direction[place + 1]
                        c += row[place + 2] * direction[place + 2]
                        d += row[place + 3] * direction[place + 3]
                        place += 4
                    }
                    projections[patch] = (a + b) + (c + d)
                }
            }
        }
        sorting.sort(&projections)
        return projections
    }
}
