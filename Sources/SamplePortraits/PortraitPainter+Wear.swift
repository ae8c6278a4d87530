/// What is worn on the head: glasses and hats.
extension PortraitPainter {
    /// The part of the picture that glasses may change, in face coordinates.
    static func glassesBounds(_ layout: HeadLayout) -> Bounds {
        let half = layout.halfWidth + 0.04
        return Bounds(-half, -0.3, half, 0.36)
    }

    func paintGlasses(on canvas: inout Canvas) {
        let frame = self.frame
        let glasses = scene.person.glasses
        let shine = light.plain(Direction(0, -0.4, 0.9).normalized)
        let rimColor = glasses.color * shine
        let lensColor = glasses.color.mixed(Color(0.09, 0.1, 0.11), 0.6) * shine
        let glareColor = Color(0.8, 0.82, 0.85) * light.mirrored
        let edgeLight = light.key * light.reachesFront
        canvas.paint(canvas.box(frame.picture(face: PortraitPainter.glassesBounds(layout)))) {
            picture in
            let point = frame.head(picture)
            let face = frame.face(point)
            let rim = rimDistance(face, point)
            let fallen = Point(face.x + light.direction.x * 0.03, face.y - 0.045)
            let shadow = 0.32 * smoothStep(0.035, -0.005, rimDistance(fallen, point))
            let lens = lensDistance(face)
            let inLens = frame.coverage(lens)
            let streak = streakStrength(face) * inLens
            let onRim = frame.coverage(rim)
            guard onRim > 0 || inLens > 0 || shadow > 0.01 else { return .clear }
            let fallenShadow = Layer(color: .black, coverage: shadow * (1 - inLens * 0.4))
            let tint = inLens * (glasses.tint + 0.1 * streak)
            let glare = lensColor.mixed(glareColor, saturate(streak * 0.7))
            let edge = smoothStep(0, -glasses.rim * 0.8, rim)
            let lifted = rimColor + edgeLight * (0.07 * (1 - edge))
            return fallenShadow.under(Layer(color: glare, coverage: tint))
                .under(Layer(color: lifted, coverage: onRim))
        }
    }

    /// The signed distance to the edge of the nearer lens.
    @inline(__always)
    private func lensDistance(_ face: Point) -> Float {
        let glasses = scene.person.glasses
        let side = magnitude(face.x)
        let half = glasses.halfWidth
        let local = Point(side - layout.eyeX - 0.012, face.y - 0.02)
        let height = glasses.halfHeight
        switch glasses.shape {
        case .round:
            let radius = (half + height) * 0.5
            return ellipseDistance(local, radius, radius * 0.96)
        case .rectangle:
            return roundedBoxDistance(local, half, height * 0.86, 0.06)
        case .teardrop:
            let drop = 1 - 0.24 * saturate(-local.x / half) * saturate(local.y / height + 0.4)
            return roundedBoxDistance(local, half * drop, height, height * 0.85)
        case .browline:
            let flat = roundedBoxDistance(local, half, height, height * 0.75)
            return smoothMax(flat, -local.y - height * 0.8, 0.03)
        }
    }

    /// The signed distance to rims, bridge and temples.
    @inline(__always)
    private func rimDistance(_ face: Point, _ head: Point) -> Float {
        let glasses = scene.person.glasses
        let lens = lensDistance(face)
        let heavy = glasses.shape == .browline && face.y < -0.04
        let thickness = glasses.rim * (heavy ? 1.9 : 1) * 0.5
        var distance = magnitude(lens) - thickness
        let side = magnitude(face.x)
        let lift = 0.035 * squared(side / 0.09)
        let bridge = magnitude(face.y + 0.045 - lift) - glasses.rim * 0.55
        let bridgeEnd = side - layout.eyeX + glasses.halfWidth - 0.03
        let arch = bridge > bridgeEnd ? bridge : bridgeEnd
        distance = distance < arch ? distance : arch
        let templeStart = layout.eyeX + glasses.halfWidth
        let temple = magnitude(face.y + 0.05) - glasses.rim * 0.55
        let within =
            templeStart - side > layout.outline(head)
            ? templeStart - side : layout.outline(head)
        let arm = temple > within ? temple : within
        return distance < arm ? distance : arm
    }

    @inline(__always)
    private func streakStrength(_ face: Point) -> Float {
        let slope = magnitude(face.x) - layout.eyeX + face.y * 0.7
        let wide = smoothStep(0.07, 0.03, magnitude(slope + 0.03))
        let thin = smoothStep(0.02, 0.01, magnitude(slope - 0.075))
        return wide > thin ? wide : thin
    }

    /// The shadow of a hat on the forehead.
    @inline(__always)
    func hatShadow(_ face: Point) -> Float {
        guard let hat = scene.hat else { return 1 }
        let depth: Float = hat.kind == .beanie ? -0.36 : -0.06
        return mix(0.35, 1, smoothStep(depth - 0.14, depth + 0.1, face.y))
    }

    func paintHat(_ hat: Hat, on canvas: inout Canvas) {
        let frame = self.frame
        let wide = layout.halfWidth + 0.75
        let bounds = Bounds(-wide, layout.crownY - 0.55, wide, 0.05)
        canvas.paint(canvas.box(frame.picture(bounds))) { picture in
            let point = frame.head(picture)
            let face = frame.face(point)
            switch hat.kind {
            case .beanie: return beanie(hat, point, face)
            case .cap: return cap(hat, point, face)
            case .brimmed: return brimmed(hat, point, face)
            }
        }
    }

