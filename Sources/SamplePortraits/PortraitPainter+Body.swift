/// Neck, shoulders and clothes.
extension PortraitPainter {
    /// The signed distance to neck, shoulders and chest, in body coordinates.
    @inline(__always)
    func bodyDistance(_ point: Point) -> Float {
        let side = magnitude(point.x)
        let neck = layout.neckHalfWidth
        let collarY = layout.chinY + 0.2
        // The neck widens into the slope of the shoulders.
        let flare = 0.14 * squared(saturate((point.y - layout.chinY + 0.15) / 0.4))
        let column = side - neck - flare
        let clothes = scene.clothes
        let reach = saturate((side - neck) / (clothes.shoulderHalfWidth - neck))
        let top = collarY + clothes.slope * reach
        let shoulders = smoothMax(top - point.y, side - clothes.shoulderHalfWidth, 0.55)
        return smoothMin(column, shoulders, 0.2)
    }

    @inline(__always)
    private func bodyNormal(_ point: Point) -> Direction {
        let neck = layout.neckHalfWidth
        let low = smoothStep(layout.chinY + 0.1, layout.chinY + 0.5, point.y)
        let width = mix(neck * 1.08, scene.clothes.shoulderHalfWidth * 1.1, low)
        let x = clamp(point.x / width, -0.95, 0.95)
        let tilt = -0.5 * low * smoothStep(layout.chinY + 1.3, layout.chinY + 0.3, point.y)
        return Direction(x, tilt, (1 - x * x).squareRoot() + 0.1).normalized
    }

    func paintNeck(on canvas: inout Canvas) {
        let frame = self.frame
        let top = frame.center.y + frame.scale * 0.3
        let half = frame.scale * 1.1
        let bounds = Bounds(frame.center.x - half, top, frame.center.x + half, 1)
        canvas.paint(canvas.box(bounds)) { picture in
            let point = frame.body(picture)
            let coverage = frame.coverage(bodyDistance(point))
            guard coverage > 0 else { return .clear }
            var normal = bodyNormal(point)
            // Two tendons and the hollow between the collar bones.
            let tendon = 0.2 + 0.16 * (layout.chinY + 0.45 - point.y)
            let ridge = (magnitude(point.x) - tendon) / 0.09
            let push = 0.16 * hill(ridge * ridge) * ridge
            normal =
                Direction(normal.x + (point.x > 0 ? push : -push), normal.y, normal.z)
                .normalized
            let head = frame.head(picture)
            let above = layout.outline(
                Point(head.x + light.direction.x * 0.16, head.y - 0.2 + light.direction.y * 0.1)
            )
            let near = layout.outline(Point(head.x, head.y - 0.05))
            let shadow = smoothStep(-0.12, 0.1, above)
            let occlusion = mix(0.3, 1, smoothStep(-0.08, 0.3, near))
            let lit = light.skin(normal, shadow: mix(0.12, 1, shadow), occlusion: occlusion)
            return Layer(color: skinColor * 0.94 * lit, coverage: coverage)
        }
    }

    func paintClothes(on canvas: inout Canvas) {
        let frame = self.frame
        let top = frame.center.y + frame.scale * (layout.chinY - 0.2)
        canvas.paint(canvas.box(Bounds(-1, top, 1, 1))) { picture in
            let point = frame.body(picture)
            let body = bodyDistance(point)
            guard body < 0.2 else { return .clear }
            let cloth = clothAt(point, body: body)
            guard cloth.coverage > 0 else { return .clear }
            let normal = bodyNormal(point)
            let fold = noise.smooth(point.x * 2.6 + point.y * 1.2, point.y * 1.1 - point.x)
            let bent = Direction(normal.x + 0.16 * fold, normal.y, normal.z).normalized
            let weave = 1 + 0.05 * noise.smooth(point.x * 45, point.y * 45)
            let head = frame.head(picture)
            let under = layout.outline(
                Point(head.x + light.direction.x * 0.2, head.y - 0.42)
            )
            let shadow = mix(0.45, 1, smoothStep(-0.1, 0.25, under))
            let lit = light.plain(bent, shadow: shadow) * (weave * mix(0.75, 1, shadow))
            return Layer(color: cloth.color * lit, coverage: cloth.coverage)
        }
    }

