/// SplitMix64: a random generator whose run is told by its seed.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// A run of its own.
    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below `bound`.
    package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// A multiple of 2^-24 in [0, 1).
    package mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }
}
