/// Draws a scene: the picture a good camera makes of it.
///
/// - Parameters:
///   - scene: What is drawn.
///   - size: Width and height in pixels, at least `Scene.minimumSize`.
/// - Returns: `size * size * 3` bytes: rows from the top, red, green and blue in turn. The bytes
///   are the same on every host.
package func render(_ scene: Scene, size: Int = 256) -> [UInt8] {
    render(scene, conditions: [], size: size, seed: 0)
}

/// Draws a scene under one condition, or under none.
///
/// - Parameters:
///   - scene: What is drawn.
///   - condition: The condition, or nil for a good picture.
///   - size: Width and height in pixels, at least 64.
///   - seed: Chooses among the condition's variants (tint, side, hat) and seeds its noise. The
///     true answer to an attribute change is the changed scene with the same seed.
/// - Returns: `size * size * 3` bytes, as `render(_:size:)` does.
package func render(
    _ scene: Scene,
    condition: Condition?,
    size: Int = 256,
    seed: UInt64
) -> [UInt8] {
    render(scene, conditions: condition.map { [$0] } ?? [], size: size, seed: seed)
}

/// Draws a scene under several conditions at once.
///
/// - Parameters:
///   - scene: What is drawn.
///   - conditions: The conditions; their order and repeats do not matter.
///   - size: Width and height in pixels, at least 64.
///   - seed: Chooses among the conditions' variants and seeds their noise.
/// - Returns: `size * size * 3` bytes, as `render(_:size:)` does.
package func render(
    _ scene: Scene,
    conditions: [Condition],
    size: Int = 256,
    seed: UInt64
) -> [UInt8] {
    precondition(size >= Scene.minimumSize, "portraits are at least 64 pixels wide")
    let ordered = Condition.allCases.filter(conditions.contains)
    var posed = scene
    for condition in ordered {
        posed = posed.under(condition, seed: seed)
    }
    var canvas: Canvas
    if ordered.contains(.wideAngle) {
        let wide = PortraitPainter.paint(posed, size: size * Fisheye.oversampling)
        canvas = Fisheye().bend(wide, to: size)
    } else {
        canvas = PortraitPainter.paint(posed, size: size)
    }
    if ordered.contains(.infrared) {
        Sensor.seeInfrared(&canvas)
    }
    if ordered.contains(.dimTint) {
        Sensor.dim(&canvas, seed: seed)
    }
    if ordered.contains(.noiseBlur) {
        Sensor.veil(&canvas, seed: seed)
        Sensor.soften(&canvas)
    }
    return Grain(scene: scene, conditions: ordered, seed: seed).develop(canvas)
}

/// The noise of a sensor, and the step from light to bytes.
private struct Grain {
    let noise: Noise
    let strength: Float
    /// Share of the noise that differs between the colours.
    let color: Float

    init(seed: UInt64, strength: Float, color: Float) {
        noise = Noise(seed: seed)
        self.strength = strength
        self.color = color
    }

    /// The noise of one picture: the same whatever attributes it shows.
    init(scene: Scene, conditions: [Condition], seed: UInt64) {
        let isCheap = conditions.contains(.noiseBlur)
        let isGrey = conditions.contains(.infrared)
        let isDark = conditions.contains { [.dimTint, .infrared].contains($0) }
        noise = Noise(seed: isCheap ? scene.grainSeed ^ seed ^ 0x5EED : scene.grainSeed)
        strength = isCheap ? 0.06 : (isDark ? 0.02 : 0.008)
        color = isGrey ? 0 : (isCheap ? 0.6 : 0.25)
    }

    func develop(_ canvas: Canvas) -> [UInt8] {
        let size = canvas.size
        var bytes = [UInt8](repeating: 0, count: size * size * 3)
        for row in 0..<size {
            for column in 0..<size {
                let index = row * size + column
                let light = canvas.pixels[index]
                let x = Int32(truncatingIfNeeded: column)
                let y = Int32(truncatingIfNeeded: row)
                let shared = bell(x, y, 0) * (1 - color)
                let red = shared + bell(x, y, 1) * color
                let green = shared + bell(x, y, 2) * color
                let blue = shared + bell(x, y, 3) * color
                bytes[index * 3] = byte(light.red, red)
                bytes[index * 3 + 1] = byte(light.green, green)
                bytes[index * 3 + 2] = byte(light.blue, blue)
            }
        }
        return bytes
    }

    /// Noise of one pixel and plane, near a bell of spread one half.
    @inline(__always)
    private func bell(_ x: Int32, _ y: Int32, _ plane: Int32) -> Float {
        let place = x &* 2 &+ plane &* 65_536
        return noise.lattice(place, y) + noise.lattice(place &+ 1, y) - 1
    }

    /// The picture's value of one channel: a square-root curve with a soft shoulder.
    @inline(__always)
    private func byte(_ light: Float, _ noise: Float) -> UInt8 {
        let held = light > 0 ? (light < 16 ? light : 16) : 0
        let value = held.squareRoot()
        let rolled = value > 0.8 ? 0.8 + (value - 0.8) / (1 + (value - 0.8) * 1.9) : value
        return UInt8(saturate(rolled + noise * strength) * 255 + 0.5)
    }
}
