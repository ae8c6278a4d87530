/// Why a state dict was not recognised: everything that did not fit, network by network.
package struct RecognitionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One network, or what was taken for one.
    package struct Problem: Hashable, Sendable, CustomStringConvertible {
        /// What stands before the network's names; empty for names without a prefix.
        package let prefix: String
        /// What the network was taken for, such as `a PatchGAN discriminator`; nil if for nothing.
        package let candidate: String?
        /// What does not fit.
        package let fact: Fact

        /// The message's part.
        package var description: String {
            let names = prefix.isEmpty ? "" : "\(prefix)*"
            let place = [candidate, names.isEmpty ? nil : names].compactMap { $0 }
            let text = place.isEmpty ? "" : place.joined(separator: " at ") + ": "
            return text + "\(fact)"
        }
    }

    /// What does not fit.
    package enum Fact: Hashable, Sendable, CustomStringConvertible {
        /// Names or shapes are not those of the network.
        case mismatch(ParameterMismatch)
        /// The sizes are outside the limits.
        case sizes(GraphError)
        /// The names are those of no family; sorted.
        case unknownNames([String])
        /// The prefix names another role than the layers have.
        case wrongRole(NetworkArchitecture.Role)
        /// The network is made for another image size than the one asked for.
        case imageSize(own: Int, wanted: Int)

        /// The fact in words.
        package var description: String {
            switch self {
            case .mismatch(let mismatch): return "\(mismatch)"
            case .sizes(let error): return "\(error)"
            case .unknownNames(let names):
                let count = ParameterMismatch.listedNameCount
                let rest = names.count - count
                return "layers of no known family: " + names.prefix(count).joined(separator: ", ")
                    + (rest > 0 ? " and \(rest) more" : "")
            case .wrongRole(let role): return "its layers are those of a \(role.rawValue)"
            case .imageSize(let own, let wanted):
                return "made for images of \(own)x\(own), not \(wanted)x\(wanted)"
            }
        }
    }

    /// The problems, by prefix; none when there are no tensors at all.
    package let problems: [Problem]

    /// The message in one line.
    package var description: String {
        guard !problems.isEmpty else {
            return "failed to recognise a model: it has no tensors; give a state dict"
        }
        let facts = problems.map(\.description).joined(separator: "; ")
        return "failed to recognise a model: \(facts)"
    }
}
