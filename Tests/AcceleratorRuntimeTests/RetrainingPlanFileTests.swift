import AcceleratorDriver
import AcceleratorRuntime
import ModelGraph
import PerformanceModel
import RetrainingCompiler
import Testing

/// Files of plans that are not what they should be.
@Suite struct RetrainingPlanFileTests {
    /// An automatic plan of few layers, for it has every field there is.
    private static func document() async throws -> StrictJSON {
        let training = TinyTraining.tiniest
        let accelerator = try await openEmulator()
        var plan = try await RetrainingPlanner(
            accelerator,
            options: training.options(),
            labels: training.labels,
            images: training.images,
            profile: .chip
        ).plan(.automatic(budget: 0.5, measure: .gradientNorm), from: training.start())
        await accelerator.close()
        plan.layers = [plan.layers[0]]
        return plan.document
    }

    private static func complaint(about document: StrictJSON) throws -> String? {
        let bytes = try document.serialized(.compact)
        do throws(RetrainingError) {
            _ = try RetrainingPlan(decoding: bytes, name: "p.json")
            return nil
        } catch {
            guard case .badFile = error else { return "not .badFile: \(error)" }
            return "\(error)"
        }
    }

    @Test func everyFieldThatIsMissingIsNamed() async throws {
        let document = try await Self.document()
        #expect(try Self.complaint(about: document) == nil)
        let places = Place.all(in: document)
        #expect(places.count > 60)
        for place in places where place.isMember {
            let text = try Self.complaint(about: place.changed(document, to: nil))
            #expect(
                text == "failed to read a plan: p.json: \(place.path): missing; "
                    + "make it anew with ganctl plan save"
            )
        }
    }

    @Test func everyFieldOfAnotherKindIsNamed() async throws {
        let document = try await Self.document()
        for place in Place.all(in: document) {
            let text = try Self.complaint(about: place.changed(document, to: true))
            #expect(text?.contains("p.json: \(place.path): expected") == true, "\(text ?? "none")")
        }
    }

    @Test(
        arguments: [
            ("format", "gan-accelerator plan 2", "it is not gan-accelerator plan 1"),
            ("format", "report", "it is not gan-accelerator plan 1"),
            ("selection.cycle", "half", "there is no such cycle"),
            ("selection.generator", "none", "expected an array"),
            ("basis.importance", "beauty", "there is no such importance"),
            ("basis.budget", 1.5, "expected a share"), ("basis.budget", -0.1, "expected a share"),
            ("basis.probeSteps", 17, "expected 0...16, found 17"),
            ("keptLayers", 1000, "expected 0...256, found 1000"),
            ("keptLayers", -1, "expected 0...256, found -1"),
            ("cost.macs.error", -5, "found -5"), ("cost.bytes.update", 0.5, "expected an integer"),
            ("fullCost.cycles.forward", 4_611_686_018_427_387_904, "found 4611686018427387904"),
            ("cost.chipSeconds", -1.0, "expected a number of at least 0"),
            ("layers[0].cost.dramEnergyJoules", -0.5, "expected a number of at least 0"),
            ("layers[0].network", "judge", "expected generator or discriminator"),
            ("layers[0].importance.weight-change", "much", "expected a number"),
        ] as [(String, StrictJSON, String)]
    )
    func aValueThatCannotBeIsNamed(path: String, value: StrictJSON, words: String) async throws {
        let document = try await Self.document()
        let place = try #require(Place.all(in: document).first { $0.path == path })
        let text = try #require(try Self.complaint(about: place.changed(document, to: value)))
        #expect(text.hasPrefix("failed to read a plan: p.json: \(path): "), "\(text)")
        #expect(text.contains(words), "\(text)")
    }

    @Test(arguments: ["", "{", "[]", "null", "{\"format\": 1}", "\u{FEFF}{}", "{}{}", "\0"])
    func whatIsNoPlanIsRefused(text: String) {
        let error = #expect(throws: RetrainingError.self) {
            try RetrainingPlan(decoding: Array(text.utf8), name: "p.json")
        }
        #expect(error.map { "\($0)" }?.hasPrefix("failed to read a plan: p.json") == true)
    }

    @Test func aFileThatEndsEarlyIsRefused() async throws {
        let bytes = try await Self.document().serialized(.compact)
        for count in stride(from: 0, to: bytes.count, by: 97) {
            #expect(throws: RetrainingError.self) {
                try RetrainingPlan(decoding: Array(bytes.prefix(count)), name: "p.json")
            }
        }
    }
}

/// A place in a document: the steps from its root.
private struct Place {
    private enum Step {
        case key(String)
        case index(Int)
    }

    private let steps: [Step]

    /// Whether it is a member of an object.
    var isMember: Bool { if case .key = steps.last { true } else { false } }

    /// As complaints name it.
    var path: String {
        steps.reduce("") { path, step in
            switch step {
            case .key(let key): path.isEmpty ? key : "\(path).\(key)"
            case .index(let index): "\(path)[\(index)]"
            }
        }
    }

    /// All places in a document but its root.
    static func all(in document: StrictJSON) -> [Place] {
        places(in: document, behind: []).map(Place.init)
    }

    private static func places(in value: StrictJSON, behind steps: [Step]) -> [[Step]] {
        let parts: [(Step, StrictJSON)] =
            switch value {
            case .object(let members):
                members.sorted { $0.key < $1.key }.map { (.key($0.key), $0.value) }
            case .array(let elements): elements.enumerated().map { (.index($0), $1) }
            default: []
            }
        return parts.flatMap { step, part in
            [steps + [step]] + places(in: part, behind: steps + [step])
        }
    }

    /// The document with another value there; nil takes it away.
    func changed(_ document: StrictJSON, to value: StrictJSON?) -> StrictJSON {
        Self.changed(document, steps[...], value) ?? .null
    }

    private static func changed(
        _ document: StrictJSON,
        _ steps: ArraySlice<Step>,
        _ value: StrictJSON?
    ) -> StrictJSON? {
        guard let step = steps.first else { return value }
        switch (document, step) {
        case (.object(var members), .key(let key)):
            members[key] = members[key].flatMap { changed($0, steps.dropFirst(), value) }
            return .object(members)
        case (.array(var elements), .index(let index)):
            elements[index] = changed(elements[index], steps.dropFirst(), value) ?? .null
            return .array(elements)
        default: return document
        }
    }
}
