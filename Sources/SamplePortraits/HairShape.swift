/// The outline of a head of hair and of the opening it leaves for the face, in head units.
struct HairShape: Sendable {
    /// Thickness over the crown and beside the skull.
    var top: Float = 0.1
    var side: Float = 0.04
    /// Where the hair ends beside the face.
    var endY: Float = 0.12
    /// Widening towards the end of grown hair.
    var flare: Float = 0
    /// The highest place of the hairline, and how far it falls to the left and right of the part.
    var openTop: Float
    var leftDrop: Float = 0.2
    var rightDrop: Float = 0.2
    var partX: Float = 0
    var bend: Float = 2
    /// Half width of the face left open at the temples, and below the jaw.
    var openHalfWidth: Float
    var openLowHalfWidth: Float
    /// Whether grown hair falls in front of the shoulders.
    var isInFront = false
    var waveDepth: Float = 0
    var waveLength: Float = 0.4
    /// Depth of locks on the outline and in the shading.
    var locks: Float = 0
    var curl: Float = 0
    var bun: Float = 0
    var jag: Float = 0.02
    /// Whether strands run from the forehead back rather than from the crown down.
    var isSweptBack = false
    /// How far the sides thin out towards their end, zero to one.
    var taper: Float = 0
    let skullY: Float
    let crownY: Float
    let skullHalfWidth: Float
    let noise: Noise
    let phase: Float

    /// Whether the hair hangs below the ears.
    var isGrown: Bool { endY > 0.4 }

    init(scene: Scene, layout: HeadLayout, noise: Noise) {
        let hair = scene.person.hair
        openTop = layout.hairlineY
        openHalfWidth = layout.halfWidth * 0.95
        openLowHalfWidth = layout.halfWidth * 0.8
        skullY = layout.skullY
        crownY = layout.crownY
        skullHalfWidth = layout.halfWidth
        self.noise = noise
        phase = hair.wave * 6
        top = 0.1 * hair.volume
        side = 0.035 * hair.volume
        applyCut(hair, layout)
    }

    private mutating func applyCut(_ hair: Person.Hair, _ layout: HeadLayout) {
        let volume = hair.volume
        switch hair.style {
        case .cropped:
            top = 0.055 * volume
            side = 0.02
            applyTrim(0.06, 0.06)
            jag = 0.02
        case .sidePart:
            top = 0.15 * volume
            partX = hair.parting < 0 ? -0.28 : 0.28
            applyTrim(partX > 0 ? 0.2 : 0.04, partX > 0 ? 0.04 : 0.2)
            bend = 1.3
            locks = 0.02
        case .sweptBack:
            top = 0.15 * volume
            openTop -= 0.03
            isSweptBack = true
            applyTrim(0.03, 0.03)
            locks = 0.015
        case .tousled:
            top = 0.17 * volume
            side = 0.06 * volume
            endY = 0.2
            openTop += 0.1
            applyTrim(0.1, 0.06)
            partX = hair.parting
            locks = 0.06
            jag = 0.075
        case .afro:
            applyCurls(volume, thick: 0.34, wide: 0.3, end: 0.34)
        case .curly:
            applyCurls(volume, thick: 0.2, wide: 0.17, end: mix(0.3, 1.15, hair.length))
        case .fringe, .bob, .long, .wavy, .bun:
            applyGrown(hair, layout)
        }
    }

    /// Cut short: an even hairline, corners at the temples, hair in front of the ears.
    private mutating func applyTrim(_ left: Float, _ right: Float) {
        leftDrop = left
        rightDrop = right
        bend = 2
        taper = 1
        openHalfWidth = skullHalfWidth * 0.87
        openLowHalfWidth = skullHalfWidth * 0.95
    }

    private mutating func applyCurls(
        _ volume: Float,
        thick: Float,
        wide: Float,
        end: Float
    ) {
        top = thick * volume
        side = wide * volume
        endY = end
        openTop += 0.03
        leftDrop = 0.2
        rightDrop = 0.2
        bend = 3
        curl = 0.045
        jag = 0.05
        openHalfWidth *= 0.95
        openLowHalfWidth = skullHalfWidth * 0.88
    }

    private mutating func applyGrown(_ hair: Person.Hair, _ layout: HeadLayout) {
        let volume = hair.volume
        top = 0.13 * volume
        side = 0.1 * volume
        openHalfWidth = layout.halfWidth * 0.87
        partX = hair.parting
        leftDrop = 0.34
        rightDrop = 0.34
        bend = 1.25
        locks = 0.015
        isInFront = hair.wave > 0.45
        endY = isInFront ? mix(1.3, 1.75, hair.length) : mix(1.2, 2, hair.length)
        flare = 0.1
        switch hair.style {
        case .fringe:
            partX = 0
            openTop = layout.browY - mix(0.04, 0.14, hair.wave)
            leftDrop = 0.1
            rightDrop = 0.1
            bend = 3
            jag = 0.04
            endY = hair.length < 0.35 ? mix(0.55, 0.85, hair.length * 3) : endY
        case .bob:
            endY = mix(0.62, 1.05, hair.length)
            flare = 0.06
            openLowHalfWidth = layout.halfWidth * 0.72
        case .wavy:
            waveDepth = 0.035
            waveLength = mix(0.4, 0.6, hair.wave)
            side = 0.14 * volume
            locks = 0.03
        case .bun:
            bun = 0.3 * volume
            isSweptBack = true
            side = 0.03
            top = 0.08
            endY = 0.05
            openTop -= 0.02
            bend = 2.2
            leftDrop = 0.2
            rightDrop = 0.2
            openHalfWidth = layout.halfWidth * 0.95
        default:
            waveDepth = 0.01
            waveLength = 0.8
        }
    }

