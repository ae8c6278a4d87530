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

    static func drawCloth(_ stream: inout RandomStream) -> Color {
        let hue = stream.unit()
        let muted = stream.chance(0.55)
        return Color(
            hue: hue,
            saturation: muted ? stream.uniform(0, 0.15) : stream.uniform(0.2, 0.45),
            value: muted ? stream.uniform(0.2, 0.8) : stream.uniform(0.3, 0.65)
        )
    }
}
