package import ModelGraph

/// Which parameters of a StarGAN are retrained, and how far its errors go back (SELRET).
///
/// Everything else stays as it was, to the bit.
package struct LayerSelection: Sendable, Hashable {
    /// Names of the generator's retrained parameters; nil for all of them.
    package var generator: Set<String>?
    /// Names of the discriminator's retrained parameters; nil for all of them.
    package var discriminator: Set<String>?
    /// Whether the reconstruction's error goes through the whole second pass of the generator into
    /// the first one. Without it the second pass goes back to its earliest retrained layer only,
    /// and the first one learns from the discriminator alone.
    package var followsCycle: Bool

    /// Names what is retrained; everything, if nothing is said.
    package init(
        generator: Set<String>? = nil,
        discriminator: Set<String>? = nil,
        followsCycle: Bool = true
    ) {
        self.generator = generator
        self.discriminator = discriminator
        self.followsCycle = followsCycle
    }

    /// Full retraining.
    package static let all = LayerSelection()

    /// - Throws: ``CompileError`` when a name is not a parameter's, or nothing is retrained.
    func check(
        _ graphs: (generator: NetworkGraph, discriminator: NetworkGraph)
    ) throws(CompileError) {
        for (names, graph) in [(generator, graphs.generator), (discriminator, graphs.discriminator)] {
            let known = Set(graph.parameters.map(\.name))
            guard let unknown = names?.subtracting(known).min() else { continue }
            throw CompileError(
                "failed to select layers: the \(graph.name) has no parameter \(unknown); "
                    + "name parameters of this model"
            )
        }
        guard generator?.isEmpty == true, discriminator?.isEmpty == true else { return }
        throw CompileError("failed to select layers: nothing would be retrained; name a layer")
    }

    /// The selection in words: two are the same if and only if their texts are.
    package var text: String {
        func list(_ network: String, _ names: Set<String>?) -> String {
            guard let names else { return "all of the \(network)" }
            return names.isEmpty
                ? "nothing of the \(network)"
                : "\(network) \(names.sorted().joined(separator: ","))"
        }
        return [
            list("generator", generator), list("discriminator", discriminator),
            followsCycle ? "whole cycle" : "cycle cut",
        ].joined(separator: "; ")
    }

    /// Whether a parameter of the generator is retrained.
    package func trainsGenerator(_ parameter: NetworkGraph.Parameter) -> Bool {
        generator?.contains(parameter.name) ?? true
    }

    /// Whether a parameter of the discriminator is retrained.
    package func trainsDiscriminator(_ parameter: NetworkGraph.Parameter) -> Bool {
        discriminator?.contains(parameter.name) ?? true
    }
}

extension NetworkGraph {
    /// The largest number of leading units that hold no parameter for which `trains` and of whose
    /// values later units read the last one's only: a frozen prefix whose result can be kept.
    package func frozenPrefix(trains: (Parameter) -> Bool) -> Int {
        var earliest = units.count
        for parameter in parameters where trains(parameter) {
            earliest = min(earliest, parameter.unitIndex)
        }
        return (0...earliest).last { canCut(before: $0) } ?? 0
    }

    /// Whether units from `cut` on read nothing of the units before but the last one's value.
    private func canCut(before cut: Int) -> Bool {
        guard cut > 0 else { return true }
        guard outputs.allSatisfy({ $0 >= cut }) else { return false }
        return units[cut...].allSatisfy { unit in
            [unit.source, unit.residual].allSatisfy { source in
                switch source {
                case .input: false
                case .unit(let other): other >= cut - 1
                case nil: true
                }
            }
        }
    }
}
