/// Skin of the face: its relief, its colours and the shadows on it.
extension PortraitPainter {
    var faceBounds: Bounds {
        Bounds(
            -layout.halfWidth - 0.06,
            layout.crownY - 0.05,
            layout.halfWidth + 0.06,
            layout.chinY + 0.06
        )
    }

    func paintFace(on canvas: inout Canvas) {
        let frame = self.frame
        canvas.paint(canvas.box(frame.picture(faceBounds))) { picture in
            let point = frame.head(picture)
            let distance = layout.outline(point)
            let coverage = frame.coverage(distance)
            guard coverage > 0 else { return .clear }
            let face = frame.face(point)
            let normal = faceNormal(point, face, distance)
            let shadow = hairShadow(point, face) * noseShadow(face) * hatShadow(face)
            let occlusion = faceOcclusion(face)
            let albedo = faceColor(face)
            let lit = light.skin(normal, shadow: shadow, occlusion: occlusion)
            let gleam = light.gleam(normal) * 0.13 * shadow * occlusion
            let rim = 0.1 * squared(squared(1 - normal.z))
            let sheen = light.key * gleam + light.sky * rim
            return Layer(color: albedo * lit + sheen, coverage: coverage)
        }
    }

    /// The direction of the skin: the rounded head with the relief of its features.
    @inline(__always)
    func faceNormal(_ point: Point, _ face: Point, _ distance: Float) -> Direction {
        let base = layout.roundness(point, distance)
        let relief = faceRelief(face)
        return Direction(base.x + relief.x, base.y + relief.y, base.z).normalized
    }

    /// The tilt that nose, brows, cheeks, lips and chin add to the head's roundness.
    @inline(__always)
    func faceRelief(_ face: Point) -> Point {
        let person = scene.person
        let side: Float = face.x < 0 ? -1 : 1
        // Every feature off the middle line comes in a pair: worked out on one side only.
        let folded = Point(magnitude(face.x), face.y)
        let nose = person.nose
        var sum = Point(0, 0)
        var pair = Point(0, 0)
        let tipY = layout.noseY - 0.05
        raise(&sum, face, Point(0, tipY - 0.23), 0.115, 0.36, 0.034 * nose.bridge)
        raise(&sum, face, Point(0, tipY), nose.halfWidth * 0.95, 0.15, 0.05 * nose.tip)
        raise(&sum, face, Point(0, layout.mouthY - 0.01), 0.36, 0.24, 0.022)
        raise(&sum, face, Point(0, (layout.noseY + layout.mouthY) * 0.5), 0.045, 0.1, -0.006)
        raise(&sum, face, Point(0, layout.chinY - 0.12), 0.24, 0.19, 0.02)
        raise(&sum, face, Point(0, layout.mouthY + 0.145), 0.22, 0.1, -0.009)
        raise(&pair, folded, Point(nose.halfWidth * 0.7, layout.noseY - 0.02), 0.08, 0.085, 0.02)
        raise(&pair, folded, Point(0.25, layout.browY + 0.01), 0.27, 0.11, 0.017)
        raise(&pair, folded, Point(layout.eyeX - 0.03, 0), 0.24, 0.17, -0.032)
        raise(&pair, folded, Point(layout.eyeX, 0), 0.17, 0.12, 0.016)
        let cheek = 0.024 * person.head.cheekbones
        raise(&pair, folded, Point(0.41, layout.noseY - 0.12), 0.27, 0.26, cheek)
        raise(&pair, folded, Point(0.40, layout.mouthY - 0.02), 0.2, 0.26, -0.014)
        if mouth.smile > 0 {
            let apple = Point(0.345, layout.noseY - 0.02)
            raise(&pair, folded, apple, 0.18, 0.17, 0.026 * mouth.smile)
        }
        return Point(sum.x + side * pair.x, sum.y + pair.y)
    }

    /// Adds the slope of one round rise (or hollow, when `height` is negative).
    @inline(__always)
    private func raise(
        _ slope: inout Point,
        _ point: Point,
        _ center: Point,
        _ radiusX: Float,
        _ radiusY: Float,
        _ height: Float
    ) {
        let dx = (point.x - center.x) / radiusX
        let dy = (point.y - center.y) / radiusY
        let q = dx * dx + dy * dy
        guard q < 1 else { return }
        let steep = 6 * height * squared(1 - q)
        slope.x += steep * dx / radiusX
        slope.y += steep * dy / radiusY
    }

    /// How open the skin is to light from around, zero to one.
    @inline(__always)
    private func faceOcclusion(_ face: Point) -> Float {
        let nose = scene.person.nose
        let folded = Point(magnitude(face.x), face.y)
        let wing = nose.halfWidth
        var closed = 0.55 * spot(folded, Point(0.135, -0.02), 0.1, 0.13)
        closed += 0.28 * spot(folded, Point(layout.eyeX, -0.05), 0.24, 0.13)
        closed += 0.22 * spot(folded, Point(layout.eyeX - 0.02, 0.12), 0.17, 0.07)
        closed += 0.5 * spot(face, Point(0, layout.noseY + 0.055), wing * 1.15, 0.055)
        closed += 0.4 * spot(folded, Point(wing + 0.025, layout.noseY), 0.05, 0.075)
        closed += 0.35 * spot(face, Point(0, layout.mouthY + 0.13), 0.17, 0.05)
        closed += 0.25 * smoothStep(-0.12, 0.02, layout.outline(face)) * smoothStep(0, 1, face.y)
        closed += foldDepth(folded)
        return 1 - saturate(closed)
    }