    /// The cloth at a place: its colour before light, and how much of the pixel it covers.
    @inline(__always)
    private func clothAt(_ point: Point, body: Float) -> Layer {
        let clothes = scene.clothes
        let y = point.y - layout.chinY
        let side = magnitude(point.x)
        let neck = layout.neckHalfWidth
        var color = clothes.color
        if clothes.stripes > 0 {
            let wave = smoothStep(0.1, 0.3, sine(point.y * 34))
            color = color.mixed(clothes.second, clothes.stripes * wave)
        }
        switch clothes.cut {
        case .crewNeck:
            let bowl = (Point(point.x, (y - 0.08) * 1.2)).length - neck - 0.1
            let line = smoothMin(bowl, y - 0.12, 0.04)
            return rimmed(color, body: body, neckline: line, width: 0.05)
        case .vNeck:
            let line = (y - 0.2) * 0.5 + side * 0.85 - neck * 0.85
            let wide = smoothMin(line, y - 0.1, 0.04)
            return rimmed(color, body: body, neckline: wide, width: 0.045)
        case .rollNeck:
            let line = 0.1 + 0.08 * side - y
            let tube = side - neck - 0.07 - 0.04 * saturate(y)
            let roll = smoothMax(tube, line, 0.03)
            let fold = mix(0.72, 1.06, smoothStep(0.03, 0.16, magnitude(y - 0.3)))
            let shape = smoothMin(smoothMax(body - 0.015, 0.12 - y, 0.05), roll, 0.08)
            return Layer(
                color: color * fold,
                coverage: frame.coverage(shape > line ? shape : line)
            )
        case .shirt:
            return shirt(color, point, y, body: body - 0.015)
        case .jacket:
            return jacket(color, point, y, body: body - 0.03)
        }
    }

    /// Cloth outside a neckline, with a hem along it.
    @inline(__always)
    private func rimmed(_ color: Color, body: Float, neckline: Float, width: Float) -> Layer {
        let hem = smoothStep(width, width - 0.012, neckline)
        let line = 1 - 0.22 * hem + 0.1 * smoothStep(0.03, 0, neckline)
        let outside = -neckline
        let distance = body - 0.015 > outside ? body - 0.015 : outside
        return Layer(color: color * line, coverage: frame.coverage(distance))
    }

    /// A shirt with an open collar and a line of buttons.
    @inline(__always)
    private func shirt(_ color: Color, _ point: Point, _ y: Float, body: Float) -> Layer {
        let side = magnitude(point.x)
        let neck = layout.neckHalfWidth
        let open = (y - 0.5) * 0.5 + side * 0.9
        var shade: Float = 1
        let button = Point(point.x, (y - 0.95) - 0.34 * Float(floorIndex((y - 0.78) / 0.34)))
        shade -= 0.3 * smoothStep(0.012, 0, magnitude(side - 0.075)) * smoothStep(0.6, 0.66, y)
        shade -= 0.35 * smoothStep(0.032, 0.022, button.length) * smoothStep(0.7, 0.75, y)
        // The collar's leaf: a slanted band from the side of the neck down to the opening.
        let leaf = collarLeaf(side, y, neck, body)
        let edge = smoothStep(0.035, 0.0, magnitude(leaf))
        shade -= 0.25 * edge * (leaf > 0 ? 1 : 0.25)
        let lifted: Float = leaf < 0 ? 1.07 : 1
        let trunk = smoothMax(body, 0.16 - y, 0.04)
        let cloth = trunk < leaf ? trunk : leaf
        let distance = cloth > -open ? cloth : -open
        return Layer(color: color * (shade * lifted), coverage: frame.coverage(distance))
    }

    @inline(__always)
    private func collarLeaf(_ side: Float, _ y: Float, _ neck: Float, _ body: Float) -> Float {
        let outerEdge = body - 0.012
        let lower = (y - 0.46) * 0.8 + (side - 0.2) * 0.4
        let upper = 0.07 + 0.06 * (side - neck) - y
        let a = outerEdge > lower ? outerEdge : lower
        return a > upper ? a : upper
    }

    /// A jacket over a shirt, with lapels and sometimes a tie.
    @inline(__always)
    private func jacket(_ color: Color, _ point: Point, _ y: Float, body: Float) -> Layer {
        let side = magnitude(point.x)
        let neck = layout.neckHalfWidth
        let inner = shirt(scene.clothes.second, point, y, body: body + 0.02)
        var under = inner
        if scene.clothes.stripes == 0 {
            let knot = 0.075 + 0.05 * saturate((y - 0.43) * 0.8) - 0.03 * smoothStep(0.3, 0.43, y)
            let tie = magnitude(point.x) - knot
            let shape = smoothMax(tie, 0.27 - y, 0.03)
            let over = frame.coverage(shape)
            let crease: Float = 1 - 0.35 * smoothStep(0.03, 0, magnitude(y - 0.43))
            under = under.under(Layer(color: scene.clothes.third * crease, coverage: over))
        }
        let front = side + (y - 1.75) * 0.42
        let opening = front - 0.02
        let lapel = side + (y - 1.95) * 0.62 + 0.12
        let fold = smoothStep(0.025, 0, magnitude(lapel - 0.28)) * smoothStep(0.2, 0.4, y)
        let coat = body > -opening ? body : -opening
        let collar = neck + 0.08 - side
        let outside = coat > collar ? coat : collar
        let over = frame.coverage(outside)
        let edge = 1 - 0.3 * smoothStep(0.05, 0, opening) - 0.35 * fold
        return under.under(Layer(color: color * edge, coverage: over))
    }
}
