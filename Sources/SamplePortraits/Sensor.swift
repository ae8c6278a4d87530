/// The camera behind the lens: what it does to a picture of linear light.
struct Sensor: Sendable {
    /// Takes most of the light and gives the rest one colour, drawn from `seed`.
    static func dim(_ canvas: inout Canvas, seed: UInt64) {
        var stream = RandomStream(seed: seed, index: 0, stream: 42)
        let hue = stream.chance(0.6) ? stream.uniform(0.03, 0.12) : stream.uniform(0.4, 0.75)
        let tint = Color(hue: hue, saturation: stream.uniform(0.25, 0.45), value: 1)
        let left = tint * stream.uniform(0.18, 0.3)
        canvas.change { color, _ in color * left }
    }

    /// Takes the colour of a picture, dims it off the middle as the camera's own lamp does, and
    /// bends its tones: middling ones are pale, black is deep.
    ///
    /// What a lamp of long waves shows is nearest to red light's.
    static func seeInfrared(_ canvas: inout Canvas) {
        canvas.change { color, point in
            let beam = 1 - 0.4 * (squared(point.x) + squared(point.y))
            let light = (0.42 * color.red + 0.36 * color.green + 0.22 * color.blue) * beam
            let tone = light * 1.42 / (light + 0.3)
            return Color(tone, tone, tone)
        }
    }

    /// Lays stray light over a picture, of a milky colour drawn from `seed`.
    static func veil(_ canvas: inout Canvas, seed: UInt64) {
        var stream = RandomStream(seed: seed, index: 0, stream: 45)
        let milk = Color(hue: stream.unit(), saturation: stream.uniform(0.06, 0.14), value: 1)
        let glare = milk * stream.uniform(0.14, 0.17)
        canvas.change { color, _ in color * 0.52 + glare }
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
