/// A lens that sees so wide that its picture is a disc on the sensor.
struct Fisheye: Sendable {
    /// Half the width of the disc, in picture coordinates.
    var radius: Float = 0.97
    /// How much the middle swells over the edge of the disc.
    var strength: Float = 1

    /// How much larger the middle is than without the lens.
    var magnification: Float { radius * (1 + strength) }

    /// How many times as wide as the result the picture before the lens has to be, so that the
    /// swollen middle is sharp.
    static let oversampling = 2

    /// Bends a picture `oversampling` times as wide as `size`.
    func bend(_ canvas: Canvas, to size: Int) -> Canvas {
        var result = Canvas(size: size)
        let half = Float(canvas.size) * 0.5
        result.paint(result.everything) { point in
            let reach = point.length / radius
            guard reach < 1 else { return .clear }
            let r2 = reach * reach
            let factor = (1 + strength * r2) / magnification
            let place = Point((point.x * factor + 1) * half, (point.y * factor + 1) * half)
            let dim = (1 - 0.7 * r2 * r2) * smoothStep(1, 0.95, reach)
            return Layer(color: sample(canvas, place) * dim, coverage: 1)
        }
        return result
    }

    /// The picture between pixels, by the sharp cubic through four by four of them.
    private func sample(_ canvas: Canvas, _ place: Point) -> Color {
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

    private func cubicWeights(_ t: Float) -> (Float, Float, Float, Float) {
        let t2 = t * t
        let t3 = t2 * t
        return (
            0.5 * (2 * t2 - t3 - t),
            0.5 * (3 * t3 - 5 * t2 + 2),
            0.5 * (4 * t2 - 3 * t3 + t),
            0.5 * (t3 - t2)
        )
    }

    private func line(
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

    private func pixel(_ canvas: Canvas, _ row: Int32, _ column: Int32) -> Color {
        let last = canvas.size - 1
        let r = row < 0 ? 0 : (Int(row) > last ? last : Int(row))
        let c = column < 0 ? 0 : (Int(column) > last ? last : Int(column))
        return canvas.pixels[r * canvas.size + c]
    }
}
