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
    private static let personSeed: UInt64 = 0x5EED_0F_A_0001

    private var person: Person { Person(seed: Self.personSeed &+ seed, index: 0) }

    /// A picture of the user, with what it shows.
    struct Picture {
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

    /// The true picture with one attribute switched, under the same conditions.
    func truth(_ picture: Picture, switching attribute: Attribute) -> RGBImage {
        image(of: picture.scene.setting(attribute, to: !picture.scene.shows(attribute)))
    }

    private func image(of scene: Scene) -> RGBImage {
        let pixels = render(scene, conditions: conditions, size: size, seed: seed)
        return RGBImage(width: size, height: size, pixels: pixels)
    }
}
