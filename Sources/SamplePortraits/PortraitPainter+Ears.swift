/// Ears and beards: what frames a face besides hair.
extension PortraitPainter {
    func paintEars(on canvas: inout Canvas) {
        guard !hair.isGrown else { return }
        for side in [Float(-1), 1] {
            paintEar(side, on: &canvas)
        }
    }

    private func paintEar(_ side: Float, on canvas: inout Canvas) {
        let frame = self.frame
        let ears = scene.person.ears
        // The ear on the side the face turns to goes out of sight behind the cheek.
        let shift = -frame.turn.x * 0.35 * side
        let center = Point(
            side * (layout.halfWidth + ears.protrusion * 0.35 - 0.03 + shift),
            layout.noseY * 0.33 - frame.turn.y
        )
        let color = skinColor * Color(1, 0.88, 0.86)
        let box = canvas.box(frame.picture(Bounds(around: center, 0.26, ears.height + 0.1)))
        canvas.paint(box) { picture in
            let point = frame.head(picture)
            let x = (point.x - center.x) * side
            let y = point.y - center.y
            let leaned = Point(x - 0.14 * -y, y)
            let narrow = mix(1, 0.72, smoothStep(-0.05, 0.25, y))
            let width = (ears.protrusion + 0.05) * narrow
            let distance = ellipseDistance(leaned, width, ears.height)
            let coverage = frame.coverage(distance)
            guard coverage > 0 else { return .clear }
            let inner = smoothStep(-0.028, -0.06, distance)
            let bowl = spot(Point(leaned.x, leaned.y), Point(-0.02, 0.04), 0.09, 0.14)
            let normal = Direction(side * mix(0.75, 0.1, inner), -0.1, 0.7).normalized
            let occlusion = 1 - 0.45 * inner - 0.3 * bowl
            let lit = light.skin(normal, shadow: 0.9, occlusion: saturate(occlusion))
            return Layer(color: color * lit, coverage: coverage)
        }
    }

    func paintBeard(on canvas: inout Canvas) {
        let beard = scene.person.beard
        guard beard.chin > 0 || beard.moustache > 0 else { return }
        let frame = self.frame
        let bounds = Bounds(
            -layout.halfWidth - 0.06,
            layout.noseY - 0.35,
            layout.halfWidth + 0.06,
            layout.chinY + 0.16
        )
        canvas.paint(canvas.box(frame.picture(bounds))) { picture in
            let point = frame.head(picture)
            let face = frame.face(point)
            let outline = layout.outline(point)
            guard outline < 0.09 else { return .clear }
            let amount = beardAmount(point, face, outline)
            guard amount > 0 else { return .clear }
            let strands =
                noise.smooth(face.x * 42, face.y * 17)
                + 0.6 * noise.smooth(face.x * 80 + 9, face.y * 33)
            let inside = outline < -0.01 ? outline : -0.01
            let base = layout.roundness(point, inside)
            let normal = Direction(base.x, base.y + 0.15, base.z).normalized
            let lit = light.plain(normal) * (1 + 0.32 * strands)
            let ragged = saturate(amount * (0.95 + 0.25 * strands))
            return Layer(color: beard.tone * lit, coverage: ragged)
        }
    }

    /// How thick the beard is at a place, zero to one.
    @inline(__always)
    private func beardAmount(_ point: Point, _ face: Point, _ outline: Float) -> Float {
        let beard = scene.person.beard
        let edge = 0.035 * noise.smooth(face.x * 22, face.y * 22)
        let side = magnitude(face.x)
        // A smile is the mouth's alone: the beard leaves room for the widest mouth.
        let room = Point(face.x, face.y - layout.mouthY - 0.015)
        let around = ellipseDistance(room, scene.person.mouth.halfWidth * 1.22, 0.105)
        let free = smoothStep(-0.02, 0.05, around + edge * 0.6)
        let cheekLine = mix(layout.mouthY - 0.02, layout.noseY - 0.3, smoothStep(0.3, 0.6, side))
        let jaw = smoothStep(cheekLine - 0.05, cheekLine + 0.13, face.y + edge)
        let rim = smoothStep(0.075 + edge, 0.0, outline)
        let chin = beard.chin * jaw * rim * free
        let lipLine = layout.noseY + 0.1 + 0.22 * side * side
        let lip =
            smoothStep(0.065, 0.015, magnitude(face.y + edge * 0.3 - lipLine - 0.01))
            * smoothStep(scene.person.mouth.halfWidth * 1.25, 0.12, side)
        let moustache = beard.moustache * lip
        return chin > moustache ? chin : moustache
    }
}
