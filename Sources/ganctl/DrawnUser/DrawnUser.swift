import AcceleratorRuntime
import ImageCapture
import RetrainingCompiler
import SamplePortraits

/// A drawn user whose pictures serve all ways: each is drawn once.
struct DrawnUser: Sendable {
    /// What tables call the user's conditions.
    let condition: String
    let seed: UInt64
    /// Those to retrain on.
    let pictures: Pictures
    /// Those to judge by, and nothing else.
    let judged: Pictures
    /// What of an automatic selection is the same for all budgets, once it is known.
    var probe: Probe?

    private let truths: [[[Bool]: [Float]]]

    /// Pictures, and what they show.
    struct Pictures: Sendable {
        let manifest: PictureManifest
        /// Values in planes, in [-1, 1].
        let images: [[Float]]
        let labels: [[Bool]]

        init(_ pictures: [SampleUser.Picture], size: Int) {
            var manifest = PictureManifest()
            for picture in pictures {
                manifest.add(
                    name: picture.name,
                    pixels: picture.pixels,
                    labels: picture.labels
                )
            }
            self.manifest = manifest
            images = pictures.map { DrawnUser.floats($0.pixels, size: size) }
            labels = pictures.map(\.labels)
        }
    }

    /// Importances, and the seconds that it took to measure them.
    struct Probe: Sendable {
        let importances: LayerImportances
        let seconds: Double
    }

    /// Draws a user, and the truth of every change that the user is judged by.
    init(drawing user: SampleUser, rules: AttributeRules) {
        condition = user.name
        seed = user.seed
        pictures = Pictures(user.pictures, size: user.size)
        let drawn = user.judged
        judged = Pictures(drawn, size: user.size)
        truths = drawn.enumerated().map { number, picture in
            let targets = QualityEvaluation.targets(
                of: picture.labels,
                picture: number,
                rules: rules
            )
            var truths: [[Bool]: [Float]] = [:]
            for target in targets {
                let pixels = user.truth(picture, showing: target)
                truths[target] = Self.floats(pixels, size: user.size)
            }
            return truths
        }
    }

    /// What tables call conditions.
    static func name(_ conditions: [Condition]) -> String {
        SampleUser(
            conditions: conditions,
            seed: 0,
            size: Scene.minimumSize,
            pictureCount: 0,
            judgedCount: 0
        ).name
    }

    /// What a judged picture should become.
    func truth(_ picture: Int, _ target: [Bool]) -> [Float]? { truths[picture][target] }

    private static func floats(_ pixels: [UInt8], size: Int) -> [Float] {
        RGBImage(width: size, height: size, pixels: pixels).planarFloats()
    }

    /// Digest of a portrait under each condition: it tells one renderer from another.
    static func portraitsDigest() -> String {
        var manifest = PictureManifest()
        for conditions in [[]] + Condition.allCases.map({ [$0] }) {
            let user = SampleUser(
                conditions: conditions,
                seed: 1,
                size: Scene.minimumSize,
                pictureCount: 0,
                judgedCount: 1
            )
            for picture in user.judged {
                manifest.add(name: user.name, pixels: picture.pixels, labels: picture.labels)
            }
        }
        return manifest.digest
    }
}
