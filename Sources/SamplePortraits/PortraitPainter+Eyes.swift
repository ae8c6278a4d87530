/// Eyes, lids, lashes and brows.
extension PortraitPainter {
    func paintEyes(on canvas: inout Canvas) {
        for side in [Float(-1), 1] {
            paintEye(side, on: &canvas)
        }
    }

    private func paintEye(_ side: Float, on canvas: inout Canvas) {
        let frame = self.frame
        let eye = EyeShape(scene: scene, layout: layout, side: side)
        let normal = Direction(side * 0.25 + 0.6 * frame.turn.x, -0.05, 0.95).normalized
        let exposure = light.skin(normal, shadow: 1, occlusion: 0.9)
        let box = canvas.box(
            frame.picture(face: Bounds(around: eye.center, eye.halfWidth * 1.6, 0.17))
        )
        canvas.paint(box) { picture in
            let face = frame.face(frame.head(picture))
            let local = eye.local(face)
            return eyeLayer(eye, local, exposure)
        }
    }

    /// One eye at a place: ball, lids and lashes blended into one layer.
    @inline(__always)
    private func eyeLayer(_ eye: EyeShape, _ p: Point, _ exposure: Color) -> Layer {
        let upper = eye.upperLid(p.x)
        let lower = eye.lowerLid(p.x)
        let pixel = frame.pixel / eye.halfWidth
        let above = (upper - p.y) * eye.steepness(p.x)
        let below = (p.y - lower) * eye.steepness(p.x)
        let inside = above > below ? above : below
        let ballCoverage = saturate(0.5 - inside / pixel)
        let ball = ballCoverage > 0 ? ballLight(eye, p, upper: upper, exposure) : .black
        // Lids: a dark line of lashes above, a crease over it, a pale rim below.
        let reach = smoothStep(-1.08, -0.92, p.x) * smoothStep(1.28, 1.02, p.x)
        let thick = mix(0.07, 0.15, eye.lashes) * mix(0.75, 1.3, saturate(p.x * 0.5 + 0.5))
        let lashLine = smoothStep(thick + pixel * 0.5, thick * 0.25, magnitude(p.y - upper + 0.03))
        let lash = lashLine * reach * mix(0.75, 1, eye.lashes)
        let lowLine = smoothStep(0.09 + pixel * 0.5, 0, magnitude(p.y - lower - 0.02))
        let low =
            lowLine * smoothStep(-1, -0.5, p.x) * smoothStep(1.1, 0.9, p.x)
            * mix(0.3, 0.45, eye.lashes)
        let creaseY = upper - mix(0.2, 0.36, eye.crease) - 0.05 * p.x
        let creaseLine = smoothStep(0.13 + pixel * 0.5, 0, magnitude(p.y - creaseY))
        let crease =
            creaseLine * smoothStep(-1.1, -0.6, p.x) * smoothStep(1.35, 0.9, p.x)
            * mix(0.2, 0.5, eye.crease) * (p.y < upper ? 1 : 0)
        let dark = Color(0.014, 0.010, 0.009) * exposure
        let fold = skinColor * Color(0.3, 0.19, 0.16) * exposure
        return Layer(color: fold, coverage: crease)
            .under(Layer(color: fold, coverage: low))
            .under(Layer(color: ball, coverage: ballCoverage))
            .under(Layer(color: dark, coverage: lash))
    }

    /// White, iris, pupil and the lamp's reflection.
    @inline(__always)
    private func ballLight(
        _ eye: EyeShape,
        _ p: Point,
        upper: Float,
        _ exposure: Color
    ) -> Color {
        let pixel = frame.pixel / eye.halfWidth
        let fromCenter = (p - eye.gaze).length
        let corner = squared(p.x * 0.85)
        var color = Color(picture: 0.88, 0.86, 0.84) * mix(0.9, 0.42, saturate(corner))
        let pink = smoothStep(-0.72, -0.98, p.x)
        color = color.mixed(Color(picture: 0.78, 0.48, 0.44), pink * 0.7)
        let ring = eye.irisRadius
        let onIris = smoothStep(ring + 0.03 + pixel * 0.5, ring - 0.03 - pixel * 0.5, fromCenter)
        if onIris > 0 {
            let fibre = noise.smooth(p.x * 9 / (fromCenter + 0.1), p.y * 9 / (fromCenter + 0.1))
            let glow = smoothStep(-0.6, 0.9, (p.y - eye.gaze.y) / ring)
            let limbus = smoothStep(0.62, 1.02, fromCenter / ring)
            var iris = eye.iris * (mix(0.75, 1.5, glow) * (1 + 0.22 * fibre))
            iris = iris.mixed(eye.iris * 0.18, limbus)
            let hole = ring * 0.42
            let pupil = smoothStep(hole + 0.03 + pixel * 0.5, hole - 0.03 - pixel * 0.5, fromCenter)
            iris = iris.mixed(Color(0.004, 0.004, 0.005), pupil)
            color = color.mixed(iris, onIris)
        }
        let lidShadow = smoothStep(-0.02, 0.34, p.y - upper)
        var lit = color * exposure * mix(0.42, 1, lidShadow)
        let spark = Point(
            eye.gaze.x + light.direction.x * 0.26,
            eye.gaze.y - 0.08 + light.direction.y * 0.2
        )
        let glint = smoothStep(0.12 + pixel * 0.5, 0.06, (p - spark).length)
        lit = lit.mixed(light.key, glint * 0.9 * light.reachesFront)
        return lit
    }

