import SamplePortraits
import Testing

@Suite struct HeldOutPortraitsTests {
    private static let portraits = HeldOutPortraits(seed: 1, size: 64)

    @Test func areNobodyAPretrainingMeets() {
        for index in 0..<200 {
            let scene = Self.portraits.scene(index)
            for seed in [0, 1, 2] as [UInt64] {
                #expect(scene.person != Scene(seed: seed, index: index).person)
            }
        }
    }

    @Test func areSwitchedInEveryAttribute() {
        for index in 0..<20 {
            let scene = Self.portraits.scene(index)
            let changes = Self.portraits.changes(of: scene)
            #expect(changes.map(\.attribute) == Attribute.allCases)
            for (place, change) in changes.enumerated() {
                #expect(change.labels[place] != change.target[place])
                #expect(change.labels == Attribute.allCases.map(scene.shows))
                #expect(change.target.prefix(3).count { $0 } <= 1)
            }
        }
    }

    @Test func haveOneRightAnswerAmongDifferentOnes() {
        let scene = Self.portraits.scene(3)
        for change in Self.portraits.changes(of: scene) {
            let answers = Self.portraits.answers(of: change)
            #expect(answers.count == (change.attribute.isHairColor ? 4 : 2))
            #expect(Set(answers).count == answers.count)
            let wanted = scene.setting(change.attribute, to: !scene.shows(change.attribute))
            #expect(answers[change.right] == Self.portraits.pixels(of: wanted))
        }
    }

    @Test func areTakenUnderTheirConditions() {
        let dim = HeldOutPortraits(seed: 1, size: 64, conditions: [.dimTint])
        let scene = dim.scene(0)
        #expect(dim.pixels(of: scene) == render(scene, condition: .dimTint, size: 64, seed: 1))
        #expect(scene == Self.portraits.scene(0))
    }
}
