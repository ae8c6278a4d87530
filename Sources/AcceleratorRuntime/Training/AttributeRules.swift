/// Which attributes can be shown together.
///
/// With exclusive classes exactly one is on. Otherwise hair colours (names that end in `hair`,
/// as CelebA's and StarGAN's release have them) exclude each other, and all else is free.
package struct AttributeRules: Sendable, Equatable {
    /// Whether exactly one label is on.
    package let isExclusive: Bool
    private let isHairColor: [Bool]

    /// The rules of attributes with these names.
    package init(names: [String], isExclusive: Bool) {
        self.isExclusive = isExclusive
        isHairColor = names.map { $0.lowercased().hasSuffix("_hair") }
    }

    /// The labels with one attribute switched; of exclusive classes, that one chosen.
    package func switched(_ labels: [Bool], _ attribute: Int) -> [Bool] {
        if isExclusive { return labels.indices.map { $0 == attribute } }
        var result = labels
        result[attribute].toggle()
        guard result[attribute], isHairColor.indices.contains(attribute), isHairColor[attribute]
        else { return result }
        for other in result.indices where other != attribute && isHairColor[other] {
            result[other] = false
        }
        return result
    }
}
