/// One person who does not exist: everything that stays the same from picture to picture.
///
/// Lengths are in head units: one unit is half the height of an ordinary head, eyes at zero, chin
/// near one.
package struct Person: Sendable, Equatable {
    /// Seeds the texture of skin and hair, and the draws of further scenes.
    let textureSeed: UInt64
    /// Angular (zero) to soft (one) features; steers jaw, brows, lips, beard and hair length.
    var softness: Float
    /// Young (zero) to old (one); steers folds.
    var age: Float
    var skin: Skin
    var head: Head
    var eyes: Eyes
    var brows: Brows
    var nose: Nose
    var mouth: Mouth
    var ears: Ears
    var beard: Beard
    var hair: Hair
    var glasses: Glasses
    /// The hair colour this person usually has.
    var hairColor: HairColor
    /// Whether this person usually wears glasses.
    var wearsGlasses: Bool

    struct Skin: Sendable, Equatable {
        /// Palest (zero) to darkest (one).
        var melanin: Float
        /// Rosy (-1) to golden (1).
        var undertone: Float
        var flush: Float
        var freckles: Float
    }

    struct Head: Sendable, Equatable {
        var halfWidth: Float
        /// Factor on all heights; ordinary heads lie within 7 % of one.
        var length: Float
        var jawHalfWidth: Float
        var chinHalfWidth: Float
        var chinDrop: Float
        var cheekbones: Float
        var neckHalfWidth: Float
    }

    struct Eyes: Sendable, Equatable {
        var spacing: Float
        var halfWidth: Float
        var opening: Float
        /// Rise of the outer corner over the eye's half width.
        var slant: Float
        var iris: Color
        var lidCrease: Float
        var lashes: Float
    }

    struct Brows: Sendable, Equatable {
        var height: Float
        var arch: Float
        var rise: Float
        var thickness: Float
        var tone: Color
    }

    struct Nose: Sendable, Equatable {
        var halfWidth: Float
        var length: Float
        var bridge: Float
        var tip: Float
    }

    struct Mouth: Sendable, Equatable {
        var halfWidth: Float
        var upper: Float
        var lower: Float
        var redness: Float
        var bow: Float
    }

    struct Ears: Sendable, Equatable {
        var height: Float
        var protrusion: Float
    }

    struct Beard: Sendable, Equatable {
        /// Shadow of shaved hair, zero to one.
        var stubble: Float
        var chin: Float
        var moustache: Float
        var tone: Color
    }

    struct Hair: Sendable, Equatable {
        var style: HairStyle
        /// Place within the range of shades of the person's usual colour, zero to one.
        var shade: Float
        var parting: Float
        var volume: Float
        var length: Float
        var wave: Float
        var hairline: Float
    }

    struct Glasses: Sendable, Equatable {
        var shape: GlassesShape
        var halfWidth: Float
        var halfHeight: Float
        var rim: Float
        var color: Color
        var tint: Float

        /// What is put on those who usually wear none: were the pair theirs, no model could know
        /// what it should look like.
        static let standard = Glasses(
            shape: .rectangle,
            halfWidth: 0.235,
            halfHeight: 0.18,
            rim: 0.045,
            color: Color(picture: 0.06, 0.06, 0.07),
            tint: 0.5
        )
    }

    /// The person of this number, drawn at random from `seed`.
    package init(seed: UInt64, index: Int) {
        var stream = RandomStream(seed: seed, index: index, stream: 1)
        textureSeed = stream.next()
        softness = saturate(0.5 + (stream.chance(0.5) ? 0.32 : -0.32) + stream.around(0, 0.2))
        age = squared(stream.unit())
        skin = Person.drawSkin(seed, index)
        head = Person.drawHead(seed, index, softness)
        eyes = Person.drawEyes(seed, index, softness, skin.melanin)
        brows = Person.drawBrows(seed, index, softness)
        nose = Person.drawNose(seed, index, softness)
        mouth = Person.drawMouth(seed, index, softness)
        ears = Person.drawEars(seed, index)
        beard = Person.drawBeard(seed, index, softness)
        hair = Person.drawHair(seed, index, softness)
        var traits = RandomStream(seed: seed, index: index, stream: 2)
        let colors: [HairColor] = [.black, .blond, .brown]
        hairColor = colors[traits.index(below: colors.count)]
        wearsGlasses = traits.chance(0.5)
        glasses = wearsGlasses ? Person.drawGlasses(seed, index) : .standard
    }
}

/// How hair is cut and worn.
enum HairStyle: Sendable, Equatable, CaseIterable {
    case cropped
    case sidePart
    case sweptBack
    case tousled
    case fringe
    case bob
    case long
    case wavy
    case curly
    case afro
    case bun
}

/// The outline of a pair of spectacles.
enum GlassesShape: Sendable, Equatable, CaseIterable {
    case round
    case rectangle
    case teardrop
    case browline
}
