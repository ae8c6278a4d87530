import SamplePortraits
import Testing

@Suite struct ConditionLookTests {
    /// What is said of the tones of a picture under a condition, against the ordinary picture.
    struct Claim: Sendable, CustomTestStringConvertible {
        let condition: Condition
        let says: String
        let holds: @Sendable (_ ordinary: Tones, _ shifted: Tones) -> Bool

        var testDescription: String { "\(condition.name): \(says)" }
    }

    private static let claims: [Claim] = [
        Claim(condition: .dimTint, says: "is dark") { $1.level < 0.65 * $0.level },
        Claim(condition: .sideLight, says: "lights one half of the face") {
            let (left, right) = $1.halves
            return left > 1.3 * right || right > 1.3 * left
        },
        Claim(condition: .sideLight, says: "leaves the room in the dark") {
            $1.corners.left < 60 && $1.corners.right < 60
        },
        Claim(condition: .sideLight, says: "is warm") { $1.face[0] > 1.3 * $1.face[2] },
        Claim(condition: .noiseBlur, says: "has no black") { $1.black > 75 },
        Claim(condition: .noiseBlur, says: "has little contrast") {
            $1.white - $1.black < 0.75 * ($0.white - $0.black)
        },
        Claim(condition: .noiseBlur, says: "is noisy") {
            $1.roughness / ($1.white - $1.black) > 1.2 * $0.roughness / ($0.white - $0.black)
        },
        Claim(condition: .wideAngle, says: "leaves the corners black") {
            $1.corners.left < 4 && $1.corners.right < 4
        },
        Claim(condition: .wideAngle, says: "keeps the face") {
            abs($1.faceLevel - $0.faceLevel) < 40
        },
        Claim(condition: .infrared, says: "has no colour") { $1.saturation == 0 },
        Claim(condition: .infrared, says: "has bright skin") { $1.faceLevel > 190 },
        Claim(condition: .infrared, says: "is dark behind") {
            $1.corners.left < 50 && $1.corners.right < 50
        },
        Claim(condition: .backlight, says: "blows out what is behind") {
            $1.corners.left > 245 && $1.corners.right > 245
        },
        Claim(condition: .backlight, says: "leaves the person in the dark") {
            $1.faceLevel < 90 && $1.faceLevel < 0.6 * $0.faceLevel
        },
        Claim(condition: .screenLight, says: "is cold") {
            $1.face[2] / $1.face[0] > 1.3 * $0.face[2] / $0.face[0]
        },
        Claim(condition: .screenLight, says: "leaves the room in the dark") {
            $1.corners.left < 35 && $1.corners.right < 35
        },
        Claim(condition: .hat, says: "keeps the light") { abs($1.level - $0.level) < 25 },
        Claim(condition: .longHead, says: "keeps the light") { abs($1.level - $0.level) < 25 },
    ]

    @Test(arguments: claims)
    func looksAsItsConditionSays(claim: Claim) {
        for index in 0..<6 {
            let scene = Scene(seed: 41, index: index)
            let ordinary = Tones(render(scene, size: 64), of: scene, size: 64)
            let shifted = Tones(
                render(scene, condition: claim.condition, size: 64, seed: UInt64(index)),
                of: scene,
                size: 64
            )
            #expect(claim.holds(ordinary, shifted), "portrait \(index): \(shifted)")
        }
    }

    @Test func everyConditionIsSpokenOf() {
        #expect(Set(Self.claims.map(\.condition)) == Set(Condition.allCases))
    }

    @Test(arguments: 0..<4)
    func aLongHeadIsNarrow(index: Int) {
        let scene = Scene(seed: 42, index: index)
        let usual = Silhouette(of: scene, [], size: 64, seed: 1)
        let long = Silhouette(of: scene, [.longHead], size: 64, seed: 1)
        #expect(long.width(atEyesOf: scene) < 0.92 * usual.width(atEyesOf: scene))
    }

    @Test(arguments: Condition.allCases, Attribute.allCases)
    func attributesShowUnderEveryCondition(condition: Condition, attribute: Attribute) {
        for seed in 1...4 as ClosedRange<UInt64> {
            let scene = SampleUser(
                conditions: [condition],
                seed: seed,
                size: 64,
                pictureCount: 1,
                judgedCount: 0
            ).pictures[0].scene
            let pictures = [true, false].map {
                render(scene.setting(attribute, to: $0), condition: condition, size: 64, seed: seed)
            }
            let plain = [true, false].map { render(scene.setting(attribute, to: $0), size: 64) }
            let seen = visiblePixels(pictures[0], pictures[1])
            let usual = visiblePixels(plain[0], plain[1])
            // A hat hides most of short hair.
            #expect(seen * 8 > usual, "user \(seed): \(seen) pixels of \(usual)")
        }
    }

    @Test(arguments: Condition.allCases)
    func hairColorsAreToldApart(condition: Condition) {
        for seed in 1...4 as ClosedRange<UInt64> {
            let scene = Scene(seed: 43, index: Int(seed))
            let colors = [Attribute.blackHair, .brownHair, .blondHair].map {
                render(scene.setting($0, to: true), condition: condition, size: 64, seed: seed)
            }
            let auburn = render(
                scene.setting(.blackHair, to: true).setting(.blackHair, to: false),
                condition: condition,
                size: 64,
                seed: seed
            )
            #expect(visiblePixels(colors[0], colors[1]) > 20, "black and brown, user \(seed)")
            #expect(visiblePixels(colors[1], colors[2]) > 20, "brown and blond, user \(seed)")
            #expect(visiblePixels(colors[1], auburn) > 20, "brown and auburn, user \(seed)")
            #expect(visiblePixels(colors[2], auburn) > 20, "blond and auburn, user \(seed)")
            let levels = (colors + [auburn]).map(meanLevel)
            #expect(levels[0] < levels[1] && levels[1] < levels[3] && levels[3] < levels[2])
        }
    }

    /// How many pixels differ by what a viewer sees: 6 of 255 in some channel.
    private func visiblePixels(_ a: [UInt8], _ b: [UInt8]) -> Int {
        stride(from: 0, to: a.count, by: 3).count { base in
            (base..<base + 3).contains { abs(Int(a[$0]) - Int(b[$0])) >= 6 }
        }
    }
}