    func paintBrows(on canvas: inout Canvas) {
        let frame = self.frame
        let brows = scene.person.brows
        let center = Point(0, layout.browY)
        let exposure = light.skin(Direction(0, -0.2, 0.95).normalized, shadow: 0.9, occlusion: 1)
        let color = brows.tone * exposure * mix(1, 0.3, scene.person.skin.melanin)
        let box = canvas.box(frame.picture(face: Bounds(around: center, 0.6, 0.2)))
        canvas.paint(box) { picture in
            let face = frame.face(frame.head(picture))
            let start = layout.eyeX - 0.165
            let t = (magnitude(face.x) - start) / 0.36
            guard t > -0.1, t < 1.1 else { return .clear }
            let held = saturate(t)
            let bow = held < 0.62 ? held / 0.62 : (1 - held) / 0.38
            let curve =
                layout.browY - brows.arch * bow * (2 - bow) - brows.rise * (held - 0.3)
                + 0.035 * held * held
            let taper = mix(1, 0.28, held * held) * smoothStep(-0.08, 0.16, t)
            let half = brows.thickness * taper + 0.003
            let strokes = noise.smooth(magnitude(face.x) * 85 + face.y * 50, face.y * 20)
            let fuzzy = magnitude(face.y - curve) - half * (1 + 0.12 * strokes)
            let body = frame.coverage(fuzzy, softness: 0.03)
            let ends = smoothStep(-0.09, 0.08, t) * smoothStep(1.08, 0.8, t)
            return Layer(color: color, coverage: body * ends * (0.8 + 0.15 * strokes))
        }
    }
}

/// The curves of one eye, in units of its half width: x outwards, y down.
struct EyeShape: Sendable {
    let center: Point
    let halfWidth: Float
    let side: Float
    let opening: Float
    let slant: Float
    let iris: Color
    let gaze: Point
    let crease: Float
    let lashes: Float
    let irisRadius: Float = 0.44

    init(scene: Scene, layout: HeadLayout, side: Float) {
        let eyes = scene.person.eyes
        center = Point(side * layout.eyeX, 0)
        halfWidth = eyes.halfWidth
        self.side = side
        opening = eyes.opening * (1 + scene.expression.lids)
        slant = eyes.slant
        iris = eyes.iris
        let look = scene.expression.gaze
        gaze = Point(side * look.x * 1.2, look.y - 0.05)
        crease = eyes.lidCrease
        lashes = saturate(eyes.lashes)
    }

    @inline(__always)
    func local(_ face: Point) -> Point {
        let offset = (face - center) * (1 / halfWidth)
        let x = offset.x * side
        return Point(x, offset.y + slant * x)
    }

    /// Height of the upper lid's edge.
    @inline(__always)
    func upperLid(_ x: Float) -> Float {
        let held = clamp(x, -1.3, 1.3)
        let arc = 1 - held * held
        return -0.5 * opening * arc * (1 - 0.16 * held) + (arc < 0 ? 0.1 * arc : 0)
    }

    /// Height of the lower lid's edge.
    @inline(__always)
    func lowerLid(_ x: Float) -> Float {
        let held = clamp(x, -1, 1)
        return 0.3 * opening * (1 - held * held) * (1 + 0.18 * held)
    }

    /// Turns a height over a lid into about the distance to it.
    @inline(__always)
    func steepness(_ x: Float) -> Float {
        1 / (1 + squared(opening * x)).squareRoot()
    }
}
