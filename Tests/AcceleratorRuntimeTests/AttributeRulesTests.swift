import AcceleratorRuntime
import Testing

@Suite struct AttributeRulesTests {
    private static let names = ["black_hair", "Blond_Hair", "glasses", "brown_hair"]

    @Test(arguments: [
        ("1000", 1, "0100"), ("0000", 0, "1000"), ("0100", 1, "0000"), ("1010", 3, "0011"),
        ("1000", 2, "1010"), ("1010", 2, "1000"), ("0010", 0, "1010"),
    ])
    func letsOneHairColourReplaceAnother(labels: String, attribute: Int, wanted: String) {
        let rules = AttributeRules(names: Self.names, isExclusive: false)
        let switched = rules.switched(labels.map { $0 == "1" }, attribute)
        #expect(switched.map { $0 ? "1" : "0" }.joined() == wanted)
    }

    @Test(arguments: 0..<3)
    func choosesTheOneOfExclusiveClasses(attribute: Int) {
        let rules = AttributeRules(names: ["a", "b", "c"], isExclusive: true)
        let switched = rules.switched([false, true, false], attribute)
        #expect(switched == (0..<3).map { $0 == attribute })
    }

    @Test func letsOtherAttributesBe() {
        let rules = AttributeRules(names: ["hairy", "hair_style"], isExclusive: false)
        #expect(rules.switched([true, false], 1) == [true, true])
    }
}
