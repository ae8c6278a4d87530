/// A lamp, the sky and the ground: what lights a portrait.
struct Light: Sendable, Equatable {
    /// From the head towards the lamp, length one.
    var direction: Direction
    var key: Color
    var sky: Color
    var ground: Color

    init(seed: UInt64, shot: Int) {
        var stream = RandomStream(seed: seed, index: shot, stream: 34)
        let side = stream.around(0, 0.75)
        direction = Direction(side, stream.uniform(-0.75, -0.25), 0.85).normalized
        let warmth = stream.around(0.1, 1)
        let strength = stream.uniform(0.75, 0.98)
        key = Color(1 + 0.13 * warmth, 1, 1 - 0.17 * warmth) * strength
        sky = Color(1 - 0.08 * warmth, 1, 1 + 0.12 * warmth) * stream.uniform(0.2, 0.38)
        ground = Color(1.08, 0.98, 0.9) * stream.uniform(0.12, 0.22)
    }

    /// How much of the lamp can gleam towards the viewer: all of it, unless it is behind.
    var reachesFront: Float { smoothStep(-0.3, 0.1, direction.z) }

    /// How bright the room is that glass mirrors: one in all but dark rooms.
    var mirrored: Float { saturate(sky.green / 0.2) }

    /// How much of the lamp arrives on a surface, softened past the edge of shadow by `wrap`.
    @inline(__always)
    func lit(_ normal: Direction, wrap: Float) -> Float {
        let cosine = saturate((normal.dot(direction) + wrap) / (1 + wrap))
        return cosine * cosine.squareRoot()
    }

    /// What arrives from sky and ground.
    @inline(__always)
    func ambient(_ normal: Direction) -> Color {
        ground.mixed(sky, saturate(0.5 - 0.5 * normal.y))
    }

    /// Light on cloth, hair and other plain matter.
    @inline(__always)
    func plain(_ normal: Direction, shadow: Float = 1) -> Color {
        ambient(normal) + key * (lit(normal, wrap: 0.3) * shadow)
    }

    /// Light on skin: red reaches further into the shadow than green and blue.
    @inline(__always)
    func skin(_ normal: Direction, shadow: Float, occlusion: Float) -> Color {
        let spread = Color(
            lit(normal, wrap: 0.46),
            lit(normal, wrap: 0.30),
            lit(normal, wrap: 0.25)
        )
        let lamp = key * spread * Color(mix(0.25, 1, shadow), mix(0.1, 1, shadow), shadow)
        let closed = Color(
            mix(0.42, 1, occlusion),
            mix(0.2, 1, occlusion),
            mix(0.14, 1, occlusion)
        )
        return (ambient(normal) + lamp) * closed
    }

    /// The gleam of a smooth surface, zero to one.
    @inline(__always)
    func gleam(_ normal: Direction) -> Float {
        let half = Direction(direction.x, direction.y, direction.z + 1).normalized
        let cosine = saturate(normal.dot(half))
        let c4 = squared(squared(cosine))
        return squared(squared(c4))
    }
}
