import AcceleratorRuntime
import SamplePortraits
import Testing
@testable import ganctl

@Suite struct DrawnUserTests {
    private static let rules = AttributeRules(
        names: Attribute.allCases.map(\.name),
        isExclusive: false
    )

    private static func user(_ conditions: [Condition]) -> SampleUser {
        SampleUser(conditions: conditions, seed: 5, size: 64, pictureCount: 7, judgedCount: 8)
    }

    @Test(arguments: [[], [.dimTint], [.hat, .noiseBlur]] as [[Condition]])
    func whatIsJudgedByIsNotRetrainedOn(conditions: [Condition]) {
        let user = DrawnUser(drawing: Self.user(conditions), rules: Self.rules)
        #expect(user.pictures.images.count == 7 && user.judged.images.count == 8)
        let trained = user.pictures.manifest.entries
        let judged = user.judged.manifest.entries
        #expect(Set(trained.map(\.digest)).isDisjoint(with: judged.map(\.digest)))
        #expect(Set(trained.map(\.name)).isDisjoint(with: judged.map(\.name)))
        for image in user.judged.images { #expect(!user.pictures.images.contains(image)) }
    }

    @Test func everyChangeThatIsJudgedHasItsTruth() {
        let drawn = Self.user([.dimTint])
        let user = DrawnUser(drawing: drawn, rules: Self.rules)
        for (number, labels) in user.judged.labels.enumerated() {
            let targets = QualityEvaluation.targets(
                of: labels,
                picture: number,
                rules: Self.rules
            )
            #expect(!targets.isEmpty)
            for target in targets {
                let truth = user.truth(number, target)
                #expect(truth?.count == 3 * 64 * 64)
                #expect(truth != user.judged.images[number])
                #expect(truth.map { !user.pictures.images.contains($0) } == true)
            }
        }
    }

    @Test func renderersAreToldApartByWhatTheyDraw() {
        #expect(DrawnUser.portraitsDigest() == DrawnUser.portraitsDigest())
        #expect(DrawnUser.portraitsDigest().count == 64)
    }
}
