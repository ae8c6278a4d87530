/// Portraits of people that no pretraining and no user is: they are drawn from a seed of their own.
package struct HeldOutPortraits: Sendable {
    /// Chooses the people.
    package let seed: UInt64
    /// Width and height of the pictures, in pixels.
    package let size: Int
    /// How the pictures differ from those of a pretraining.
    package let conditions: [Condition]

    private static let firstSeed: UInt64 = 0xE7A1_0000_0000_0001

    /// Portraits; `size` is at least `Scene.minimumSize`.
    package init(seed: UInt64, size: Int, conditions: [Condition] = []) {
        self.seed = seed
        self.size = size
        self.conditions = conditions
    }

    /// One attribute of one portrait, changed.
    package struct Change: Sendable {
        /// What is changed.
        package let attribute: Attribute
        /// What the portrait shows, in the order of ``Attribute/allCases``.
        package let labels: [Bool]
        /// What it shall show.
        package let target: [Bool]
        /// All scenes that an answer could be taken for: of a hair colour the four colours, else
        /// with the attribute and without.
        let answers: [Scene]
        /// The place of the right one among the answers.
        package let right: Int
    }

    /// The scene of a number.
    package func scene(_ index: Int) -> Scene {
        Scene(seed: Self.firstSeed &+ seed, index: index)
    }

    /// Every attribute of a portrait switched, one at a time.
    package func changes(of scene: Scene) -> [Change] {
        Attribute.allCases.map { attribute in
            let wanted = scene.setting(attribute, to: !scene.shows(attribute))
            var answers = [wanted]
            if attribute.isHairColor {
                for color in Attribute.allCases where color.isHairColor {
                    answers.append(scene.setting(color, to: true))
                    answers.append(scene.setting(color, to: true).setting(color, to: false))
                }
            } else {
                answers.append(scene)
            }
            var different: [Scene] = []
            for answer in answers where !different.contains(answer) { different.append(answer) }
            return Change(
                attribute: attribute,
                labels: Attribute.allCases.map(scene.shows),
                target: Attribute.allCases.map(wanted.shows),
                answers: different,
                right: 0
            )
        }
    }

    /// The pixels of a scene: rows from the top, red, green and blue in turn.
    package func pixels(of scene: Scene) -> [UInt8] {
        render(scene, conditions: conditions, size: size, seed: seed)
    }

    /// The pixels of a change's answers, the right one among them.
    package func answers(of change: Change) -> [[UInt8]] { change.answers.map(pixels) }
}
