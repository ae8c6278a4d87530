/// A colour as light: linear red, green and blue, one being white of the picture.
struct Color: Sendable, Equatable {
    var red: Float
    var green: Float
    var blue: Float

    @inline(__always)
    init(_ red: Float, _ green: Float, _ blue: Float) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A colour from picture values: the picture's curve is taken as a square.
    @inline(__always)
    init(picture red: Float, _ green: Float, _ blue: Float) {
        self.init(red * red, green * green, blue * blue)
    }

    /// A colour from hue (in turns), saturation and value, in picture values.
    init(hue: Float, saturation: Float, value: Float) {
        func channel(_ offset: Float) -> Float {
            let turn = hue + offset
            let phase = turn - Float(floorIndex(turn))
            let ramp = saturate(magnitude(phase * 6 - 3) - 1)
            return value * (1 - saturation * (1 - ramp))
        }
        self.init(picture: channel(0), channel(2.0 / 3), channel(1.0 / 3))
    }

    static let black = Color(0, 0, 0)
    static let white = Color(1, 1, 1)

    @inline(__always)
    static func + (a: Color, b: Color) -> Color {
        Color(a.red + b.red, a.green + b.green, a.blue + b.blue)
    }

    @inline(__always)
    static func * (a: Color, b: Color) -> Color {
        Color(a.red * b.red, a.green * b.green, a.blue * b.blue)
    }

    @inline(__always)
    static func * (a: Color, factor: Float) -> Color {
        Color(a.red * factor, a.green * factor, a.blue * factor)
    }

    /// The blend towards `other`; zero keeps this colour.
    @inline(__always)
    func mixed(_ other: Color, _ amount: Float) -> Color {
        Color(
            mix(red, other.red, amount),
            mix(green, other.green, amount),
            mix(blue, other.blue, amount)
        )
    }
}
