/// What is behind the person: a studio's wall, a muted blend of colours with soft shapes on it.
struct Background: Sendable, Equatable {
    struct Blob: Sendable, Equatable {
        var center: Point
        var radius: Float
        var softness: Float
        var color: Color
        var strength: Float
    }

    var top: Color
    var bottom: Color
    /// Direction of the blend.
    var slant: Float
    /// Brightness behind the head.
    var halo: Float
    var blobs: [Blob]
    /// Upright bands, as of a curtain or a panelled wall, zero to one.
    var bands: Float
    var bandWidth: Float
    var texture: UInt64
    /// Light that gets there, one being that of an ordinary room.
    var level: Color
    /// How much of the level lies at the right edge rather than the left, -1 to 1.
    var fall: Float
    /// A window that fills the picture and outshines all of it, which only a condition puts there.
    var window: Window?

    /// A window with daylight behind it.
    struct Window: Sendable, Equatable {
        /// Where its upright and its level bar are.
        var bars: Point
        var light: Color
    }

    init(seed: UInt64, shot: Int) {
        var stream = RandomStream(seed: seed, index: shot, stream: 35)
        let hue = stream.unit()
        let saturation = stream.uniform(0.02, 0.16)
        let value = stream.uniform(0.45, 0.85)
        top = Color(hue: hue, saturation: saturation, value: value)
        bottom = Color(
            hue: hue + stream.around(0, 0.15),
            saturation: saturation * stream.uniform(0.5, 1.2),
            value: value * stream.uniform(0.6, 1)
        )
        slant = stream.around(0, 0.8)
        halo = stream.uniform(0, 0.35)
        bands = stream.chance(0.2) ? stream.uniform(0.06, 0.15) : 0
        bandWidth = stream.uniform(0.15, 0.5)
        texture = stream.next()
        level = .white
        fall = 0
        window = nil
        blobs = []
        for _ in 0..<(stream.chance(0.5) ? 2 + stream.index(below: 4) : 0) {
            blobs.append(
                Blob(
                    center: Point(stream.uniform(-1.1, 1.1), stream.uniform(-1.1, 0.8)),
                    radius: stream.uniform(0.08, 0.5),
                    softness: stream.uniform(0.08, 0.6),
                    color: Color(
                        hue: hue + stream.around(0, 0.2),
                        saturation: saturation * stream.uniform(0.5, 1.5),
                        value: value * stream.uniform(0.75, 1.2)
                    ),
                    strength: stream.uniform(0.12, 0.6)
                )
            )
        }
    }

    /// The colour at a place of the picture.
    @inline(__always)
    func color(at point: Point, noise: Noise) -> Color {
        let along = saturate(0.5 + 0.5 * (point.y + slant * point.x) / (1 + magnitude(slant)))
        var color = top.mixed(bottom, along * along * (3 - 2 * along))
        for blob in blobs {
            let distance = (point - blob.center).length
            let inside = smoothStep(
                blob.radius + blob.softness * blob.radius,
                blob.radius - blob.softness * blob.radius,
                distance
            )
            color = color.mixed(blob.color, inside * blob.strength)
        }
        if bands > 0 {
            let wave = sine(point.x / bandWidth * 6.283_185)
            color = color * (1 + bands * wave * (0.6 + 0.4 * wave))
        }
        let glow = halo * hill((squared(point.x) + squared(point.y + 0.1)) * 0.8)
        let cloud = noise.smooth(point.x * 2.3, point.y * 2.3) * 0.06
        let room = color * (1 + glow + cloud) * level * (1 + fall * clamp(point.x, -1, 1))
        guard let window else { return room }
        return shining(room, window, point)
    }

    /// The room outshone: what is behind glass is hardly seen, bars are drowned in glare.
    @inline(__always)
    private func shining(_ room: Color, _ window: Window, _ point: Point) -> Color {
        let upright = magnitude(point.x - window.bars.x)
        let level = magnitude(point.y - window.bars.y)
        let bar = smoothStep(0.055, 0.03, upright < level ? upright : level)
        let glass = window.light + room * 0.35
        return glass.mixed(window.light * 0.3, bar)
    }
}
