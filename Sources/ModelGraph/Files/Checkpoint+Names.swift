extension Checkpoint {
    /// The same tensors under names without what training scripts wrap around a state dict.
    ///
    /// `{"state_dict": {...}}` and its like are taken away as long as all tensors lie in it. Paths
    /// stay, so an export has what was there.
    package func withNetworkNames() -> Checkpoint {
        // Names that were given already are kept.
        guard tensors.allSatisfy({ $0.name == $0.path.joined(separator: ".") }) else { return self }
        var paths = tensors.map { $0.path[...] }
        while let first = paths.first?.first, Self.wrappers.contains(first),
            paths.allSatisfy({ $0.count > 1 && $0.first == first })
        {
            paths = paths.map { $0.dropFirst() }
        }
        var names = paths.map { $0.joined(separator: ".") }
        // Written as safetensors, the wrapper is a part of the names.
        for wrapper in Self.writtenWrappers where names.allSatisfy({ $0.hasPrefix(wrapper) }) {
            names = names.map { String($0.dropFirst(wrapper.count)) }
        }
        let isUnique = Set(names).count == names.count && !names.contains("")
        return isUnique ? renamed(names) : self
    }

    /// What training scripts call the dictionary that a state dict lies in.
    private static let wrappers: Set<String> = [
        "state_dict", "model_state_dict", "model", "network", "net", "params", "params_ema",
    ]
    /// Those that no module is called.
    private static let writtenWrappers = [
        "state_dict.", "model_state_dict.", "params.", "params_ema.",
    ]
}
