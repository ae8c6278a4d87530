/// What lens and sensor do to a picture of linear light.
struct Lens: Sendable {
    /// How much a wide-angle lens swells the middle over the corners.
    static let strength: Float = 0.6

    /// Bends a picture as a near wide-angle lens does; corners stay in place.
    static func bend(_ canvas: Canvas) -> Canvas {
        var result = Canvas(size: canvas.size)
        let half = Float(canvas.size) * 0.5
        result.paint(result.everything) { point in
            let r2 = (point.x * point.x + point.y * point.y) * 0.5
            let factor = (1 + strength * r2) / (1 + strength)
            let place = Point((point.x * factor + 1) * half, (point.y * factor + 1) * half)
            let dim = 1 - 0.42 * r2 * r2
            return Layer(color: sample(canvas, place) * dim, coverage: 1)
        }
        return result
    }

    /// The picture between pixels, by the sharp cubic through four by four of them.
    private static func sample(_ canvas: Canvas, _ place: Point) -> Color {
        let x = place.x - 0.5
        let y = place.y - 0.5
        let column = floorIndex(x)
        let row = floorIndex(y)
        let wx = cubicWeights(x - Float(column))
        let wy = cubicWeights(y - Float(row))
        var sum = Color.black
        sum = sum + line(canvas, row &- 1, column, wx) * wy.0
        sum = sum + line(canvas, row, column, wx) * wy.1
        sum = sum + line(canvas, row &+ 1, column, wx) * wy.2
        sum = sum + line(canvas, row &+ 2, column, wx) * wy.3
        return Color(
            sum.red > 0 ? sum.red : 0,
            sum.green > 0 ? sum.green : 0,
            sum.blue > 0 ? sum.blue : 0
        )
    }

    private static func cubicWeights(_ t: Float) -> (Float, Float, Float, Float) {
        let t2 = t * t
        let t3 = t2 * t
        return (
            0.5 * (2 * t2 - t3 - t),
            0.5 * (3 * t3 - 5 * t2 + 2),
            0.5 * (4 * t2 - 3 * t3 + t),
            0.5 * (t3 - t2)
        )
    }

    private static func line(
        _ canvas: Canvas,
        _ row: Int32,
        _ column: Int32,
        _ weights: (Float, Float, Float, Float)
    ) -> Color {
        let a = pixel(canvas, row, column &- 1) * weights.0
        let b = pixel(canvas, row, column) * weights.1
        let c = pixel(canvas, row, column &+ 1) * weights.2
        let d = pixel(canvas, row, column &+ 2) * weights.3
        return a + b + (c + d)
    }

    private static func pixel(_ canvas: Canvas, _ row: Int32, _ column: Int32) -> Color {
        let last = canvas.size - 1
        let r = row < 0 ? 0 : (Int(row) > last ? last : Int(row))
        let c = column < 0 ? 0 : (Int(column) > last ? last : Int(column))
        return canvas.pixels[r * canvas.size + c]
    }

    /// Takes most of the light and gives the rest one colour, drawn from `seed`.
    static func dim(_ canvas: inout Canvas, seed: UInt64) {
        var stream = RandomStream(seed: seed, index: 0, stream: 42)
        let hue = stream.chance(0.6) ? stream.uniform(0.03, 0.12) : stream.uniform(0.4, 0.75)
        let tint = Color(hue: hue, saturation: stream.uniform(0.25, 0.45), value: 1)
        let left = tint * stream.uniform(0.18, 0.3)
        for index in canvas.pixels.indices {
            canvas.pixels[index] = canvas.pixels[index] * left
        }
    }

    /// Softens a picture by about 1.2 pixels of a 256-pixel picture, twice a running mean.
    static func soften(_ canvas: inout Canvas) {
        let radius = 1.5 * Float(canvas.size) / 256
        for _ in 0..<2 {
            smear(&canvas, radius: radius, step: 1)
            smear(&canvas, radius: radius, step: canvas.size)
        }
    }

    /// A running mean of width 2 × radius along rows (step one) or columns (step of a row).
    private static func smear(_ canvas: inout Canvas, radius: Float, step: Int) {
        let size = canvas.size
        let source = canvas.pixels
        let across = step == 1 ? size : 1
        let whole = Int(floorIndex(radius))
        let edge = radius - Float(whole)
        let weight = 1 / (1 + 2 * radius)
        for line in 0..<size {
            let base = line * across
            for place in 0..<size {
                var sum = Color.black
                for offset in -whole - 1...whole + 1 {
                    let raw = place + offset
                    let held = raw < 0 ? 0 : (raw >= size ? size - 1 : raw)
                    let isEdge = offset == -whole - 1 || offset == whole + 1
                    sum = sum + source[base + held * step] * (isEdge ? edge : 1)
                }
                canvas.pixels[base + place * step] = sum * weight
            }
        }
    }
}
