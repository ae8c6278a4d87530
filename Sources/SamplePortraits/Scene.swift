/// Everything that one portrait is drawn from: a person, a moment and a place.
///
/// A scene is a value; drawing it is a pure function of it and of the size.
package struct Scene: Sendable, Equatable {
    /// The width and height of the smallest picture that is drawn, in pixels.
    package static let minimumSize = 64

    /// Who is drawn.
    package var person: Person
    var pose: Pose
    var expression: Expression
    var light: Light
    var background: Background
    var clothes: Clothes
    var hairColor: HairColor
    var wearsGlasses: Bool
    var smiles: Bool
    /// Seeds the grain of the picture and the choice of a hat.
    var grainSeed: UInt64
    /// The hat worn, which only a condition puts on.
    var hat: Hat?

    struct Pose: Sendable, Equatable {
        /// Place of the middle of the eyes, in picture coordinates.
        var center: Point
        /// One head unit, in picture coordinates.
        var scale: Float
        /// Radians, clockwise.
        var tilt: Float
        /// How far the face is turned: shift of the nearest point over the outline, head units.
        var turn: Point
    }

    struct Expression: Sendable, Equatable {
        /// Lift of the mouth's corners when not smiling, head units.
        var rest: Float
        /// How broad the smile is when there is one, zero to one.
        var smile: Float
        /// How far the smile shows teeth, zero to one.
        var teeth: Float
        var gaze: Point
        var browLift: Float
        var lids: Float
    }

    struct Clothes: Sendable, Equatable {
        var cut: ClothesCut
        var color: Color
        var second: Color
        var third: Color
        var stripes: Float
        var shoulderHalfWidth: Float
        var slope: Float
    }

    /// A scene with a person of its own, attributes included.
    ///
    /// Hair colours are drawn evenly, glasses and smile each with even chances.
    package init(seed: UInt64, index: Int) {
        self.init(person: Person(seed: seed, index: index), shot: 0)
    }

    /// One of many scenes of a person: pose, expression, light, clothes and place are drawn anew.
    package init(person: Person, shot: Int) {
        self.person = person
        let seed = person.textureSeed
        pose = Scene.drawPose(seed, shot)
        expression = Scene.drawExpression(seed, shot)
        light = Light(seed: seed, shot: shot)
        background = Background(seed: seed, shot: shot)
        clothes = Scene.drawClothes(seed, shot, person.softness)
        hairColor = person.hairColor
        wearsGlasses = person.wearsGlasses
        var stream = RandomStream(seed: seed, index: shot, stream: 30)
        smiles = stream.chance(0.5)
        grainSeed = stream.next()
        hat = nil
        // A smile that is only put on is the standard one: no model could know another.
        if !smiles { (expression.smile, expression.teeth) = (0.9, 0.8) }
    }

    /// What this portrait shows, of what a model can be asked to change.
    package var attributes: Set<Attribute> {
        Set(Attribute.allCases.filter(shows))
    }

    /// Whether the portrait shows one attribute.
    package func shows(_ attribute: Attribute) -> Bool {
        switch attribute {
        case .blackHair, .blondHair, .brownHair: HairColor(attribute) == hairColor
        case .glasses: wearsGlasses
        case .smile: smiles
        }
    }

    /// The same scene with one attribute set or cleared and everything else staying the same.
    ///
    /// Setting a hair colour replaces the one before; clearing the one that shows leaves hair of a
    /// colour no attribute names, clearing another changes nothing.
    package func setting(_ attribute: Attribute, to isShown: Bool) -> Scene {
        var changed = self
        switch attribute {
        case .glasses:
            changed.wearsGlasses = isShown
        case .smile:
            changed.smiles = isShown
        case .blackHair, .blondHair, .brownHair:
            if let color = HairColor(attribute), isShown {
                changed.hairColor = color
            } else if shows(attribute) {
                changed.hairColor = .other
            }
        }
        return changed
    }
}

/// The kind of clothes worn.
enum ClothesCut: Sendable, Equatable, CaseIterable {
    case crewNeck
    case vNeck
    case shirt
    case jacket
    case rollNeck
}

/// What a hat is like.
struct Hat: Sendable, Equatable {
    enum Kind: Sendable, Equatable, CaseIterable {
        case beanie
        case cap
        case brimmed
    }

    var kind: Kind
    var color: Color
    var band: Color
}
