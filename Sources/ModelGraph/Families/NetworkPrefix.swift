/// What stands before a network's own names in a state dict, and what it says.
struct NetworkPrefix {
    /// The prefix as it is written, with its last full stop; empty for none.
    let text: String
    /// The role it names.
    let role: NetworkArchitecture.Role?
    /// The direction it names.
    let direction: RecognizedNetwork.Direction?

    /// What data-parallel wrappers put in front.
    private static let wrapper = "module"

    /// Names of networks in the releases' and this project's files, without a direction.
    private static let roles: [(name: String, role: NetworkArchitecture.Role)] = [
        ("generator", .generator), ("netG", .generator), ("G", .generator),
        ("discriminator", .discriminator), ("netD", .discriminator), ("D", .discriminator),
    ]

    /// The longest prefix of a name: wrappers, one name of a network, wrappers.
    init(of name: String) {
        var text = ""
        var network: (role: NetworkArchitecture.Role, direction: RecognizedNetwork.Direction?)?
        for part in name.split(separator: ".", omittingEmptySubsequences: false).dropLast() {
            if part != Self.wrapper {
                guard network == nil, let named = Self.network(part) else { break }
                network = named
            }
            text += part + "."
        }
        self.text = text
        role = network?.role
        direction = network?.direction
    }

    /// A prefix without its wrappers and the full stop.
    static func label(of prefix: String) -> String {
        prefix.split(separator: ".").filter { $0 != wrapper }.joined(separator: ".")
    }

    private static func network(
        _ part: Substring
    ) -> (role: NetworkArchitecture.Role, direction: RecognizedNetwork.Direction?)? {
        for (name, role) in roles where part.hasPrefix(name) {
            switch part.dropFirst(name.count) {
            case "": return (role, nil)
            case "_A", "_a": return (role, .a)
            case "_B", "_b": return (role, .b)
            default: continue
            }
        }
        return nil
    }
}
