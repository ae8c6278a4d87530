import AcceleratorRuntime
import ImageCapture
import SamplePortraits

/// A drawn user: one person under conditions that no portrait of a pretraining has, in pictures to
/// retrain on and others to judge by.
struct SampleUser: Sendable {
    let conditions: [Condition]
    let seed: UInt64
    let size: Int
    /// Pictures to retrain on.
    let pictureCount: Int
    /// Pictures to judge by; no retraining sees them.
    let judgedCount: Int

    /// Shots to judge by are numbered from here, those to retrain on from 0.
    private static let firstJudgedShot = 10_000
    /// Seeds of users lie apart from those of a pretraining's portraits.
    private static let personSeed: UInt64 = 0x5EED_0000_0000_0001

    /// What tables call the user's conditions.
    var name: String {
        conditions.isEmpty ? "none" : conditions.map(\.name).joined(separator: "+")
    }

    private var person: Person { Person(seed: Self.personSeed &+ seed, index: 0) }

    /// A picture of the user, with what it shows.
    struct Picture: Sendable {
        let scene: Scene
        let image: RGBImage
        /// In the order of ``Attribute/allCases``.
        var labels: [Bool] { Attribute.allCases.map(scene.shows) }
    }

    /// The pictures to retrain on.
    var pictures: [Picture] { (0..<pictureCount).map { picture(shot: $0) } }

    /// The pictures to judge by.
    var judged: [Picture] {
        (0..<judgedCount).map { picture(shot: Self.firstJudgedShot + $0) }
    }

    private func picture(shot: Int) -> Picture {
        let scene = Scene(person: person, shot: shot)
        return Picture(scene: scene, image: image(of: scene))
    }

    /// The true picture with other attributes, under the same conditions.
    ///
    /// Labels are in the order of ``Attribute/allCases``.
    func truth(_ picture: Picture, showing labels: [Bool]) -> RGBImage {
        var scene = picture.scene
        let wanted = zip(Attribute.allCases, labels)
        // What goes off first: a hair colour that comes on replaces the one before.
        for (attribute, isShown) in wanted where !isShown && scene.shows(attribute) {
            scene = scene.setting(attribute, to: false)
        }
        for (attribute, isShown) in wanted where isShown && !scene.shows(attribute) {
            scene = scene.setting(attribute, to: true)
        }
        return image(of: scene)
    }

    private func image(of scene: Scene) -> RGBImage {
        let pixels = render(scene, conditions: conditions, size: size, seed: seed)
        return RGBImage(width: size, height: size, pixels: pixels)
    }
}
