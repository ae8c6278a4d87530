/// Pixels as numbered rows and columns, bounds included in the picture.
struct PixelBox: Sendable, Equatable {
    var rows: Range<Int>
    var columns: Range<Int>

    init(rows: Range<Int>, columns: Range<Int>) {
        self.rows = rows
        self.columns = columns
    }

    /// The pixels that a rectangle of picture coordinates touches, in a picture of `size`.
    init(_ bounds: Bounds, size: Int) {
        func clipped(_ lower: Float, _ upper: Float) -> Range<Int> {
            let half = Float(size) * 0.5
            let first = Int(floorIndex((lower + 1) * half)) - 1
            let last = Int(floorIndex((upper + 1) * half)) + 2
            let start = first < 0 ? 0 : (first > size ? size : first)
            let end = last < start ? start : (last > size ? size : last)
            return start..<end
        }
        rows = clipped(bounds.minY, bounds.maxY)
        columns = clipped(bounds.minX, bounds.maxX)
    }
}

/// What a part puts on one pixel: its light, and how much of the pixel it covers.
struct Layer: Sendable {
    var color: Color
    var coverage: Float

    /// Nothing.
    static let clear = Layer(color: .black, coverage: 0)

    @inline(__always)
    init(color: Color, coverage: Float) {
        self.color = color
        self.coverage = coverage
    }

    /// This layer with `front` laid over it.
    @inline(__always)
    func under(_ front: Layer) -> Layer {
        let total = front.coverage + coverage * (1 - front.coverage)
        guard total > 0 else { return .clear }
        return Layer(
            color: color.mixed(front.color, front.coverage / total),
            coverage: total
        )
    }
}

/// A square picture of linear light that parts are painted on, back to front.
///
/// Picture coordinates run from -1 to 1 on both axes, y down.
struct Canvas: Sendable {
    let size: Int
    var pixels: [Color]

    init(size: Int) {
        self.size = size
        pixels = [Color](repeating: .black, count: size * size)
    }

    /// The width of one pixel in picture coordinates.
    var pixelWidth: Float { 2 / Float(size) }

    /// All pixels.
    var everything: PixelBox { PixelBox(rows: 0..<size, columns: 0..<size) }

    /// The pixels that a rectangle of picture coordinates touches.
    func box(_ bounds: Bounds) -> PixelBox { PixelBox(bounds, size: size) }

    /// Paints one part over the pixels of `box`; `layer` is asked at every pixel's centre.
    @inline(__always)
    mutating func paint(_ box: PixelBox, _ layer: (Point) -> Layer) {
        let step = pixelWidth
        for row in box.rows {
            let y = (Float(row) + 0.5) * step - 1
            let base = row * size
            for column in box.columns {
                let x = (Float(column) + 0.5) * step - 1
                let part = layer(Point(x, y))
                guard part.coverage > 0 else { continue }
                let under = pixels[base + column]
                pixels[base + column] = under.mixed(part.color, saturate(part.coverage))
            }
        }
    }

    /// Puts in the place of every pixel's light what `changed` makes of it and of its centre.
    @inline(__always)
    mutating func change(_ changed: (Color, Point) -> Color) {
        let step = pixelWidth
        for row in 0..<size {
            let y = (Float(row) + 0.5) * step - 1
            for column in 0..<size {
                let x = (Float(column) + 0.5) * step - 1
                let index = row * size + column
                pixels[index] = changed(pixels[index], Point(x, y))
            }
        }
    }
}
