extension Checkpoint {
    /// The same tensors under the names that the networks' own modules have.
    ///
    /// What training scripts wrap around a state dict is taken away from the names, as long as all
    /// tensors have it: `state_dict.`, and the `module.` of `DataParallel`, also within a network.
    /// Paths stay, so an export has what was there.
    package func withNetworkNames() -> Checkpoint {
        var paths = tensors.map { $0.name.split(separator: ".")[...] }
        var isChanged = true
        while isChanged {
            isChanged = false
            if let first = paths.first?.first, Self.wrappers.contains(String(first)),
                paths.allSatisfy({ $0.count > 1 && $0.first == first })
            {
                paths = paths.map { $0.dropFirst() }
                isChanged = true
            }
        }
        paths = Self.withoutInnerModules(paths)
        let names = paths.map { $0.joined(separator: ".") }
        guard Set(names).count == names.count, names != tensors.map(\.name) else { return self }
        return renamed(names)
    }

    /// What training scripts call the dictionary that a state dict lies in.
    private static let wrappers: Set<String> = [
        "state_dict", "model_state_dict", "model", "module", "network", "net", "params",
        "params_ema",
    ]

    /// Takes a `module` after the first name away where all of that network's tensors have it.
    private static func withoutInnerModules(
        _ paths: [ArraySlice<Substring>]
    ) -> [ArraySlice<Substring>] {
        var networks: [Substring: Bool] = [:]
        for path in paths where path.count > 0 {
            let isWrapped = path.count > 2 && path[path.startIndex + 1] == "module"
            networks[path[path.startIndex]] =
                networks[path[path.startIndex], default: true]
                && isWrapped
        }
        return paths.map { path in
            guard let first = path.first, networks[first] == true else { return path }
            return [first] + path.dropFirst(2)
        }
    }
}
