import ArgumentParser
import SamplePortraits

/// The conditions of one user, as options give them: `dim_tint`, `dim_tint+hat` or `none`.
enum ConditionList {
    /// All names, for help and messages.
    static var names: String {
        (["none"] + Condition.allCases.map(\.name)).joined(separator: ", ")
    }

    /// The conditions of a text.
    ///
    /// - Throws: `ValidationError` naming those that there are.
    static func parse(_ text: String) throws -> [Condition] {
        guard text != "none" else { return [] }
        let parts = text.split(separator: "+")
        return try (parts.isEmpty ? [""] : parts).map { name in
            guard let condition = Condition(name: String(name)) else {
                throw ValidationError("there is no condition '\(name)'; choose from \(names)")
            }
            return condition
        }
    }
}
