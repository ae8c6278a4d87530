/// Where the parts of one head lie, in head units.
struct HeadLayout: Sendable {
    let halfWidth: Float
    let crownY: Float
    let skullY: Float
    let jawY: Float
    let jawHalfWidth: Float
    let jawHeight: Float
    let chinY: Float
    let chinHalfWidth: Float
    let eyeX: Float
    let browY: Float
    let noseY: Float
    let mouthY: Float
    let hairlineY: Float
    let neckHalfWidth: Float

    init(scene: Scene) {
        let head = scene.person.head
        let length = head.length
        halfWidth = head.halfWidth
        skullY = -0.2
        crownY = -1.0 * (0.35 + 0.65 * length)
        jawHalfWidth = head.jawHalfWidth
        jawY = 0.34 * length
        jawHeight = 0.54 * length
        chinHalfWidth = head.chinHalfWidth
        chinY = length + head.chinDrop
        eyeX = scene.person.eyes.spacing
        browY = -scene.person.brows.height * (0.4 + 0.6 * length) - scene.expression.browLift
        noseY = scene.person.nose.length * length
        mouthY = noseY + (chinY - noseY) * 0.37
        hairlineY = crownY * 0.61 + scene.person.hair.hairline
        neckHalfWidth = head.neckHalfWidth
    }

    /// The signed distance to the outline of skull, jaw and chin.
    @inline(__always)
    func outline(_ point: Point) -> Float {
        let skull = ellipseDistance(
            Point(point.x, point.y - skullY),
            halfWidth,
            skullY - crownY
        )
        let jaw = ellipseDistance(Point(point.x, point.y - jawY), jawHalfWidth, jawHeight)
        let chin = ellipseDistance(Point(point.x, point.y - chinY + 0.17), chinHalfWidth, 0.17)
        return smoothMin(smoothMin(skull, jaw, 0.12), chin, 0.22)
    }

    /// The outward direction of the head as a rounded body, from its distance field.
    @inline(__always)
    func roundness(_ point: Point, _ distance: Float) -> Direction {
        let step: Float = 0.02
        let dx = (outline(Point(point.x + step, point.y)) - distance) / step
        let dy = (outline(Point(point.x, point.y + step)) - distance) / step
        // An ellipsoid inside, the outline's own direction near the edge: the distance field alone
        // would crease the chin along its middle.
        let rim = squared(saturate(1 + distance / 0.24))
        let nx = mix(0.82 * point.x / halfWidth, dx, rim)
        let ny = mix(0.62 * (point.y - 0.02) / chinY, dy, rim)
        let rest = 1 - nx * nx - ny * ny
        return Direction(nx, ny, (rest > 0.01 ? rest : 0.01).squareRoot()).normalized
    }
}

/// The map from picture to head: shift, scale and tilt, then the turn of the face.
struct HeadFrame: Sendable {
    let center: Point
    let scale: Float
    let cosTilt: Float
    let sinTilt: Float
    let turn: Point
    let halfWidth: Float
    /// Width of a pixel in head units.
    let pixel: Float

    init(pose: Scene.Pose, layout: HeadLayout, pixelWidth: Float) {
        center = pose.center
        scale = pose.scale
        cosTilt = cosine(pose.tilt)
        sinTilt = sine(pose.tilt)
        turn = pose.turn
        halfWidth = layout.halfWidth * 1.08
        pixel = pixelWidth / pose.scale
    }

    /// Head coordinates of a place in the picture.
    @inline(__always)
    func head(_ picture: Point) -> Point {
        let offset = (picture - center) * (1 / scale)
        return Point(
            cosTilt * offset.x + sinTilt * offset.y,
            cosTilt * offset.y - sinTilt * offset.x
        )
    }

    /// Body coordinates: as the head's, without its tilt.
    @inline(__always)
    func body(_ picture: Point) -> Point {
        (picture - center) * (1 / scale)
    }

    /// Coordinates on the face as seen from straight ahead: nearer places shift more with a turn.
    @inline(__always)
    func face(_ head: Point) -> Point {
        let q = squared(head.x / halfWidth) + squared((head.y + 0.05) / 1.15)
        let depth = q < 1 ? (1 - q).squareRoot() : 0
        return Point(head.x - turn.x * depth, head.y - turn.y * depth)
    }

    /// The picture's rectangle around a rectangle of head coordinates.
    func picture(_ bounds: Bounds) -> Bounds {
        var result = Bounds(2, 2, -2, -2)
        for x in [bounds.minX, bounds.maxX] {
            for y in [bounds.minY, bounds.maxY] {
                let px = center.x + scale * (cosTilt * x - sinTilt * y)
                let py = center.y + scale * (cosTilt * y + sinTilt * x)
                result.minX = px < result.minX ? px : result.minX
                result.maxX = px > result.maxX ? px : result.maxX
                result.minY = py < result.minY ? py : result.minY
                result.maxY = py > result.maxY ? py : result.maxY
            }
        }
        return result
    }

    /// The picture's rectangle around a rectangle of face coordinates, wherever the face turns.
    func picture(face bounds: Bounds) -> Bounds {
        let x = magnitude(turn.x)
        let y = magnitude(turn.y)
        return picture(
            Bounds(bounds.minX - x, bounds.minY - y, bounds.maxX + x, bounds.maxY + y)
        )
    }

    /// How much of a pixel lies within a shape, from the distance to its outline.
    @inline(__always)
    func coverage(_ distance: Float) -> Float {
        saturate(0.5 - distance / pixel)
    }

    /// Coverage of a shape whose edge is soft by `softness` head units.
    @inline(__always)
    func coverage(_ distance: Float, softness: Float) -> Float {
        let width = pixel > softness ? pixel : softness
        return smoothStep(width * 0.5, -width * 0.5, distance)
    }
}