    /// The half width of a crown of a hat that holds the hair of the sides.
    private var hatHalfWidth: Float {
        layout.halfWidth + (hair.side < 0.12 ? hair.side : 0.12) * 0.7 + 0.035
    }

    @inline(__always)
    private func dome(_ point: Point, height: Float, lift: Float) -> Float {
        let radiusY = layout.skullY - layout.crownY + height
        return ellipseDistance(
            Point(point.x, point.y - layout.skullY + lift),
            hatHalfWidth,
            radiusY
        )
    }

    @inline(__always)
    private func domeNormal(_ point: Point, _ distance: Float) -> Direction {
        let rim = 1 - saturate(-distance / 0.6)
        let along = Point(point.x / hatHalfWidth, (point.y + 0.35) / 0.9)
        return Direction(along.x * rim, along.y * rim, (1 - rim * rim).squareRoot() + 0.12)
            .normalized
    }

    @inline(__always)
    private func beanie(_ hat: Hat, _ point: Point, _ face: Point) -> Layer {
        let curve = 0.16 * squared(face.x / layout.halfWidth)
        let hem = face.y + 0.42 - curve
        let top = dome(point, height: 0.2, lift: 0)
        let fold = smoothMax(dome(point, height: 0.24, lift: 0) - 0.03, -hem - 0.26, 0.03)
        let isFold = fold < 0
        let shape = smoothMin(top, fold, 0.02)
        let distance = shape > hem ? shape : hem
        let coverage = frame.coverage(distance)
        guard coverage > 0 else { return .clear }
        let ribs = sine(point.x / (1.25 - 0.4 * point.x * point.x) * (isFold ? 60 : 48))
        let knit = 1 + 0.14 * ribs + 0.05 * noise.smooth(point.x * 40, point.y * 40)
        let seam = 1 - 0.4 * smoothStep(0.05, 0, magnitude(hem + 0.27))
        let lit = light.plain(domeNormal(point, distance))
        return Layer(color: hat.color * lit * (knit * seam), coverage: coverage)
    }

    @inline(__always)
    private func cap(_ hat: Hat, _ point: Point, _ face: Point) -> Layer {
        let side = face.x / layout.halfWidth
        let hem = face.y + 0.40 - 0.14 * side * side
        let top = dome(point, height: 0.17, lift: 0)
        let crown = top > hem ? top : hem
        let low = face.y + 0.24 - 0.2 * side * side
        let high = -(face.y + 0.45 - 0.13 * side * side)
        let reach = magnitude(face.x) - layout.halfWidth * 0.93
        let visor = smoothMax(smoothMax(low, high, 0.05), reach, 0.1)
        let onVisor = frame.coverage(visor)
        let coverage = frame.coverage(crown < visor ? crown : visor)
        guard coverage > 0 else { return .clear }
        let seam = 1 - 0.3 * smoothStep(0.018, 0, magnitude(magnitude(face.x) - 0.3 - 0.1 * side))
        let button = 1 + 0.2 * noise.smooth(point.x * 30, point.y * 30) * 0.2
        let dome = hat.color * light.plain(domeNormal(point, crown)) * (seam * button)
        let tilt = mix(-0.75, 0.2, smoothStep(-0.42, -0.22, face.y - 0.17 * side * side))
        let flat = Direction(side * 0.3, tilt, 0.6).normalized
        let brim = hat.band * light.plain(flat)
        return Layer(color: dome.mixed(brim, onVisor), coverage: coverage)
    }

    @inline(__always)
    private func brimmed(_ hat: Hat, _ point: Point, _ face: Point) -> Layer {
        let side = point.x / (layout.halfWidth + 0.6)
        let rise = 0.14 * side * side
        let brimY = point.y + 0.44 + rise * 0.6
        let brim = ellipseDistance(Point(point.x, brimY), layout.halfWidth + 0.55, 0.12)
        let radius = hatHalfWidth
        let height = layout.crownY - 0.24
        let pinch = 0.05 * hill(squared(point.x / 0.3))
        let walls = magnitude(point.x) - radius - 0.16 * (point.y + 0.45)
        let crown = smoothMax(
            smoothMax(walls, height + pinch - point.y, 0.22),
            point.y + 0.42,
            0.02
        )
        let onBrim = frame.coverage(brim)
        let coverage = frame.coverage(brim < crown ? brim : crown)
        guard coverage > 0 else { return .clear }
        let band = smoothStep(-0.70, -0.685, point.y)
        let felt = 1 + 0.06 * noise.smooth(point.x * 25, point.y * 25)
        let wall = Direction(clamp(point.x / radius, -0.9, 0.9), -0.1, 0.6).normalized
        let cloth = hat.color.mixed(hat.band, band)
        let creased = 1 - 0.35 * hill(squared(point.x / 0.16)) * smoothStep(-0.9, -1.2, point.y)
        let body = cloth * light.plain(wall) * (felt * creased)
        let flat = Direction(side * 0.3, mix(-0.7, 0.5, smoothStep(-0.03, 0.1, brimY)), 0.6)
        let rim = hat.color * light.plain(flat.normalized) * felt
        return Layer(color: body.mixed(rim, onBrim), coverage: coverage)
    }
}
