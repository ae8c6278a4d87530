/// Lips, teeth and nostrils.
extension PortraitPainter {
    func paintMouth(on canvas: inout Canvas) {
        paintNostrils(on: &canvas)
        let frame = self.frame
        let bounds = frame.picture(face: MouthShape.bounds(scene, layout))
        canvas.paint(canvas.box(bounds)) { picture in
            let point = frame.head(picture)
            let face = frame.face(point)
            return mouthLayer(point, face)
        }
    }

    @inline(__always)
    private func mouthLayer(_ point: Point, _ face: Point) -> Layer {
        let t = mouth.across(face.x)
        guard t < 1.25 else { return .clear }
        let arc = mouth.arc(t)
        let line = mouth.line(t)
        let root = arc.squareRoot()
        let halfGap = mouth.gap * 0.5 * arc
        let cleft = mouth.bow * 0.013 * hill(squared(face.x / 0.055))
        let peak = mouth.upper * mix(arc, root, 0.35) - cleft
        let upperTop = line - halfGap - peak
        let lowerBottom = line + halfGap * 1.3 + mouth.lower * mix(arc, root, 0.45)
        let steep = 1 / (1 + squared(mouth.lower * 2 * t / mouth.halfWidth)).squareRoot()
        let top = (upperTop - face.y) * steep
        let bottom = (face.y - lowerBottom) * steep
        var lips = top > bottom ? top : bottom
        lips = lips > face.x - mouth.halfWidth ? lips : face.x - mouth.halfWidth
        lips = lips > -face.x - mouth.halfWidth ? lips : -face.x - mouth.halfWidth
        let coverage = frame.coverage(lips, softness: 0.022)
        let seam = seamDarkness(face, t: t, line: line, halfGap: halfGap)
        guard coverage > 0 || seam > 0 else { return .clear }
        let isUpper = face.y < line
        let within =
            isUpper
            ? saturate((line - halfGap - face.y) / (peak + 0.01))
            : saturate((face.y - line - halfGap * 1.3) / (mouth.lower + 0.01))
        let color = lipLight(point, face, isUpper: isUpper, within: within)
        var layer = Layer(color: color, coverage: coverage * smoothStep(1.04, 0.9, t))
        if halfGap > 0.002 {
            let inner = magnitude(face.y - line - halfGap * 0.15) - halfGap * 1.1
            let open = frame.coverage(inner) * smoothStep(1, 0.9, t)
            layer.color = layer.color.mixed(teethLight(face, line, halfGap, t), open)
            layer.coverage = layer.coverage > open ? layer.coverage : open
        }
        let dark = skinColor * Color(0.20, 0.10, 0.09) * mouthExposure
        let total = layer.coverage + seam - layer.coverage * seam
        guard total > 0 else { return .clear }
        let share = seam / total
        return Layer(color: layer.color.mixed(dark, share), coverage: total)
    }

    /// The dark line between closed lips, a little beyond the corners.
    @inline(__always)
    private func seamDarkness(_ face: Point, t: Float, line: Float, halfGap: Float) -> Float {
        let width: Float = 0.011 + 0.006 * mouth.arc(t)
        let ends = smoothStep(1.14, 0.96, t)
        let edge = magnitude(magnitude(face.y - line) - halfGap)
        let closed = smoothStep(width + frame.pixel * 0.5, 0, edge)
        let corner =
            0.5 * smoothStep(0.045, 0, magnitude(t - 1.02) * mouth.halfWidth)
            * smoothStep(0.035, 0, magnitude(face.y - line))
        let open: Float = halfGap > 0.002 ? 0.45 : 0.82
        let seam = closed * ends * open
        return seam > corner ? seam : corner
    }

    /// Brightness of the light on the mouth as a whole.
    private var mouthExposure: Color {
        light.skin(Direction(0, 0.1, 0.99), shadow: 1, occlusion: 1)
    }

    @inline(__always)
    private func lipLight(_ point: Point, _ face: Point, isUpper: Bool, within: Float) -> Color {
        let person = scene.person
        let natural = skinColor * Color(0.80, 0.53, 0.53)
        let vivid = Color(picture: 0.72, 0.25, 0.26).mixed(skinColor, 0.25)
        var color = natural.mixed(vivid, saturate(person.mouth.redness) * 0.65)
        let crease = noise.smooth(face.x * 48, face.y * 5) * 0.06
        color = color * (1 + crease)
        // The upper lip leans down, the lower one rolls from up to down.
        let lean: Float = isUpper ? mix(0.55, 0.05, within) : mix(-0.35, 0.5, within)
        let round = face.x / (mouth.halfWidth * 1.6)
        let base = layout.roundness(point, layout.outline(point))
        let normal = Direction(base.x + round * 0.3, base.y + lean, base.z).normalized
        let gloss: Float = isUpper ? 0.05 : 0.2
        let lit = light.skin(normal, shadow: 1, occlusion: isUpper ? 0.8 : 0.95)
        return color * lit + light.key * (light.gleam(normal) * gloss)
    }

    @inline(__always)
    private func teethLight(_ face: Point, _ line: Float, _ halfGap: Float, _ t: Float) -> Color {
        let enamel = Color(picture: 0.93, 0.90, 0.85)
        let column = face.x / (mouth.halfWidth * 0.21) + 0.5
        let place = column - Float(floorIndex(column))
        let gapLine = smoothStep(
            0.13,
            0,
            magnitude(place - 0.5) < 0.5 ? 0.5 - magnitude(place - 0.5) : 0
        )
        let shade = mix(0.92, 0.3, squared(t) * t) * (1 - 0.13 * gapLine)
        let depth = (face.y - line) / (halfGap + 0.001)
        let lipShadow = smoothStep(-1.15, -0.4, depth)
        let tongue = smoothStep(0.55, 1, depth)
        let lit = enamel * mouthExposure * (shade * mix(0.6, 1, lipShadow))
        return lit.mixed(Color(picture: 0.35, 0.12, 0.12) * mouthExposure, tongue * 0.8)
    }

    private func paintNostrils(on canvas: inout Canvas) {
        let frame = self.frame
        let wing = scene.person.nose.halfWidth
        let y = layout.noseY + 0.012
        let bounds = Bounds(-wing - 0.06, y - 0.1, wing + 0.06, y + 0.1)
        let dark = skinColor * Color(0.22, 0.11, 0.09) * mouthExposure
        canvas.paint(canvas.box(frame.picture(face: bounds))) { picture in
            let face = frame.face(frame.head(picture))
            let folded = Point(magnitude(face.x), face.y)
            let hole = Point(folded.x - wing * 0.44, folded.y - y)
            let turned = Point(hole.x + hole.y * 0.5, hole.y - hole.x * 0.28)
            let opening = smoothStep(
                1.25,
                0.35,
                (turned.x * turned.x / 0.0016 + turned.y * turned.y / 0.0005).squareRoot()
            )
            // The wing's edge, a short curve beside the nostril.
            let wingCenter = Point(wing * 0.62, y - 0.03)
            let arc = magnitude((folded - wingCenter).length - wing * 0.42)
            let outside = smoothStep(0.0, 0.05, folded.x - wingCenter.x)
            let edge = 0.26 * smoothStep(0.03, 0, arc) * outside
            let coverage = opening * 0.8 > edge ? opening * 0.8 : edge
            return Layer(color: dark, coverage: coverage)
        }
    }
}
