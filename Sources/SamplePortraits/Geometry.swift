/// A position: x to the right, y down.
struct Point: Sendable, Equatable {
    var x: Float
    var y: Float

    @inline(__always)
    init(_ x: Float, _ y: Float) {
        self.x = x
        self.y = y
    }

    @inline(__always)
    static func + (a: Point, b: Point) -> Point { Point(a.x + b.x, a.y + b.y) }

    @inline(__always)
    static func - (a: Point, b: Point) -> Point { Point(a.x - b.x, a.y - b.y) }

    @inline(__always)
    static func * (a: Point, factor: Float) -> Point { Point(a.x * factor, a.y * factor) }

    /// The distance from the origin.
    @inline(__always)
    var length: Float { (x * x + y * y).squareRoot() }
}

/// A direction in space: x to the right, y down, z towards the viewer.
struct Direction: Sendable, Equatable {
    var x: Float
    var y: Float
    var z: Float

    @inline(__always)
    init(_ x: Float, _ y: Float, _ z: Float) {
        self.x = x
        self.y = y
        self.z = z
    }

    /// The same direction with length one; straight at the viewer when it has no length.
    @inline(__always)
    var normalized: Direction {
        let length = (x * x + y * y + z * z).squareRoot()
        guard length > 1e-6 else { return Direction(0, 0, 1) }
        let inverse = 1 / length
        return Direction(x * inverse, y * inverse, z * inverse)
    }

    @inline(__always)
    func dot(_ other: Direction) -> Float { x * other.x + y * other.y + z * other.z }
}

/// A rectangle that bounds a drawn part.
struct Bounds: Sendable, Equatable {
    var minX: Float
    var minY: Float
    var maxX: Float
    var maxY: Float

    init(_ minX: Float, _ minY: Float, _ maxX: Float, _ maxY: Float) {
        self.minX = minX
        self.minY = minY
        self.maxX = maxX
        self.maxY = maxY
    }

    /// The rectangle of these half extents around a centre.
    init(around center: Point, _ halfWidth: Float, _ halfHeight: Float) {
        self.init(
            center.x - halfWidth,
            center.y - halfHeight,
            center.x + halfWidth,
            center.y + halfHeight
        )
    }
}

/// The signed distance to an ellipse around the origin: exact on the outline, close near it.
@inline(__always)
func ellipseDistance(_ point: Point, _ radiusX: Float, _ radiusY: Float) -> Float {
    let ux = point.x / radiusX
    let uy = point.y / radiusY
    let k1 = (ux * ux + uy * uy).squareRoot()
    let vx = ux / radiusX
    let vy = uy / radiusY
    let k2 = (vx * vx + vy * vy).squareRoot()
    guard k2 > 1e-6 else { return -(radiusX < radiusY ? radiusX : radiusY) }
    return k1 * (k1 - 1) / k2
}

/// The signed distance to a rectangle around the origin with rounded corners.
@inline(__always)
func roundedBoxDistance(
    _ point: Point,
    _ halfWidth: Float,
    _ halfHeight: Float,
    _ radius: Float
) -> Float {
    let qx = magnitude(point.x) - halfWidth + radius
    let qy = magnitude(point.y) - halfHeight + radius
    let outside = Point(qx > 0 ? qx : 0, qy > 0 ? qy : 0).length
    let larger = qx > qy ? qx : qy
    return outside + (larger < 0 ? larger : 0) - radius
}

/// The distance to the straight line between two points.
@inline(__always)
func segmentDistance(_ point: Point, _ start: Point, _ end: Point) -> Float {
    let along = end - start
    let offset = point - start
    let length2 = along.x * along.x + along.y * along.y
    let t = saturate((offset.x * along.x + offset.y * along.y) / (length2 > 1e-9 ? length2 : 1))
    return (offset - along * t).length
}
