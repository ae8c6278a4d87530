/// The draws of a scene's parts, each from a stream of its own.
extension Scene {
    static func drawPose(_ seed: UInt64, _ shot: Int) -> Pose {
        var stream = RandomStream(seed: seed, index: shot, stream: 31)
        return Pose(
            center: Point(stream.around(0, 0.09), stream.around(-0.02, 0.06)),
            scale: stream.around(0.66, 0.05),
            tilt: stream.around(0, 0.11),
            turn: Point(stream.around(0, 0.13), stream.around(0, 0.05))
        )
    }

    static func drawExpression(_ seed: UInt64, _ shot: Int) -> Expression {
        var stream = RandomStream(seed: seed, index: shot, stream: 32)
        return Expression(
            rest: stream.around(0.016, 0.012),
            smile: stream.uniform(0.75, 1),
            teeth: stream.uniform(0.6, 1),
            gaze: Point(stream.around(0, 0.14), stream.around(0, 0.05)),
            browLift: stream.around(0, 0.02),
            lids: stream.around(0, 0.12)
        )
    }

    static func drawClothes(_ seed: UInt64, _ shot: Int, _ softness: Float) -> Clothes {
        var stream = RandomStream(seed: seed, index: shot, stream: 33)
        let cuts = ClothesCut.allCases
        return Clothes(
            cut: cuts[stream.index(below: cuts.count)],
            color: drawCloth(&stream),
            second: stream.chance(0.6)
                ? Color(picture: 0.93, 0.93, 0.92)
                : Color(hue: stream.unit(), saturation: stream.uniform(0.1, 0.35), value: 0.88),
            third: Color(
                hue: stream.unit(),
                saturation: stream.uniform(0.2, 0.5),
                value: stream.uniform(0.25, 0.6)
            ),
            stripes: stream.chance(0.2) ? stream.uniform(0.2, 0.5) : 0,
            shoulderHalfWidth: mix(1.62, 1.34, softness) + stream.around(0, 0.1),
            slope: mix(0.26, 0.34, softness) + stream.around(0, 0.06)
        )
    }

    private static func drawCloth(_ stream: inout RandomStream) -> Color {
        let hue = stream.unit()
        let muted = stream.chance(0.55)
        return Color(
            hue: hue,
            saturation: muted ? stream.uniform(0, 0.15) : stream.uniform(0.2, 0.45),
            value: muted ? stream.uniform(0.2, 0.8) : stream.uniform(0.3, 0.65)
        )
    }

    /// The scene as a condition leaves it, when the condition is about what is in front of the
    /// camera rather than the camera.
    func under(_ condition: Condition, seed: UInt64) -> Scene {
        var changed = self
        switch condition {
        case .longHead:
            changed.person.head.length *= 1.26
            changed.person.head.halfWidth *= 0.9
            changed.person.head.jawHalfWidth *= 0.9
            changed.person.eyes.spacing *= 0.94
            changed.pose.scale *= 0.88
        case .hat:
            var stream = RandomStream(seed: grainSeed ^ seed, index: 0, stream: 40)
            let kinds = Hat.Kind.allCases
            changed.hat = Hat(
                kind: kinds[stream.index(below: kinds.count)],
                color: Scene.drawCloth(&stream),
                band: Color(hue: stream.unit(), saturation: 0.4, value: stream.uniform(0.15, 0.8))
            )
        case .sideLight:
            var stream = RandomStream(seed: seed, index: 0, stream: 41)
            changed.light = light.strongFromSide(stream.chance(0.5) ? 1 : -1)
        case .wideAngle:
            // The lens swells the middle by this much; the camera stands back to fit the head.
            changed.pose.scale /= 1 + 0.7 * Lens.strength
            changed.pose.center = pose.center * (1 / (1 + Lens.strength))
        case .dimTint, .noiseBlur:
            break
        }
        return changed
    }
}
