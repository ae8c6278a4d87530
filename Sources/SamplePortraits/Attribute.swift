/// What a face-modification model is asked to change in a portrait.
///
/// The raw values are the names used in files and on the command line; they do not change.
package enum Attribute: String, Sendable, CaseIterable, Hashable {
    case blackHair = "black_hair"
    case blondHair = "blond_hair"
    case brownHair = "brown_hair"
    case glasses
    case smile

    /// The stable name, for example `black_hair`.
    package var name: String { rawValue }

    /// Whether this attribute is one of the hair colours, of which a portrait has at most one.
    package var isHairColor: Bool { HairColor(self) != nil }

    /// The attribute of a stable name, or nil when there is none.
    package init?(name: String) {
        self.init(rawValue: name)
    }
}

/// The colour of a head of hair; `other` is auburn, which no attribute names.
enum HairColor: Sendable, Equatable {
    case black
    case blond
    case brown
    case other

    /// The colour an attribute stands for, or nil when it is not about hair.
    init?(_ attribute: Attribute) {
        switch attribute {
        case .blackHair: self = .black
        case .blondHair: self = .blond
        case .brownHair: self = .brown
        case .glasses, .smile: return nil
        }
    }
}
