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

    @Test(
        arguments: Condition.allCases.filter { ![.wideAngle, .longHead, .infrared].contains($0) }
    )
    func theSeedChoosesTheVariant(condition: Condition) {
        let scene = Scene(seed: 33, index: 0)
        let variants = (0..<4).map { render(scene, condition: condition, size: size, seed: $0) }
        #expect(Set(variants).count > 1)
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

    @Test(arguments: Condition.allCases)
    func conditionsComposeInAnyOrder(first: Condition) {
        let scene = Scene(seed: 35, index: 0)
        let lights: [Condition] = [.sideLight, .infrared, .backlight, .screenLight]
        let one = render(scene, condition: first, size: size, seed: 6)
        for second in Condition.allCases where second != first {
            let both = render(scene, conditions: [first, second], size: size, seed: 6)
            let turned = render(scene, conditions: [second, first, second], size: size, seed: 6)
            #expect(both == turned)
            // A later light takes the place of an earlier one.
            guard !(lights.contains(first) && lights.contains(second)) else { continue }
            #expect(meanDifference(one, both) > 0.5, "\(first.name)+\(second.name)")
        }
    }
}
