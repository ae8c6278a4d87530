package import ModelGraph

/// Which parameters of a StarGAN are retrained, and how far its errors go back (SELRET).
///
/// Everything else stays as it was, to the bit.
package struct LayerSelection: Sendable, Hashable {
    /// Names of the generator's retrained parameters; nil for all of them.
    package var generator: Set<String>?
    /// Names of the discriminator's retrained parameters; nil for all of them.
    package var discriminator: Set<String>?
    /// What the generator's second pass reconstructs from, and how far its error goes.
    package var cycle: Cycle

    /// The generator's second pass: from what, and how far back.
    package enum Cycle: String, Sendable, CaseIterable {
        /// From the fake; the error goes through the whole pass and on into the one that made the
        /// fake: StarGAN as it is published.
        case whole
        /// From the fake; the error ends at the earliest retrained layer, and the first pass
        /// learns from the discriminator alone.
        case cut
        /// From the image itself with the labels it has, as AttGAN (He et al., TIP 2019) does, and
        /// otherwise as `cut`: what a frozen prefix makes of it is known.
        case own
    }

    /// Names what is retrained; everything, if nothing is said.
    package init(
        generator: Set<String>? = nil,
        discriminator: Set<String>? = nil,
        cycle: Cycle = .whole
    ) {
        self.generator = generator
        self.discriminator = discriminator
        self.cycle = cycle
    }

    /// Full retraining.
    package static let all = LayerSelection()

    /// - Throws: ``CompileError`` when a name is not a parameter's, or nothing is retrained.
    func check(
        _ graphs: (generator: NetworkGraph, discriminator: NetworkGraph)
    ) throws(CompileError) {
        for (names, graph) in [
            (generator, graphs.generator), (discriminator, graphs.discriminator),
        ] {
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
            "cycle \(cycle.rawValue)",
        ].joined(separator: "; ")
    }

    /// Whether any parameter of the discriminator is retrained.
    package var isDiscriminatorTrained: Bool { discriminator?.isEmpty != true }

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
            unit.reads.allSatisfy { source in
                switch source {
                case .input: false
                case .unit(let other): other >= cut - 1
                }
            }
        }
    }
}
