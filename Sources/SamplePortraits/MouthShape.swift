/// The curves of a mouth, in face coordinates.
struct MouthShape: Sendable {
    let centerY: Float
    let halfWidth: Float
    /// Rise of the corners over the middle.
    let lift: Float
    /// Height of the opening between the lips, in the middle.
    let gap: Float
    let upper: Float
    let lower: Float
    let bow: Float
    /// How broad the smile is, zero when there is none.
    let smile: Float

    init(scene: Scene, layout: HeadLayout) {
        let mouth = scene.person.mouth
        let expression = scene.expression
        smile = scene.smiles ? expression.smile : 0
        halfWidth = mouth.halfWidth * (1 + 0.4 * smile)
        lift = mix(expression.rest, 0.09, smile)
        gap = 0.14 * smile * expression.teeth
        centerY = layout.mouthY + 0.022 * smile - gap * 0.2
        upper = mouth.upper * (1 - 0.22 * smile)
        lower = mouth.lower * (1 - 0.12 * smile)
        bow = mouth.bow
    }

    /// The rectangle that lips and teeth stay within, with or without a smile.
    static func bounds(_ scene: Scene, _ layout: HeadLayout) -> Bounds {
        let half = scene.person.mouth.halfWidth * 1.4 * 1.15 + 0.03
        return Bounds(-half, layout.mouthY - 0.24, half, layout.mouthY + 0.3)
    }

    /// Place across the mouth: zero in the middle, one at the corner.
    @inline(__always)
    func across(_ x: Float) -> Float { magnitude(x) / halfWidth }

    /// The line the lips meet on.
    @inline(__always)
    func line(_ t: Float) -> Float {
        let held = t < 1.2 ? t : 1.2
        return centerY - lift * held * held + 0.007 * hill(held * held * 9)
    }

    /// One in the middle, zero at the corners.
    @inline(__always)
    func arc(_ t: Float) -> Float { t < 1 ? 1 - t * t : 0 }
}
