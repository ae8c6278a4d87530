/// A stream of drawn numbers that is a function of its seed and its name (SplitMix64).
///
/// Every aspect of a scene draws from a stream of its own, so that one aspect can be drawn again
/// while the others stay.
struct RandomStream: Sendable {
    private var state: UInt64

    init(seed: UInt64, index: Int, stream: UInt64) {
        let place = RandomStream.scramble(UInt64(bitPattern: Int64(index)) &+ 0x51_7CC1)
        state = RandomStream.scramble(seed ^ place) &+ RandomStream.scramble(stream &+ 0xA5)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return RandomStream.scramble(state)
    }

    /// A number of [0, 1) with 24 bits.
    mutating func unit() -> Float {
        Float(next() >> 40) * (1.0 / 16_777_216)
    }

    mutating func uniform(_ lower: Float, _ upper: Float) -> Float {
        lower + (upper - lower) * unit()
    }

    /// A number within `spread` of `center`, the middle being likelier than the ends.
    mutating func around(_ center: Float, _ spread: Float) -> Float {
        let sum = unit() + unit() + unit()
        return center + spread * (sum * (2.0 / 3) - 1)
    }

    mutating func chance(_ probability: Float) -> Bool {
        unit() < probability
    }

    /// A whole number of 0 ..< count.
    mutating func index(below count: Int) -> Int {
        Int(next() >> 33) % (count > 0 ? count : 1)
    }

    private static func scramble(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A fixed field of random values over the plane.
struct Noise: Sendable {
    let seed: UInt32

    init(seed: UInt64) {
        self.seed = UInt32(truncatingIfNeeded: seed ^ (seed >> 32))
    }

    /// The value of one lattice place, in [0, 1).
    @inline(__always)
    func lattice(_ x: Int32, _ y: Int32) -> Float {
        var h = UInt32(bitPattern: x) &* 0x9E37_79B1
        h ^= UInt32(bitPattern: y) &* 0x85EB_CA77
        h = (h ^ seed) &* 0xC2B2_AE3D
        h = (h ^ (h >> 15)) &* 0x2C1B_3C6D
        h = (h ^ (h >> 13)) &* 0x297A_2D39
        h ^= h >> 16
        return Float(h >> 8) * (1.0 / 16_777_216)
    }

    /// Smooth noise in [-1, 1] with features of about one unit.
    @inline(__always)
    func smooth(_ x: Float, _ y: Float) -> Float {
        let ix = floorIndex(x)
        let iy = floorIndex(y)
        let fx = x - Float(ix)
        let fy = y - Float(iy)
        let wx = fx * fx * (3 - 2 * fx)
        let wy = fy * fy * (3 - 2 * fy)
        let top = mix(lattice(ix, iy), lattice(ix &+ 1, iy), wx)
        let bottom = mix(lattice(ix, iy &+ 1), lattice(ix &+ 1, iy &+ 1), wx)
        return mix(top, bottom, wy) * 2 - 1
    }
}