    /// The fold from the wing of the nose past the mouth's corner: age and smiles deepen it.
    @inline(__always)
    private func foldDepth(_ folded: Point) -> Float {
        let start = Point(scene.person.nose.halfWidth + 0.03, layout.noseY - 0.02)
        let bend = Point(mouth.halfWidth * 0.5 + 0.175, layout.mouthY - 0.09)
        let end = Point(mouth.halfWidth * 0.6 + 0.16, layout.mouthY + 0.04)
        let first = segmentDistance(folded, start, bend)
        let second = segmentDistance(folded, bend, end)
        let distance = smoothMin(first, second, 0.05)
        let depth = 0.06 + 0.2 * scene.person.age + 0.3 * mouth.smile
        let fade = smoothStep(layout.mouthY + 0.06, layout.noseY + 0.05, folded.y)
        return depth * smoothStep(0.06, 0, distance) * mix(0.35, 1, fade)
    }

    /// The shadow the nose throws away from the lamp.
    @inline(__always)
    private func noseShadow(_ face: Point) -> Float {
        let away = Point(
            -light.direction.x * 0.13,
            layout.noseY + 0.03 - light.direction.y * 0.05
        )
        let below = spot(face, away, scene.person.nose.halfWidth * 1.2, 0.12)
        let beside = Point(-light.direction.x * 0.16, layout.noseY - 0.2)
        let flank = spot(face, beside, 0.1, 0.3) * magnitude(light.direction.x)
        return 1 - saturate(0.5 * below + 0.4 * flank)
    }

    /// The skin's colour before light.
    @inline(__always)
    private func faceColor(_ face: Point) -> Color {
        let person = scene.person
        let folded = Point(magnitude(face.x), face.y)
        let rosy = person.skin.flush * mix(0.9, 0.45, person.skin.melanin)
        var red = 0.75 * spot(folded, Point(0.37, layout.noseY - 0.1), 0.3, 0.28)
        red += 0.55 * spot(face, Point(0, layout.noseY - 0.05), 0.17, 0.17)
        red += 0.2 * spot(face, Point(0, layout.chinY - 0.1), 0.25, 0.2)
        let amount = saturate(red * rosy)
        var color =
            skinColor
            * Color(
                1 + 0.01 * amount,
                1 - 0.24 * amount,
                1 - 0.27 * amount
            )
        let tired = 0.12 + 0.12 * person.age
        let bag = spot(folded, Point(layout.eyeX - 0.02, 0.11), 0.19, 0.09)
        color = color * Color(1 - tired * bag * 0.8, 1 - tired * bag * 1.1, 1 - tired * bag * 0.9)
        let mottle =
            noise.smooth(face.x * 9, face.y * 9) * 0.025
            + noise.smooth(face.x * 31, face.y * 31) * 0.022
        color = color * Color(1 + mottle * 0.6, 1 + mottle, 1 + mottle)
        if person.skin.freckles > 0 {
            color = freckled(color, face, folded)
        }
        return shaved(color, face, folded)
    }

    @inline(__always)
    private func freckled(_ color: Color, _ face: Point, _ folded: Point) -> Color {
        let zone = spot(folded, Point(0.22, layout.noseY - 0.14), 0.4, 0.3)
        let speck = smoothStep(0.4, 0.75, noise.smooth(face.x * 38 + 90, face.y * 38))
        let amount = 0.26 * scene.person.skin.freckles * zone * speck
        return color * Color(1 - 0.5 * amount, 1 - amount, 1 - 1.1 * amount)
    }

    /// The bluish shadow of shaved hair on jaw, chin and lip.
    @inline(__always)
    private func shaved(_ color: Color, _ face: Point, _ folded: Point) -> Color {
        let stubble = scene.person.beard.stubble
        guard stubble > 0 else { return color }
        let grain = 0.75 + 0.25 * noise.smooth(face.x * 70, face.y * 70)
        let amount = stubble * 0.32 * beardZone(face) * grain
        let shade = color * Color(0.55, 0.58, 0.62)
        return color.mixed(shade, saturate(amount))
    }

    /// Where a beard grows, zero to one.
    @inline(__always)
    func beardZone(_ face: Point) -> Float {
        let side = magnitude(face.x)
        let line = mix(
            layout.noseY + 0.11,
            layout.noseY - 0.1,
            smoothStep(0.22, 0.56, side)
        )
        return smoothStep(line - 0.03, line + 0.16, face.y)
    }
}
