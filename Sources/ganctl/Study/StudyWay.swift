import AcceleratorRuntime
import ModelGraph
import RetrainingCompiler

/// One way to deal with a user's pictures.
struct StudyWay: Sendable {
    /// As it was asked for.
    let name: String
    private let kind: Kind

    private enum Kind {
        case none
        case full
        case automatic(budget: Double)
        case norms
        case last(Int)
        case named([String])
    }

    /// How ways are written.
    static let grammar =
        "none (the model as it is), full, auto or auto=SHARE (SELRET with that "
        + "budget), last=N (the generator's last N layers), norms (the generator's norms), or "
        + "names of layers with + between them"

    /// The model as it is.
    static let none = StudyWay(name: StudyCases.none, kind: .none)

    private init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// A way; nil when it is none.
    init?(_ name: String) {
        self.name = name
        let parts = name.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        switch (parts[0], parts.count) {
        case ("none", 1): kind = .none
        case ("full", 1): kind = .full
        case ("norms", 1): kind = .norms
        case ("auto", 1): kind = .automatic(budget: SelectionRequest.defaultBudget)
        case ("auto", 2):
            guard let budget = Double(parts[1]), budget > 0, budget <= 1 else { return nil }
            kind = .automatic(budget: budget)
        case ("last", 2):
            guard let count = Int(parts[1]), count > 0 else { return nil }
            kind = .last(count)
        case (_, 1) where name.contains("generator") || name.contains("discriminator"):
            kind = .named(name.split(separator: "+").map(String.init))
        default: return nil
        }
    }

    /// What to retrain of a generator; nil for nothing.
    func request(generator: NetworkGraph) -> SelectionRequest? {
        let prefix = StarGANConfiguration.generatorPrefix
        switch kind {
        case .none: return nil
        case .full: return .all
        case .automatic(let budget): return .automatic(budget: budget, measure: .lossDecrease)
        case .named(let names): return .named(names, cycle: .own)
        case .norms:
            let norms = generator.parameters.filter { $0.role == .scale || $0.role == .shift }
            return .named(norms.map { prefix + $0.name }, cycle: .own)
        case .last(let count):
            let first = generator.units.count - count
            let last = generator.parameters.filter { $0.unitIndex >= first }
            return .named(last.map { prefix + $0.name }, cycle: .own)
        }
    }
}
