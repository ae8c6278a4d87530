package import ModelGraph
package import RetrainingCompiler

/// How networks translate between two domains of pictures.
package enum TranslatorKind: String, CaseIterable, Sendable {
    /// Two generators, there and back, and two discriminators; pictures without counterparts.
    case cycleGAN = "cyclegan"
    /// One generator, one discriminator that reads source and target; pairs of pictures.
    case pix2pix

    /// The networks in their order, generators first.
    package var networks: [TranslatorNetwork] {
        NetworkArchitecture.Role.allCases.flatMap { role in
            switch self {
            case .cycleGAN:
                RecognizedNetwork.Direction.allCases.map {
                    TranslatorNetwork(role: role, direction: $0)
                }
            case .pix2pix: [TranslatorNetwork(role: role, direction: nil)]
            }
        }
    }

    /// All losses, in the device's order.
    package var losses: [TranslatorLoss] {
        switch self {
        case .cycleGAN: CycleGANLoss.allCases.map { .cycleGAN($0) }
        case .pix2pix: Pix2PixLoss.allCases.map { .pix2pix($0) }
        }
    }

    /// The family's name.
    package var title: String {
        switch self {
        case .cycleGAN: "CycleGAN"
        case .pix2pix: "pix2pix"
        }
    }
}

/// One of a translator's networks.
///
/// Direction a leads from domain a to b: its discriminator judges pictures of b.
package struct TranslatorNetwork: Hashable, Sendable {
    /// What it does.
    package let role: NetworkArchitecture.Role
    /// Which way it leads; nil where there is one way only.
    package let direction: RecognizedNetwork.Direction?

    /// Names a network.
    package init(role: NetworkArchitecture.Role, direction: RecognizedNetwork.Direction?) {
        self.role = role
        self.direction = direction
    }

    /// The network's name: `generator_a`, or `generator` where there is one way only.
    package var name: String {
        role.rawValue + (direction.map { "_\($0.rawValue)" } ?? "")
    }

    /// What stands before its parameters' names in files.
    package var prefix: String { name + "." }

    /// What a file of it is called in a stored model: `D_B` as in CycleGAN's release, or its name.
    package var label: String {
        guard let direction else { return name }
        return (role == .generator ? "G_" : "D_") + (direction == .a ? "A" : "B")
    }

    /// The name in sentences: `discriminator b`.
    package var words: String { role.rawValue + (direction.map { " \($0.rawValue)" } ?? "") }
}

/// A loss of either kind.
package enum TranslatorLoss: NamedLoss {
    case cycleGAN(CycleGANLoss)
    case pix2pix(Pix2PixLoss)

    /// The name in reports.
    package var name: String {
        switch self {
        case .cycleGAN(let loss): loss.name
        case .pix2pix(let loss): loss.name
        }
    }
}

extension CycleSide {
    /// The side as networks' names have it.
    var direction: RecognizedNetwork.Direction { self == .a ? .a : .b }
}
