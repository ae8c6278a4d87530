import SamplePortraits
import Testing

@Suite struct SampleUserTests {
    private static func user(
        _ conditions: [Condition] = [.dimTint],
        seed: UInt64 = 3,
        pictures: Int = 5,
        judged: Int = 4
    ) -> SampleUser {
        SampleUser(
            conditions: conditions,
            seed: seed,
            size: 64,
            pictureCount: pictures,
            judgedCount: judged
        )
    }

    @Test(arguments: [(1, 1), (7, 4), (64, 8)])
    func judgesByPicturesThatNoRetrainingSees(pictures: Int, judged: Int) {
        let user = Self.user(pictures: pictures, judged: judged)
        let trained = user.pictures
        let unseen = user.judged
        #expect(trained.count == pictures)
        #expect(unseen.count == judged)
        #expect(Set(trained.map(\.shot)).isDisjoint(with: unseen.map(\.shot)))
        for picture in unseen {
            #expect(!trained.contains { $0.pixels == picture.pixels })
            #expect(!trained.contains { $0.scene == picture.scene })
        }
    }

    @Test func neverGivesATruthToTrainingEither() {
        let user = Self.user()
        for picture in user.judged {
            for index in picture.labels.indices {
                var labels = picture.labels
                labels[index].toggle()
                let truth = user.truth(picture, showing: labels)
                #expect(!user.pictures.contains { $0.pixels == truth })
            }
        }
    }

    @Test func showsOnePersonWhoIsNotOfAnyPretraining() {
        let user = Self.user()
        let people = (user.pictures + user.judged).map(\.scene.person)
        #expect(people.allSatisfy { $0 == people[0] })
        for seed in 0..<20 as Range<UInt64> {
            for index in 0..<5 {
                #expect(Person(seed: seed, index: index) != people[0])
            }
        }
    }

    @Test func hasAsTruthTheSameSceneWithOtherAttributes() {
        let user = Self.user([.noiseBlur])
        let picture = user.judged[0]
        #expect(user.truth(picture, showing: picture.labels) == picture.pixels)
        for (index, attribute) in Attribute.allCases.enumerated() {
            var labels = picture.labels
            labels[index].toggle()
            if labels[index], attribute.isHairColor {
                for other in Attribute.allCases.indices
                where other != index && Attribute.allCases[other].isHairColor {
                    labels[other] = false
                }
            }
            let changed = picture.scene.setting(attribute, to: labels[index])
            let expected = render(changed, conditions: [.noiseBlur], size: 64, seed: 3)
            #expect(user.truth(picture, showing: labels) == expected)
        }
    }

    @Test func namesItsConditions() {
        #expect(Self.user([]).name == "none")
        #expect(Self.user([.dimTint, .hat]).name == "dim_tint+hat")
    }
}
