/// A drawn user: one person under conditions that no portrait of a pretraining has, in pictures to
/// retrain on and others to judge by.
///
/// The two never meet: shots to retrain on are numbered from 0, those to judge by from
/// ``firstJudgedShot``.
package struct SampleUser: Sendable {
    /// How the user's pictures differ from those of a pretraining.
    package let conditions: [Condition]
    /// Chooses the person, and the conditions' variants.
    package let seed: UInt64
    /// Width and height of the pictures, in pixels.
    package let size: Int
    /// Pictures to retrain on.
    package let pictureCount: Int
    /// Pictures to judge by.
    package let judgedCount: Int

    /// The first shot to judge by; no user has as many pictures to retrain on.
    package static let firstJudgedShot = 10_000
    /// Users are drawn from another seed than portraits, so that no pretraining has met one.
    private static let personSeed: UInt64 = 0x5EED_0000_0000_0001

    /// A user; `size` is at least `Scene.minimumSize`, `pictureCount` below ``firstJudgedShot``.
    package init(
        conditions: [Condition],
        seed: UInt64,
        size: Int,
        pictureCount: Int,
        judgedCount: Int
    ) {
        self.conditions = conditions
        self.seed = seed
        self.size = size
        self.pictureCount = pictureCount
        self.judgedCount = judgedCount
    }

    /// What tables call the user's conditions.
    package var name: String {
        conditions.isEmpty ? "none" : conditions.map(\.name).joined(separator: "+")
    }

    /// A picture of the user.
    package struct Picture: Sendable, Equatable {
        /// What it is drawn from.
        package let scene: Scene
        /// The number of the shot.
        package let shot: Int
        /// Rows from the top, red, green and blue in turn.
        package let pixels: [UInt8]

        /// What it shows, in the order of ``Attribute/allCases``.
        package var labels: [Bool] { Attribute.allCases.map(scene.shows) }
    }

    private var person: Person { Person(seed: Self.personSeed &+ seed, index: 0) }

    /// The pictures to retrain on.
    package var pictures: [Picture] {
        (0..<min(pictureCount, Self.firstJudgedShot)).map(picture)
    }

    /// The pictures to judge by.
    package var judged: [Picture] {
        (0..<judgedCount).map { picture(shot: Self.firstJudgedShot + $0) }
    }

    private func picture(shot: Int) -> Picture {
        let scene = Scene(person: person, shot: shot)
        return Picture(scene: scene, shot: shot, pixels: pixels(of: scene))
    }

    /// The pixels of the true picture with other attributes, under the same conditions.
    ///
    /// Labels are in the order of ``Attribute/allCases``; of hair colours at most one is on.
    package func truth(_ picture: Picture, showing labels: [Bool]) -> [UInt8] {
        var scene = picture.scene
        let wanted = zip(Attribute.allCases, labels)
        // What goes off first: a hair colour that comes on replaces the one before.
        for (attribute, isShown) in wanted where !isShown && scene.shows(attribute) {
            scene = scene.setting(attribute, to: false)
        }
        for (attribute, isShown) in wanted where isShown && !scene.shows(attribute) {
            scene = scene.setting(attribute, to: true)
        }
        return pixels(of: scene)
    }

    private func pixels(of scene: Scene) -> [UInt8] {
        render(scene, conditions: conditions, size: size, seed: seed)
    }
}
