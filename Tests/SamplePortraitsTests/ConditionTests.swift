import SamplePortraits
import Testing

@Suite struct ConditionTests {
    private let size = 64

    @Test func namesAreStable() {
        #expect(
            Condition.allCases.map(\.name)
                == [
                    "dim_tint", "side_light", "noise_blur", "wide_angle", "long_head", "hat",
                    "infrared", "backlight", "screen_light",
                ]
        )
        for condition in Condition.allCases {
            #expect(Condition(name: condition.name) == condition)
        }
        #expect(Condition(name: "rain") == nil)
    }

    @Test(arguments: Condition.allCases)
    func eachConditionChangesThePictureAndIsReproducible(condition: Condition) {
        for index in 0..<2 {
            let scene = Scene(seed: 31, index: index)
            let good = render(scene, size: size)
            let shifted = render(scene, condition: condition, size: size, seed: 9)
            #expect(meanDifference(good, shifted) > 2)
            #expect(render(scene, condition: condition, size: size, seed: 9) == shifted)
        }
    }

    @Test func noConditionIsTheGoodPicture() {
        let scene = Scene(seed: 32, index: 0)
        #expect(render(scene, condition: nil, size: size, seed: 4) == render(scene, size: size))
    }

    @Test(arguments: [Condition.dimTint, .noiseBlur])
    func theSeedChoosesTheVariant(condition: Condition) {
        let scene = Scene(seed: 33, index: 0)
        let first = render(scene, condition: condition, size: size, seed: 1)
        let second = render(scene, condition: condition, size: size, seed: 2)
        #expect(first != second)
    }

    @Test func theTruthUnderAConditionDiffersOnlyWhereTheAttributeShows() {
        let scene = Scene(seed: 34, index: 0).setting(.glasses, to: false)
        for condition in Condition.allCases {
            let user = render(scene, condition: condition, size: size, seed: 3)
            let asked = scene.setting(.glasses, to: true)
            let truth = render(asked, condition: condition, size: size, seed: 3)
            let changed = changedPixels(user, truth, size: size)
            #expect(!changed.isEmpty)
            #expect(changed.count < size * size / 4)
        }
    }

    @Test func conditionsComposeInAnyOrder() {
        let scene = Scene(seed: 35, index: 0)
        let both = render(scene, conditions: [.dimTint, .wideAngle], size: size, seed: 6)
        let turned = render(
            scene,
            conditions: [.wideAngle, .dimTint, .wideAngle],
            size: size,
            seed: 6
        )
        #expect(both == turned)
        for single in [Condition.dimTint, .wideAngle] {
            let one = render(scene, condition: single, size: size, seed: 6)
            #expect(meanDifference(one, both) > 2)
        }
    }

    @Test func dimLightIsDarkAndSideLightIsLopsided() {
        let scene = Scene(seed: 36, index: 0)
        let good = render(scene, size: size)
        let dim = render(scene, condition: .dimTint, size: size, seed: 1)
        #expect(meanLevel(dim) < 0.65 * meanLevel(good))
        let side = render(scene, condition: .sideLight, size: size, seed: 1)
        // The whole width of the face, from eyes to mouth.
        let rows = scene.region(of: .middle, size: size).rows
        let columns = scene.region(of: .eyes, size: size).columns
        let middle = (columns.lowerBound + columns.upperBound) / 2
        var halves = [0.0, 0.0]
        for row in rows {
            for column in columns {
                halves[column < middle ? 0 : 1] += Double(side[(row * size + column) * 3])
            }
        }
        let ratio = halves[0] / halves[1]
        #expect(ratio < 0.75 || ratio > 1.33)
    }
}
