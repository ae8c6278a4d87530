extension RGBImage {
    /// The picture as the network sees it: three planes R, G, B of `height * width` numbers.
    ///
    /// A byte `b` becomes `b / 127.5 - 1`, in -1...1. Both steps round once, so every host
    /// computes the same bits.
    package func planarFloats() -> [Float] {
        let planeCount = width * height
        return [Float](unsafeUninitializedCapacity: planeCount * 3) { target, count in
            pixels.withUnsafeBufferPointer { source in
                for index in 0..<planeCount {
                    for channel in 0..<3 {
                        let byte = source[index * 3 + channel]
                        target[channel * planeCount + index] = Float(byte) / 127.5 - 1
                    }
                }
            }
            count = planeCount * 3
        }
    }

    /// Makes a picture of what a network computed: the way back from `planarFloats()`.
    ///
    /// `planar` holds `3 * height * width` numbers. Each is clamped to -1...1 and rounded to
    /// the nearest byte, halves upward. A NaN becomes 0: it is the network's failure, not ours.
    package init(planar: [Float], width: Int, height: Int) {
        precondition(
            planar.count == width * height * 3,
            "three planes have three numbers for each pixel"
        )
        let planeCount = width * height
        let pixels = [UInt8](unsafeUninitializedCapacity: planar.count) { target, count in
            planar.withUnsafeBufferPointer { source in
                for index in 0..<planeCount {
                    for channel in 0..<3 {
                        let value = source[channel * planeCount + index]
                        target[index * 3 + channel] = Self.byte(of: value)
                    }
                }
            }
            count = planeCount * 3
        }
        self.init(width: width, height: height, pixels: pixels)
    }

    /// The byte nearest to a number in -1...1; NaN falls through to 0.
    private static func byte(of value: Float) -> UInt8 {
        guard value > -1 else { return 0 }
        guard value < 1 else { return 255 }
        return UInt8((value + 1) * 127.5 + 0.5)
    }
}
