import SamplePortraits
import Testing

@Suite struct SceneTests {
    @Test func attributesAreBalanced() {
        let count = 2000
        var shown: [Attribute: Int] = [:]
        for index in 0..<count {
            for attribute in Scene(seed: 77, index: index).attributes {
                shown[attribute, default: 0] += 1
            }
        }
        for attribute in Attribute.allCases {
            let share = Double(shown[attribute, default: 0]) / Double(count)
            let expected = attribute.isHairColor ? 1.0 / 3 : 0.5
            // Four standard deviations of a draw of 2000.
            #expect(abs(share - expected) < 0.045, "\(attribute.name): \(share)")
        }
    }

    @Test func drawnScenesShowExactlyOneHairColor() {
        for index in 0..<200 {
            let shown = Scene(seed: 5, index: index).attributes
            #expect(shown.filter(\.isHairColor).count == 1)
        }
    }

    @Test(arguments: Attribute.allCases)
    func settingAnAttributeTwiceChangesNothingMore(attribute: Attribute) {
        for index in 0..<20 {
            let scene = Scene(seed: 8, index: index)
            for isShown in [true, false] {
                let once = scene.setting(attribute, to: isShown)
                #expect(once.shows(attribute) == isShown)
                #expect(once.setting(attribute, to: isShown) == once)
            }
        }
    }

    @Test(arguments: Attribute.allCases)
    func settingWhatIsSetChangesNothing(attribute: Attribute) {
        for index in 0..<20 {
            let scene = Scene(seed: 9, index: index)
            #expect(scene.setting(attribute, to: scene.shows(attribute)) == scene)
        }
    }

    @Test(arguments: Attribute.allCases.filter(\.isHairColor))
    func aHairColorReplacesTheOneBefore(attribute: Attribute) {
        for other in Attribute.allCases where other.isHairColor && other != attribute {
            let scene = Scene(seed: 10, index: 0).setting(other, to: true)
            let changed = scene.setting(attribute, to: true)
            #expect(changed.attributes.filter(\.isHairColor) == [attribute])
            #expect(changed.shows(.glasses) == scene.shows(.glasses))
            #expect(changed.shows(.smile) == scene.shows(.smile))
            #expect(changed.setting(other, to: true) == scene)
        }
    }

    @Test func clearingAHairColorLeavesOneThatNoAttributeNames() {
        let scene = Scene(seed: 11, index: 0).setting(.brownHair, to: true)
        #expect(scene.setting(.brownHair, to: false).attributes.filter(\.isHairColor).isEmpty)
        #expect(scene.setting(.blackHair, to: false) == scene)
    }

    @Test func shotsOfOnePersonKeepThePersonAndChangeTheRest() {
        let person = Person(seed: 12, index: 3)
        let shots = (0..<40).map { Scene(person: person, shot: $0) }
        let first = shots[0]
        for shot in shots {
            #expect(shot.person == person)
            #expect(shot.attributes.subtracting([.smile]) == first.attributes.subtracting([.smile]))
        }
        #expect(Set(shots.map { $0.shows(.smile) }).count == 2)
        let pictures = shots.prefix(3).map { render($0, size: 64) }
        #expect(meanDifference(pictures[0], pictures[1]) > 5)
        #expect(meanDifference(pictures[1], pictures[2]) > 5)
    }

    @Test func aSceneIsAFunctionOfItsSeedAndIndex() {
        #expect(Scene(seed: 13, index: 4) == Scene(seed: 13, index: 4))
        #expect(Scene(seed: 13, index: 4) != Scene(seed: 13, index: 5))
        #expect(Scene(seed: 13, index: 4) != Scene(seed: 14, index: 4))
        #expect(Scene(seed: .max, index: .min) != Scene(seed: .max, index: .max))
    }
}
