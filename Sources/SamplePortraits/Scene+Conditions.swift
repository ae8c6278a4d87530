/// What conditions do to a scene: its light, its place and the person's looks.
extension Scene {
    /// The scene as a condition leaves it; `seed` chooses the variant, the same for all scenes.
    func under(_ condition: Condition, seed: UInt64) -> Scene {
        switch condition {
        case .sideLight: litFromSide(seed: seed)
        case .infrared: litByCamera()
        case .backlight: litFromBehind(seed: seed)
        case .screenLight: litByScreen(seed: seed)
        case .longHead: withLongHead()
        case .hat: withHat(seed: seed)
        case .wideAngle: fitted(to: Fisheye())
        case .dimTint, .noiseBlur: self
        }
    }

    /// One hard lamp low at one side, close by: the far half of the room is in the dark.
    private func litFromSide(seed: UInt64) -> Scene {
        var stream = RandomStream(seed: seed, index: 0, stream: 41)
        let side: Float = stream.chance(0.5) ? 1 : -1
        let lamp = Color(hue: stream.uniform(0.06, 0.1), saturation: 0.35, value: 1)
        var changed = self
        changed.light.direction = Direction(side * 0.96, -0.12, 0.26).normalized
        changed.light.key = lamp * stream.uniform(1.9, 2.2)
        changed.light.sky = lamp * 0.012
        changed.light.ground = lamp * 0.008
        changed.background.level = lamp * 0.035
        changed.background.fall = side * 0.8
        return changed
    }

    /// A lamp around the lens, whose light is spent before it gets to the wall; skin of every tone
    /// is pale to it.
    private func litByCamera() -> Scene {
        var changed = self
        changed.person.skin.melanin *= 0.3
        changed.light.direction = Direction(0, -0.06, 1).normalized
        changed.light.key = .white * 1.25
        changed.light.sky = .white * 0.01
        changed.light.ground = .white * 0.01
        changed.background.level = .white * 0.012
        changed.background.halo = 0
        return changed
    }

    /// A window fills the picture; its light only rims the person.
    private func litFromBehind(seed: UInt64) -> Scene {
        var stream = RandomStream(seed: seed, index: 0, stream: 43)
        let day = Color(hue: 0.58, saturation: stream.uniform(0.02, 0.12), value: 1)
        var changed = self
        changed.light.direction = Direction(stream.around(0, 0.3), -0.55, -0.62).normalized
        changed.light.key = day * 2.4
        changed.light.sky = day * stream.uniform(0.15, 0.19)
        changed.light.ground = day * stream.uniform(0.11, 0.14)
        changed.background.window = Background.Window(
            bars: Point(stream.uniform(0.35, 0.7) * (stream.chance(0.5) ? 1 : -1), -0.62),
            light: day * 1.5
        )
        return changed
    }

    /// A screen below the camera lights face and chest and nothing else.
    private func litByScreen(seed: UInt64) -> Scene {
        var stream = RandomStream(seed: seed, index: 0, stream: 44)
        let screen = Color(
            hue: stream.uniform(0.53, 0.64),
            saturation: stream.uniform(0.42, 0.55),
            value: 1
        )
        var changed = self
        changed.light.direction = Direction(stream.around(0, 0.3), 0.5, 0.75).normalized
        changed.light.key = screen * stream.uniform(1.1, 1.3)
        changed.light.sky = screen * 0.012
        changed.light.ground = screen * 0.03
        changed.background.level = screen * 0.03
        changed.background.halo = 0
        return changed
    }

    private func withLongHead() -> Scene {
        var changed = self
        changed.person.head.length *= 1.26
        changed.person.head.halfWidth *= 0.9
        changed.person.head.jawHalfWidth *= 0.9
        changed.person.eyes.spacing *= 0.94
        changed.pose.scale *= 0.88
        return changed
    }

    private func withHat(seed: UInt64) -> Scene {
        var stream = RandomStream(seed: seed, index: 0, stream: 40)
        let kinds = Hat.Kind.allCases
        var changed = self
        changed.hat = Hat(
            kind: kinds[stream.index(below: kinds.count)],
            color: Scene.drawCloth(&stream),
            band: Color(hue: stream.unit(), saturation: 0.4, value: stream.uniform(0.15, 0.8))
        )
        return changed
    }

    /// The camera stands back, so that what the lens swells still fits.
    private func fitted(to lens: Fisheye) -> Scene {
        var changed = self
        changed.pose.scale /= 0.95 * lens.magnification
        changed.pose.center = pose.center * (1 / lens.magnification)
        return changed
    }
}