    /// The signed distance to the outer outline of the hair.
    @inline(__always)
    func outer(_ point: Point) -> Float {
        let ripple = outlineRipple(point)
        let radiusY = skullY - crownY + top
        let center = Point(point.x, point.y - skullY)
        let cap = ellipseDistance(center, skullHalfWidth + side, radiusY)
        let end = endY + (isGrown && curl == 0 ? 0.13 : 0.05) * noise.smooth(point.x * 9, 3.5)
        guard isGrown else {
            return smoothMax(cap, point.y - end, 0.1) - ripple
        }
        let fall = smoothStep(skullY, endY, point.y)
        guard point.y > skullY else { return cap - ripple }
        let wave =
            waveDepth * smoothStep(skullY, skullY + 0.3, point.y)
            * sine(point.y / waveLength * 6.283 + phase + (point.x > 0 ? 1.4 : 0))
        let half = skullHalfWidth + side + flare * fall + wave
        let sides = magnitude(point.x) - half
        return smoothMax(sides, point.y - end, 0.2) - ripple
    }

    @inline(__always)
    private func outlineRipple(_ point: Point) -> Float {
        if curl > 0 {
            return curl * noise.smooth(point.x * 6.5 + 40, point.y * 6.5)
                + curl * 0.5 * noise.smooth(point.x * 15, point.y * 15 + 9)
        }
        guard locks > 0 else { return 0 }
        let strand = angle(point) * 9
        return locks * noise.smooth(strand, 1.5) * smoothStep(0.4, 0.9, (point - pole).length)
    }

    /// The signed distance to the face's opening, in face coordinates; negative within the face.
    @inline(__always)
    func opening(_ point: Point) -> Float {
        let offset = (point.x - partX) / 0.65
        let reach = offset < 0 ? -offset : offset
        let power = bend > 2.4 ? reach * reach * reach : mix(reach, reach * reach, bend - 1)
        let fringe = jag * noise.smooth(point.x * 13 + 70, point.y * 1.5)
        let line = openTop + (offset < 0 ? leftDrop : rightDrop) * power + fringe
        let low = smoothStep(0.25, 1.05, point.y)
        let half = mix(openHalfWidth, openLowHalfWidth, low)
        let edge = jag * 0.5 * noise.smooth(point.y * 6, point.x * 2 + 30)
        return smoothMax((line - point.y) * 0.85, magnitude(point.x) - half + edge, 0.16)
    }

    /// Where the strands start.
    @inline(__always)
    var pole: Point {
        isSweptBack ? Point(partX * 0.3, 0.05) : Point(partX, crownY - top * 0.3 + 0.08)
    }

    /// A place across the strands: the same all along one strand.
    @inline(__always)
    func angle(_ point: Point) -> Float {
        let offset = point - pole
        let down = isSweptBack ? -offset.y : offset.y + 0.25
        let height = down > 0 ? down : 0
        return offset.x / (magnitude(offset.x) + height + 0.05)
    }

    /// Brightness of the strand at a place, about one.
    @inline(__always)
    func strand(_ point: Point) -> Float {
        if curl > 0 {
            let bendX = point.x + 0.06 * noise.smooth(point.x * 8 + 3, point.y * 8)
            let bendY = point.y + 0.06 * noise.smooth(point.x * 8, point.y * 8 + 60)
            let turned = Point(bendX * 0.8 - bendY * 0.6, bendX * 0.6 + bendY * 0.8)
            let coarse = noise.smooth(turned.x * 9, turned.y * 9)
            let coil = noise.smooth(turned.x * 17 + 5, turned.y * 17)
            let ring = 1 - 2 * magnitude(coil)
            return 1 + 0.3 * coarse + 0.34 * ring
        }
        let reach = (point - pole).length
        let wave = waveDepth * 2.2 * sine(reach / waveLength * 6.283 + phase)
        let across = angle(point) + wave * 0.5
        let spread = 1 + reach
        let coarse = noise.smooth(across * 7 * spread, reach * 1.1)
        let middle = noise.smooth(across * 22 * spread, reach * 1.6 + 11)
        let fine = noise.smooth(across * 55 * spread, reach * 3 + 23)
        return 1 + 0.22 * coarse + 0.22 * middle + 0.18 * fine
    }
}
