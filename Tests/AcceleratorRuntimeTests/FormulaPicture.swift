import AcceleratorRuntime
import TestSupport

/// Pictures that any program can make again, for holding measures against other programs' values.
enum FormulaPicture {
    /// Hard to foresee: `(x²(k + 1) + 3y² + 7xy + 11c(x + 2y) + 17k) mod 256`, over 128, minus 1.
    static func rough(_ size: PictureSize, _ k: Int) -> [Float] {
        values(size) { c, y, x in
            x * x * (k + 1) + 3 * y * y + 7 * x * y + 11 * c * (x + 2 * y) + 17 * k
        }
    }

    /// Mostly smooth: `(⌊4x(w - 1 - x)(k + 1) / w⌋ + 3y + 16c) mod 256`, over 128, minus 1.
    static func smooth(_ size: PictureSize, _ k: Int) -> [Float] {
        values(size) { c, y, x in
            x * (size.width - 1 - x) * 4 * (k + 1) / size.width + 3 * y + 16 * c
        }
    }

    /// Three parts of one picture and one of another.
    static func mixed(_ one: [Float], _ other: [Float]) -> [Float] {
        zip(one, other).map { $0 * 0.75 + $1 * 0.25 }
    }

    /// A picture with noise of up to `strength` added to every value.
    static func noisy(_ picture: [Float], strength: Float, seed: UInt64 = 3) -> [Float] {
        var random = SeededGenerator(seed: seed)
        return picture.map { $0 + (random.unit() * 2 - 1) * strength }
    }

    private static func values(_ size: PictureSize, _ value: (Int, Int, Int) -> Int) -> [Float] {
        (0..<3).flatMap { c in
            (0..<size.height).flatMap { y in
                (0..<size.width).map { x in Float(value(c, y, x) % 256) / 128 - 1 }
            }
        }
    }
}
