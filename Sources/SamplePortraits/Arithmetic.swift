// Every function here uses only IEEE basic operations and square root, each rounded once, so that
// a picture is the same to the bit on every host. The platform's mathematics library is not used.

/// `value` held between `lower` and `upper`.
@inline(__always)
func clamp(_ value: Float, _ lower: Float, _ upper: Float) -> Float {
    value < lower ? lower : (value > upper ? upper : value)
}

/// `value` held between zero and one.
@inline(__always)
func saturate(_ value: Float) -> Float {
    value < 0 ? 0 : (value > 1 ? 1 : value)
}

/// The straight blend from `start` (at zero) to `end` (at one).
@inline(__always)
func mix(_ start: Float, _ end: Float, _ amount: Float) -> Float {
    start + (end - start) * amount
}

/// The cubic step from zero at `start` to one at `end`; falls when `end` is below `start`.
@inline(__always)
func smoothStep(_ start: Float, _ end: Float, _ value: Float) -> Float {
    let t = saturate((value - start) / (end - start))
    return t * t * (3 - 2 * t)
}

/// The smaller of two distances, rounded over a band of width `blend`.
@inline(__always)
func smoothMin(_ a: Float, _ b: Float, _ blend: Float) -> Float {
    let difference = a < b ? b - a : a - b
    let overlap = difference < blend ? (blend - difference) / blend : 0
    return (a < b ? a : b) - overlap * overlap * blend * 0.25
}

/// The larger of two distances, rounded over a band of width `blend`.
@inline(__always)
func smoothMax(_ a: Float, _ b: Float, _ blend: Float) -> Float {
    -smoothMin(-a, -b, blend)
}

/// The magnitude of `value`.
@inline(__always)
func magnitude(_ value: Float) -> Float {
    value < 0 ? -value : value
}

/// The square of `value`.
@inline(__always)
func squared(_ value: Float) -> Float {
    value * value
}

/// The largest whole number not above `value`, for values of a picture's range.
@inline(__always)
func floorIndex(_ value: Float) -> Int32 {
    let bounded = clamp(value, -1_000_000, 1_000_000)
    let truncated = Int32(bounded)
    return Float(truncated) > bounded ? truncated - 1 : truncated
}

/// The sine of an angle in radians, within 2e-4.
@inline(__always)
func sine(_ angle: Float) -> Float {
    let turns = angle * 0.159_154_94
    let fraction = turns - Float(floorIndex(turns + 0.5))
    // Folded to a quarter turn either side of zero, where five odd terms are enough.
    let folded: Float
    if fraction > 0.25 {
        folded = 0.5 - fraction
    } else if fraction < -0.25 {
        folded = -0.5 - fraction
    } else {
        folded = fraction
    }
    let x = folded * 6.283_185_3
    let x2 = x * x
    let tail = 1 - x2 * (0.05 - x2 * 0.001_190_476)
    return x * (1 - x2 * 0.166_666_67 * tail)
}

/// The cosine of an angle in radians, within 2e-4.
@inline(__always)
func cosine(_ angle: Float) -> Float {
    sine(angle + 1.570_796_3)
}

/// A round hill of height one: `(1 - q)³` where `q` is the squared distance, zero beyond one.
@inline(__always)
func hill(_ q: Float) -> Float {
    let rest = q < 1 ? 1 - q : 0
    return rest * rest * rest
}

/// A soft spot of height one at `center`, reaching zero on the ellipse of these radii.
@inline(__always)
func spot(_ point: Point, _ center: Point, _ radiusX: Float, _ radiusY: Float) -> Float {
    let dx = (point.x - center.x) / radiusX
    let dy = (point.y - center.y) / radiusY
    return hill(dx * dx + dy * dy)
}
