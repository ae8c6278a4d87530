/// Random numbers that depend on a seed, a stream's name and a counter, and on nothing else.
///
/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) over a key mixed from the seed and the name's
/// FNV-1a hash: the same bits on every host, and streams that can be drawn in any order.
package struct CounterRandom: RandomNumberGenerator, Hashable, Sendable {
    /// Where the stream starts.
    package let key: UInt64
    /// How many numbers have been drawn.
    package private(set) var counter: UInt64 = 0

    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// The stream of that name under a seed.
    package init(seed: UInt64, stream: String) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in stream.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        self.init(key: Self.mix(Self.mix(seed &+ Self.increment) ^ hash))
    }

    /// The stream with a key; its numbers are SplitMix64's from that state.
    package init(key: UInt64) {
        self.key = key
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        counter &+= 1
        return Self.mix(key &+ counter &* Self.increment)
    }

    /// A number in 0..<1, a multiple of 2^-24; each is exact in single precision.
    package mutating func uniform() -> Float {
        Float(next() >> 40) * 0x1p-24
    }

    /// An integer in `0..<bound`, each equally likely; `bound` must be above 0.
    package mutating func bounded(_ bound: Int) -> Int {
        precondition(bound > 0, "an empty range has no random element")
        let width = UInt64(bound)
        // Lemire's method: the high half of a product, with the uneven low halves drawn again.
        var product = next().multipliedFullWidth(by: width)
        if product.low < width {
            let threshold = (0 &- width) % width
            while product.low < threshold { product = next().multipliedFullWidth(by: width) }
        }
        return Int(product.high)
    }

    /// The numbers `0..<count` in a random order, each order equally likely.
    package mutating func permutation(_ count: Int) -> [Int] {
        precondition(count >= 0, "a permutation of fewer than no elements")
        var order = Array(0..<count)
        for index in order.indices.dropFirst().reversed() {
            order.swapAt(index, bounded(index + 1))
        }
        return order
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var bits = value
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }
}
