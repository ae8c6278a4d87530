/// Hair, behind the head and in front of it.
extension PortraitPainter {
    /// The hair's own colour; one that the person does not usually have is of the middle shade.
    var hairColor: Color {
        let person = scene.person
        let shade = scene.hairColor == person.hairColor ? person.hair.shade : 0.5
        switch scene.hairColor {
        case .black:
            return Color(picture: 0.12, 0.105, 0.10)
                .mixed(Color(picture: 0.17, 0.15, 0.16), shade)
        case .brown:
            return Color(picture: 0.33, 0.20, 0.12)
                .mixed(Color(picture: 0.48, 0.32, 0.21), shade)
        case .blond:
            return Color(picture: 0.80, 0.62, 0.36)
                .mixed(Color(picture: 0.93, 0.81, 0.58), shade)
        case .other:
            return Color(picture: 0.61, 0.285, 0.13)
        }
    }

    private var hairBounds: Bounds {
        let half = layout.halfWidth + hair.side + hair.flare + 0.2
        let above = layout.crownY - hair.top - 0.15 - hair.bun * 1.6
        return Bounds(-half, above, half, hair.endY + 0.2)
    }

    /// How far hair reaches up: nothing shows above the rim of a hat.
    @inline(__always)
    func hatCut(_ point: Point) -> Float {
        guard scene.hat != nil else { return -9 }
        let beyond = magnitude(point.x) - layout.halfWidth
        return -0.46 - point.y + (beyond > 0 ? beyond * 1.4 : 0)
    }

    /// What lies behind head, neck and shoulders.
    func paintBackHair(on canvas: inout Canvas) {
        let color = hairColor * 0.85
        let frame = self.frame
        let hair = self.hair
        let bunCenter = Point(hair.partX * 0.3, layout.crownY - hair.top - hair.bun * 0.45)
        canvas.paint(canvas.box(frame.picture(hairBounds))) { picture in
            let point = frame.head(picture)
            var distance = hair.outer(point)
            if hair.bun > 0 {
                let round = (point - bunCenter).length - hair.bun
                distance = smoothMin(distance, round, 0.05)
            }
            distance = smoothMax(distance, hatCut(point), 0.08)
            let coverage = frame.coverage(distance, softness: 0.02)
            guard coverage > 0 else { return .clear }
            let strand = hair.strand(point)
            let normal = Direction(point.x * 0.8, (point.y + 0.2) * 0.5, 0.6).normalized
            let inner = smoothStep(0.75, 0.35, magnitude(point.x)) * smoothStep(0, 0.5, point.y)
            let lit = light.plain(normal) * (strand * mix(1, 0.35, inner))
            return Layer(color: color * lit, coverage: coverage)
        }
    }

    /// What lies over the skull and beside the face.
    func paintFrontHair(on canvas: inout Canvas) {
        let color = hairColor
        let frame = self.frame
        let hair = self.hair
        canvas.paint(canvas.box(frame.picture(hairBounds))) { picture in
            let point = frame.head(picture)
            let face = frame.face(point)
            let outer = hair.outer(point)
            guard outer < 0.1 else { return .clear }
            let open = hair.opening(face)
            var distance = outer > -open ? outer : -open
            distance = smoothMax(distance, hatCut(point), 0.08)
            // Hair that goes behind the shoulders melts into what is painted behind them.
            let fade = hair.isInFront ? 1 : smoothStep(1.02, 0.6, point.y)
            // Short sides thin out above the ears and show the skin.
            let thin = hair.taper * smoothStep(hair.endY - 0.42, hair.endY + 0.02, point.y)
            let whole = frame.coverage(distance, softness: 0.022 + 0.04 * thin)
            let coverage = whole * fade * (1 - 0.62 * thin)
            guard coverage > 0 else { return .clear }
            let shade = hairLight(point, outer: outer, open: open, color: color)
            return Layer(color: shade, coverage: coverage)
        }
    }

    /// Light that leaves hair: the body of it, its strands, and the band of gloss.
    @inline(__always)
    private func hairLight(_ point: Point, outer: Float, open: Float, color: Color) -> Color {
        let step: Float = 0.04
        let dx = (hair.outer(Point(point.x + step, point.y)) - outer) / step
        let dy = (hair.outer(Point(point.x, point.y + step)) - outer) / step
        let rim = 1 - saturate(-outer / 0.5)
        let normal = Direction(dx * rim, dy * rim, (1 - rim * rim).squareRoot() + 0.1).normalized
        let strand = hair.strand(point)
        let root = mix(0.62, 1, smoothStep(-0.01, 0.14, open))
        let low = mix(1, 0.8, smoothStep(0.3, 1.4, point.y))
        let body = light.plain(normal) * (strand * root * low)
        let gloss = light.gleam(Direction(normal.x * 0.7, normal.y, normal.z).normalized)
        let band = gloss * saturate(strand - 0.55) * (hair.curl > 0 ? 0.07 : 0.2)
        return color * body + light.key * (Color(0.9, 0.95, 1).mixed(color, 0.55) * band)
    }

    /// How much of the lamp gets past the hair to a place of the face, zero to one.
    @inline(__always)
    func hairShadow(_ point: Point, _ face: Point) -> Float {
        let shifted = Point(
            face.x + light.direction.x * 0.07,
            face.y + light.direction.y * 0.1
        )
        let open = hair.opening(shifted)
        let reach = hair.isGrown ? Float(2) : hair.endY
        let shadow = smoothStep(-0.09, 0.05, open) * smoothStep(reach + 0.1, reach - 0.1, point.y)
        return 1 - 0.72 * shadow
    }
}
